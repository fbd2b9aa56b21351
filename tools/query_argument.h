// A query that a command was given.

#ifndef DAYBOOK_TOOLS_QUERY_ARGUMENT_H_
#define DAYBOOK_TOOLS_QUERY_ARGUMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "daybook/store/query.h"
#include "tools/command_context.h"

namespace daybook::tools {

// The query that `argument`, JSON or @FILE, means; that of every event where it
// is empty. Errors: as ArgumentText() and ParseQueryJson().
absl::StatusOr<Query> QueryArgument(const CommandContext& context,
                                    const std::string& argument);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_QUERY_ARGUMENT_H_
