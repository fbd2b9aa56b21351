// The text of an argument that may come from elsewhere: `@FILE` is what the
// file holds, `@-` what standard input holds, anything else is itself.

#ifndef DAYBOOK_TOOLS_ARGUMENT_TEXT_H_
#define DAYBOOK_TOOLS_ARGUMENT_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "tools/command_context.h"

namespace daybook::tools {

// Errors: kInvalidArgument when the file can't be read or holds more than
// `bytes_max`; kCancelled when interrupted while waiting for input.
absl::StatusOr<std::string> ArgumentText(const CommandContext& context,
                                         const std::string& argument,
                                         size_t bytes_max);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_ARGUMENT_TEXT_H_
