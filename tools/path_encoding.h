// Git paths are bytes; stream names are UTF-8 and must not start with `$`.
// This is the mapping between the two: one to one, and the identity for nearly
// every path there is.
//
//   byte of the path                                 in the name
//   part of no well-formed UTF-8 sequence            %XX
//   `$` at the very start                            %24
//   `%` that two hexadecimal digits follow           %25
//   any other                                        itself
//
//   "src/größe.c"  ->  "src/größe.c"        "100%.txt"  ->  "100%.txt"
//   "$HOME"        ->  "%24HOME"            "a%20b"     ->  "a%2520b"
//
// A `%` alone is kept because nothing can mistake it for an escape: whatever
// follows it in the path follows it in the name, or is a `%` itself.

#ifndef DAYBOOK_TOOLS_PATH_ENCODING_H_
#define DAYBOOK_TOOLS_PATH_ENCODING_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace daybook::tools {

// The name of `path`: UTF-8, not starting with `$`. XX is in upper case.
std::string EncodePath(std::string_view path);

// The path whose name is `name`.
// Errors: kInvalidArgument if EncodePath() gives `name` for no path.
absl::StatusOr<std::string> DecodePath(std::string_view name);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PATH_ENCODING_H_
