#include "tools/salt_json.h"

#include <algorithm>
#include <optional>

#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {

absl::StatusOr<audit::Salt> TakeSalt(JsonObject& fields,
                                     const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                           fields.TakeBase64(name));
  audit::Salt salt{};
  if (!bytes.has_value() || bytes->size() != salt.size()) {
    return absl::InvalidArgumentError(
        Concat(Quoted(name), " is not ", salt.size(), " bytes in base64"));
  }
  std::ranges::copy(*bytes, salt.begin());
  return salt;
}

}  // namespace daybook::tools
