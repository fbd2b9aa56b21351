// daybook audit report: who did what, when, and caused by what.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/audit_report.h"
#include "tools/causation_tree.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/event_printer.h"
#include "tools/file_argument.h"
#include "tools/json_text.h"
#include "tools/log_selection.h"
#include "tools/output_file.h"
#include "tools/report_page.h"
#include "tools/row_printer.h"
#include "tools/signed_tree.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  SelectionArguments selection;
  std::string format = "table";
  std::string html;
  std::vector<std::string> trust;
  std::string origin;
};

std::string OccurredText(const EventView& event) {
  return event.occurred_at.has_value() ? TimeText(*event.occurred_at) : "";
}

// "@12", or the id of what is not in the log.
std::string CauseText(const ReportRow& row) {
  if (row.cause.has_value()) return Concat("@", row.cause->value());
  return row.metadata.causation_id;
}

absl::Status PrintTable(AuditReport& report, CommandContext& context) {
  Table table(*context.out, context.terminal,
              {{.title = "position", .align = Table::Align::kRight},
               {.title = "recorded at"},
               {.title = "occurred at"},
               {.title = "actor", .width_max = 40},
               {.title = "type"},
               {.title = "stream"},
               {.title = "revision", .align = Table::Align::kRight},
               {.title = "caused by"},
               {.title = "correlation", .width_max = 40},
               {.title = "proof"},
               {.title = "data", .width_max = 100}});
  const absl::Status shown = report.ForEachRow([&](const ReportRow& row) {
    const EventView& event = *row.event;
    table.Add({absl::StrCat(event.position.value()),
               TimeText(event.recorded_at), OccurredText(event),
               row.metadata.actor, std::string(event.type),
               std::string(event.stream), absl::StrCat(event.revision.value()),
               CauseText(row), row.metadata.correlation_id, row.proof(),
               row.preview});
    return context.out->status();
  });
  table.Finish();
  DAYBOOK_RETURN_IF_ERROR(shown);
  if (report.entries().empty()) context.out->Write("no event matches\n");
  for (const std::string& note : report.Notes()) {
    context.out->Write("\n" + note + "\n");
  }
  return absl::OkStatus();
}

absl::Status PrintJson(AuditReport& report, CommandContext& context) {
  return report.ForEachRow([&](const ReportRow& row) {
    const EventView& event = *row.event;
    std::string line;
    absl::StrAppend(
        &line, "{\"position\":", event.position.value(), ",\"recorded_at\":\"",
        TimeText(event.recorded_at),
        "\",\"time\":", JsonOrNull(OccurredText(event)),
        ",\"actor\":", JsonOrNull(row.metadata.actor),
        ",\"type\":", JsonString(event.type),
        ",\"stream\":", JsonString(event.stream),
        ",\"revision\":", event.revision.value(), ",\"id\":\"",
        event.id.ToString(),
        "\",\"causation_id\":", JsonOrNull(row.metadata.causation_id),
        ",\"caused_by\":",
        row.cause.has_value() ? absl::StrCat(row.cause->value()) : "null",
        ",\"correlation_id\":", JsonOrNull(row.metadata.correlation_id),
        ",\"proof\":", JsonString(row.proof()),
        ",\"preview\":", JsonString(row.preview), "}\n");
    context.out->Write(line);
    return context.out->status();
  });
}

absl::Status PrintCsv(AuditReport& report, CommandContext& context) {
  context.out->Write(
      "position,recorded_at,time,actor,type,stream,revision,id,causation_id,"
      "caused_by,correlation_id,proof,preview\r\n");
  return report.ForEachRow([&](const ReportRow& row) {
    const EventView& event = *row.event;
    context.out->Write(
        Concat(event.position.value(), ",", TimeText(event.recorded_at), ",",
               OccurredText(event), ",", CsvField(row.metadata.actor), ",",
               CsvField(event.type), ",", CsvField(event.stream), ",",
               event.revision.value(), ",", event.id.ToString(), ",",
               CsvField(row.metadata.causation_id), ",",
               row.cause.has_value() ? absl::StrCat(row.cause->value()) : "",
               ",", CsvField(row.metadata.correlation_id), ",",
               CsvField(row.proof()), ",", CsvField(row.preview), "\r\n"));
    return context.out->status();
  });
}

