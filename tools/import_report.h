// What an import says of itself at its end.

#ifndef DAYBOOK_TOOLS_IMPORT_REPORT_H_
#define DAYBOOK_TOOLS_IMPORT_REPORT_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/command_context.h"

namespace daybook::tools {

struct ImportReport {
  uint64_t lines = 0;
  uint64_t appended = 0;
  // Events that an earlier run had appended.
  uint64_t already_there = 0;
  uint64_t rejected = 0;
  // What `lines` counts, where it is something else; in text for people only.
  std::string_view unit = "line";
};

// --format text|json, of the report; sets `json`, which must outlive the
// command.
void AddReportFormat(CLI::App& command, bool& json);

// Prints the report, in one line or as a JSON object.
void ShowReport(const ImportReport& report, absl::Duration elapsed, bool json,
                CommandContext& context);

// The status of an import, with advice on how to go on if it was interrupted.
absl::Status WithAdvice(const absl::Status& status, const ImportReport& report);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_REPORT_H_
