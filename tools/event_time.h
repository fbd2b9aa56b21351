// When an event happened, as other programs write it.

#ifndef DAYBOOK_TOOLS_EVENT_TIME_H_
#define DAYBOOK_TOOLS_EVENT_TIME_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::tools {

// Reads one of
//   2015-09-12T00:46:58.771Z   RFC 3339, with its offset from UTC; a space may
//   2015-09-12 02:46:58+02:00  stand for the T
//   1442018818.771             seconds since 1970, with a fraction or without
//   1442018818771              milliseconds, if above 100,000,000,000 (which as
//                              seconds is the year 5138)
// Errors: kInvalidArgument for anything else.
absl::StatusOr<absl::Time> ParseEventTime(std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVENT_TIME_H_
