// The timeline of a report: when what happened, one line for each type of
// event, as an SVG that stands within a page and takes its colours from there.

#ifndef DAYBOOK_TOOLS_REPORT_TIMELINE_H_
#define DAYBOOK_TOOLS_REPORT_TIMELINE_H_

#include <string>

#include "tools/audit_report.h"

namespace daybook::tools {

// Empty for a report without rows. Events that are close together are one dot,
// which leads to the first one's row ("#p17"): some thousand dots at most.
std::string ReportTimeline(const AuditReport& report);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_REPORT_TIMELINE_H_
