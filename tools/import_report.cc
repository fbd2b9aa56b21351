#include "tools/import_report.h"

#include <algorithm>
#include <string>

#include "tools/cli.h"
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
  context.out->Write(
      Concat(Grouped(report.lines), " lines: ", Grouped(report.appended),
             " events appended, ", Grouped(report.already_there),
             " already there, ", Grouped(report.rejected), " lines rejected; ",
             Elapsed(elapsed), ", ", Grouped(rate), " events/s\n"));
}

absl::Status WithAdvice(const absl::Status& status,
                        const ImportReport& report) {
  if (!absl::IsCancelled(status)) return status;
  return absl::CancelledError(
      Concat("interrupted after line ", report.lines,
             "; run it again to go on, nothing is appended twice"));
}

}  // namespace daybook::tools
