#include "tools/import_report.h"

#include <algorithm>
#include <string>

#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/text.h"

namespace daybook::tools {

void AddReportFormat(CLI::App& command, bool& json) {
  command
      .add_option_function<std::string>(
          "--format",
          [&json](const std::string& format) { json = format == "json"; },
          "of the report: text (default) or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
}

namespace {

std::string InUnits(uint64_t count, const ImportReport& report) {
  return Counted(count, report.unit);
}

}  // namespace

void ShowReport(const ImportReport& report, absl::Duration elapsed, bool json,
                CommandContext& context) {
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  const auto rate =
      static_cast<uint64_t>(static_cast<double>(report.appended) / seconds);
  if (json) {
    context.out->Write(
        Concat("{\"lines\":", report.lines, ",\"appended\":", report.appended,
               ",\"already_there\":", report.already_there,
               ",\"rejected\":", report.rejected, ",\"seconds\":", seconds,
               ",\"events_per_second\":", rate, "}\n"));
    return;
  }
  context.out->Write(Concat(
      InUnits(report.lines, report), ": ", Counted(report.appended, "event"),
      " appended, ", Grouped(report.already_there), " already there, ",
      InUnits(report.rejected, report), " rejected; ", Elapsed(elapsed), ", ",
      Grouped(rate), " events/s\n"));
}

absl::Status WithAdvice(const absl::Status& status,
                        const ImportReport& report) {
  if (!absl::IsCancelled(status)) return status;
  const std::string where = report.unit == "line"
                                ? Concat("line ", report.lines)
                                : InUnits(report.lines, report);
  return absl::CancelledError(
      Concat("interrupted after ", where,
             "; run it again to go on, nothing is appended twice"));
}

}  // namespace daybook::tools
