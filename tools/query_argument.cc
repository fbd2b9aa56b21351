#include "tools/query_argument.h"

#include "store/status_macros.h"
#include "tools/argument_text.h"
#include "tools/query_json.h"

namespace daybook::tools {
namespace {

// Longer ones are above the limits of a query anyway.
constexpr size_t kQueryBytesMax = 64 << 20;

}  // namespace

absl::StatusOr<Query> QueryArgument(const CommandContext& context,
                                    const std::string& argument) {
  if (argument.empty()) return Query();
  DAYBOOK_ASSIGN_OR_RETURN(const std::string text,
                           ArgumentText(context, argument, kQueryBytesMax));
  return ParseQueryJson(text);
}

}  // namespace daybook::tools
