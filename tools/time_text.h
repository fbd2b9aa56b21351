// Times as RFC 3339 text, the only form in which times go in and out.

#ifndef DAYBOOK_TOOLS_TIME_TEXT_H_
#define DAYBOOK_TOOLS_TIME_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace daybook::tools {

// "2026-03-02T07:06:40.25Z": UTC, at most microseconds, no trailing zeros.
std::string TimeText(absl::Time time);
// The same moment on the clocks of `zone`: "2026-03-02T08:06:40.25+01:00".
std::string TimeText(absl::Time time, absl::TimeZone zone);
// "2026-03-02T07:06:40.250000Z": UTC, always so long, so that times sort as
// their texts do.
std::string SortableTime(absl::Time time);
// "Europe/Berlin (UTC+01:00)"; which offset depends on the time.
std::string ZoneText(absl::Time time, absl::TimeZone zone);

// Reads "2026-03-02T08:06:40.25+01:00": with seconds, and with a zone ("Z" or
// an offset). 't', 'z' or a space for the 'T' will do. What is finer than a
// microsecond is cut off.
// Errors: kInvalidArgument, with what is wrong.
absl::StatusOr<absl::Time> ParseTimeText(std::string_view text);

// Reads "2026-03-02"; nothing if it is not of that form or no such day is.
std::optional<absl::CivilDay> ParseDayText(std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_TIME_TEXT_H_
