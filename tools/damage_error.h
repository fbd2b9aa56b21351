// Stored data that is missing or damaged, exit code 5: who runs into it must be
// told how to go on, unless the command says so itself.

#ifndef DAYBOOK_TOOLS_DAMAGE_ERROR_H_
#define DAYBOOK_TOOLS_DAMAGE_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace daybook::tools {

// kDataLoss of a command that looked for damage, and says what to do.
absl::Status DamageFoundError(std::string_view message);

// Whether `status` is any other kDataLoss.
bool NeedsDamageAdvice(const absl::Status& status);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_DAMAGE_ERROR_H_
