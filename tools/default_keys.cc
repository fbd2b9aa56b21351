#include "tools/default_keys.h"

#include "tools/text.h"

namespace daybook::tools {

void LeaveOut(DefaultKeys defaults, std::string_view why,
              std::string_view instead, CommandContext& context) {
  const bool has_key = defaults.key && !context.audit_keys.empty();
  const bool has_copy = defaults.copy && !context.head_copies.empty();
  if (!has_key && !has_copy) return;
  if (has_key) context.audit_keys.clear();
  if (has_copy) context.head_copies.clear();
  context.Say(Concat(why, has_key ? "$DAYBOOK_AUDIT_KEY" : "",
                     has_key && has_copy ? " and " : "",
                     has_copy ? "$DAYBOOK_HEAD_COPY" : "",
                     has_key && has_copy ? " are" : " is", " left ", instead));
}

}  // namespace daybook::tools
