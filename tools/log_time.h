// Times in event logs of process mining.

#ifndef DAYBOOK_TOOLS_LOG_TIME_H_
#define DAYBOOK_TOOLS_LOG_TIME_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::tools {

// Reads a time as XML and RFC 3339 have it. One without an offset from UTC is
// UTC if `utc` is set. Errors: kInvalidArgument otherwise, and for what is no
// time.
absl::StatusOr<absl::Time> ParseLogTime(std::string_view text, bool utc);

// The one form of such a text that twins of a log agree on: a T, no zeros at
// the end of the fraction, and +00:00 for Z. REQUIRES: ParseLogTime() took it.
std::string CanonicalLogTime(std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_LOG_TIME_H_
