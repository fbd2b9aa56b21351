// One text for each JSON value: members sorted by their names, no white space,
// strings with no more escapes than they need. Numbers stay as they are
// written. So two programs' files of the same data agree to the byte.

#ifndef DAYBOOK_TOOLS_CANONICAL_JSON_H_
#define DAYBOOK_TOOLS_CANONICAL_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace daybook::tools {

// Appends `json` so. REQUIRES: IsJson(json), and no deeper than a hundred
// levels or so: time and stack grow with each.
// Errors: kInvalidArgument for a member that an object has twice; all is
// appended nevertheless.
absl::Status AppendCanonicalJson(std::string_view json, std::string* out);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CANONICAL_JSON_H_
