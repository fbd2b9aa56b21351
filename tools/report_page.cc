#include "tools/report_page.h"

#include <string>

#include "absl/strings/escaping.h"
#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/html_text.h"
#include "tools/report_timeline.h"
#include "tools/sha256.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--ink:#1c1e21;--dim:#5f6670;--line:#d8dce1;
--paper:#fff;--head:#f3f5f7;--mark:#2f6db3;--good:#17693a;--good-paper:#e2f3e8;
--weak:#7a5200;--weak-paper:#fbefd5}
@media(prefers-color-scheme:dark){:root{--ink:#e4e6e9;--dim:#9aa2ac;
--line:#3a3f45;--paper:#17191c;--head:#212429;--mark:#7fb2ea;--good:#8ddaa8;
--good-paper:#16331f;--weak:#f0c878;--weak-paper:#3a2e10}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:110rem;padding:1.5rem;background:var(--paper);
color:var(--ink);font:15px/1.45 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0 0 .3rem}
h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
p,li{max-width:56rem}
.dim{color:var(--dim)}
a{color:var(--mark)}
svg{display:block;width:100%;max-width:80rem;height:auto;font-size:12px}
svg text{fill:var(--dim)}
svg circle{fill:var(--mark);fill-opacity:.75}
svg a:hover circle,svg a:focus circle{fill-opacity:1;stroke:var(--ink)}
.grid,.lane{stroke:var(--line)}
.rows{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.87rem}
th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;
vertical-align:top}
th{background:var(--head);white-space:nowrap}
.number{text-align:right}
.time,.number{white-space:nowrap;font-variant-numeric:tabular-nums}
td{overflow-wrap:break-word;max-width:22rem}
td code{overflow-wrap:anywhere}
code{font:.82rem/1.35 ui-monospace,monospace}
.proven,.in-tree{white-space:nowrap;padding:.05rem .4rem;border-radius:.3rem}
.proven{color:var(--good);background:var(--good-paper)}
.in-tree{color:var(--weak);background:var(--weak-paper)}
tr:target td{background:var(--head)}
@media print{:root{--ink:#000;--dim:#444;--line:#999;--paper:#fff;--head:#fff;
--mark:#000;--good:#000;--weak:#000;--good-paper:#fff;--weak-paper:#fff}
body{padding:0;font-size:9pt;max-width:none}.rows{overflow:visible}
thead{display:table-header-group}tr{break-inside:avoid}
a{text-decoration:none}.proven,.in-tree{border:1px solid #999}}
)css";

// No style but this one, and nothing else at all.
std::string Policy() {
  const Sha256Digest digest = Sha256Of(kStyle);
  return Concat(
      "default-src 'none'; base-uri 'none'; form-action 'none'; "
      "style-src 'sha256-",
      absl::Base64Escape(ToAbsl(std::string_view(
          reinterpret_cast<const char*>(digest.data()), digest.size()))),
      "'");
}

std::string PageHead(const AuditReport& report, absl::Time now) {
  const std::string what = HtmlText(report.selection().Text());
  std::string html = Concat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"",
      Policy(),
      "\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>Audit report: ",
      what, "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n",
      "<h1>Audit report</h1>\n<p>", what, "</p>\n<p class=\"dim\">",
      Counted(report.entries().size(), "event"), " of a log of ",
      Grouped(report.log_size()),
      ", found in the log itself by no index; made ", TimeText(now),
      ". Times are UTC.</p>\n");
  if (report.head().has_value()) {
    const audit::TreeHead& head = report.head()->kept.head;
    html += Concat("<p class=\"dim\">Head: ", Counted(head.size, "event"),
                   " of ", HtmlText(head.origin), ", root <code>",
                   head.root.ToHex(), "</code></p>\n");
  }
  if (report.entries().empty()) return html + "<p>No event matches.</p>\n";
  return Concat(
      html, "<h2>Timeline</h2>\n",
      report.selection().points().occurred
          ? "<p class=\"dim\">By when events happened; one that does not say "
            "so stands where it was recorded.</p>\n"
          : "",
      ReportTimeline(report),
      "<h2>Events</h2>\n<div class=\"rows\">\n<table>\n<thead><tr>"
      "<th>position</th><th>recorded</th><th>occurred</th><th>actor</th>"
      "<th>type</th><th>stream</th><th>revision</th><th>caused by</th>"
      "<th>correlation</th><th>proof</th><th>data</th></tr></thead>\n"
      "<tbody>\n");
}

// Where the cause is, with a link if it is on this page.
std::string CauseCell(const AuditReport& report, const ReportRow& row) {
  const std::string id = HtmlText(row.metadata.causation_id);
  if (id.empty()) return "";
  if (!row.cause.has_value()) {
    return id + " <span class=\"dim\">(no event of this log)</span>";
  }
  const std::string place = Concat("@", row.cause->value());
  if (!report.Has(*row.cause)) {
    return Concat("<span title=\"", id, "\">", place, "</span>");
  }
  return Concat("<a href=\"#p", row.cause->value(), "\" title=\"", id, "\">",
                place, "</a>");
}

std::string RowHtml(const AuditReport& report, const ReportRow& row) {
  const EventView& event = *row.event;
  return Concat(
      "<tr id=\"p", event.position.value(), "\"><td class=\"number\">",
      event.position.value(), "</td><td class=\"time\">",
      TimeText(event.recorded_at), "</td><td class=\"time\">",
      event.occurred_at.has_value() ? TimeText(*event.occurred_at) : "",
      "</td><td>", HtmlText(row.metadata.actor), "</td><td>",
      HtmlText(event.type), "</td><td>", HtmlText(event.stream),
      "</td><td class=\"number\">", event.revision.value(), "</td><td>",
      CauseCell(report, row), "</td><td>",
      HtmlText(row.metadata.correlation_id), "</td><td><span class=\"",
      row.proven ? "proven" : "in-tree", "\">", HtmlText(row.proof()),
      "</span></td><td><code>", HtmlText(row.preview), "</code></td></tr>\n");
}

std::string PageEnd(const AuditReport& report) {
  std::string html;
  if (!report.entries().empty()) html = "</tbody>\n</table>\n</div>\n";
  html += "<h2>What this proves</h2>\n<ul>\n";
  for (const std::string& note : report.Notes()) {
    html += Concat("<li>", HtmlText(note), "</li>\n");
  }
  return html +
         "</ul>\n<p class=\"dim\">This page itself is signed by nobody. Who "
         "must not take its word for it asks for the evidence: <code>audit "
         "bundle</code>, and <code>audit check</code> with the log's public "
         "key.</p>\n</body>\n</html>\n";
}

}  // namespace

absl::Status WriteReportPage(
    AuditReport& report, absl::Time now,
    absl::FunctionRef<absl::Status(std::string_view html)> write) {
  DAYBOOK_RETURN_IF_ERROR(write(PageHead(report, now)));
  DAYBOOK_RETURN_IF_ERROR(report.ForEachRow(
      [&](const ReportRow& row) { return write(RowHtml(report, row)); }));
  return write(PageEnd(report));
}

}  // namespace daybook::tools
