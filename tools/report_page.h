// A report as one page of HTML that needs nothing else: no script, no font, no
// picture from elsewhere, and a policy in it that says so to the browser. It
// can be read on a screen, light or dark, and in print.

#ifndef DAYBOOK_TOOLS_REPORT_PAGE_H_
#define DAYBOOK_TOOLS_REPORT_PAGE_H_

#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/audit_report.h"

namespace daybook::tools {

// Gives the page to `write`, piece by piece. `now` is when it was made. Errors:
// of `write`, and as AuditReport::ForEachRow(): then it is no whole page.
absl::Status WriteReportPage(
    AuditReport& report, absl::Time now,
    absl::FunctionRef<absl::Status(std::string_view html)> write);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_REPORT_PAGE_H_
