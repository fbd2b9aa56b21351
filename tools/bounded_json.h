// JSON that comes from anywhere: well formed, and not so deep that a program
// that reads it on may run out of stack.

#ifndef DAYBOOK_TOOLS_BOUNDED_JSON_H_
#define DAYBOOK_TOOLS_BOUNDED_JSON_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace daybook::tools {

// Objects and lists in one another. SQLite's JSON goes as deep.
inline constexpr size_t kJsonDepthMax = 1000;

// OK if `text` is one JSON value in UTF-8 with no more than white space around
// it, at most `depth_max` deep. Builds nothing: takes a bit for each level and
// the longest string once.
// Errors: kInvalidArgument with a reason of one line, a kilobyte at most.
absl::Status CheckBoundedJson(std::string_view text,
                              size_t depth_max = kJsonDepthMax);

// Why nlohmann's parser stopped, out of its exception's text: one line, a
// kilobyte at most.
std::string JsonProblem(std::string_view what);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_BOUNDED_JSON_H_