// To standard output without a file.
absl::Status WriteHtml(AuditReport& report, const std::string& path,
                       OutputFile* file, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(
      WriteReportPage(report, context.clock->Now(), [&](std::string_view html) {
        if (file == nullptr) {
          context.out->Write(html);
          return context.out->status();
        }
        file->Write(html);
        return file->status();
      }));
  if (file != nullptr) DAYBOOK_RETURN_IF_ERROR(file->Commit());
  context.Say(Concat("wrote ", file == nullptr ? "to standard output" : path,
                     ": ", Counted(report.entries().size(), "event"),
                     ", of which ", Grouped(report.ProvenCount()), " proven"));
  return absl::OkStatus();
}

absl::Status Print(AuditReport& report, const Arguments& arguments,
                   CommandContext& context) {
  if (arguments.format == "table") return PrintTable(report, context);
  DAYBOOK_RETURN_IF_ERROR(arguments.format == "json"
                              ? PrintJson(report, context)
                              : PrintCsv(report, context));
  for (const std::string& note : report.Notes()) context.Say(note);
  return absl::OkStatus();
}

absl::Status Report(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<audit::VerifierKey> trusted,
                           ParseTrusted(arguments.trust, context));
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  if (!arguments.html.empty() && arguments.format != "table") {
    return absl::InvalidArgumentError(
        "--html writes a page: leave --format out, or make two reports");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const LogSelection selection,
                           LogSelection::Parse(arguments.selection, context));
  std::unique_ptr<OutputFile> html;
  if (!IsStandardOutput(arguments.html)) {
    DAYBOOK_ASSIGN_OR_RETURN(html, OutputFile::Create(arguments.html));
  }
  return context.WithStore([&](EventStore& store) -> absl::Status {
    std::optional<TrustedHead> head;
    if (!trusted.empty()) {
      const std::string& origin =
          arguments.origin.empty() ? trusted.front().name() : arguments.origin;
      DAYBOOK_ASSIGN_OR_RETURN(
          head, NewestTrustedHead(origin, trusted, store, context));
      if (!head.has_value()) {
        context.Say(Concat("no key of --trust signed a head of the log ",
                           Quoted(origin), " that this store keeps"));
      }
    }
    DAYBOOK_ASSIGN_OR_RETURN(
        AuditReport report,
        AuditReport::Prepare(selection, std::move(head), store));
    return arguments.html.empty()
               ? Print(report, arguments, context)
               : WriteHtml(report, arguments.html, html.get(), context);
  });
}

}  // namespace

void RegisterAuditReport(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "report",
      "show who did what, when, and caused by what: each event with its "
      "position and what proves it. The log is read from end to end and each "
      "event compared with its leaf in the audit tree; with --trust, also with "
      "the newest head that the key signed",
      "daybook audit report order-42 --trust @audit.pub\n"
      "daybook audit report --query "
      "'{\"items\":[{\"tags\":[\"customer:7\"]}]}' --from 2026-01-01 "
      "--html report.html");
  AddSelection(command, arguments->selection);
  AddRowFormat(command, arguments->format);
  command
      .add_option("--html", arguments->html,
                  "write one page with a timeline to this file, which needs "
                  "nothing else and can be printed; - is standard output")
      ->type_name("FILE");
  AddTrust(command, arguments->trust);
  command.add_option("--origin", arguments->origin,
                     "the log's name (default: that of the first key)");
  SetBody(command, context, [arguments](CommandContext& running) {
    return AsAuditStatus(Report(*arguments, running));
  });
}

}  // namespace daybook::tools
