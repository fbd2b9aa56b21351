// Salts of an event's commitments (daybook/audit/commitment.h) in JSON, in
// base64.

#ifndef DAYBOOK_TOOLS_SALT_JSON_H_
#define DAYBOOK_TOOLS_SALT_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/audit/commitment.h"
#include "tools/json_object.h"

namespace daybook::tools {

// The bytes of a salt, which must outlive them.
inline std::string_view BytesOf(const audit::Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

// Takes the salt in the field `name`. Errors: kInvalidArgument where there is
// none.
absl::StatusOr<audit::Salt> TakeSalt(JsonObject& fields,
                                     const std::string& name);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SALT_JSON_H_
