// The fields of a line of JSON that say how its event was appended, beside what
// the event says: the append's key and result, the producer's signature, the
// salts of the leaf. A full export has them (full_export.h).

#ifndef DAYBOOK_TOOLS_APPEND_FIELDS_H_
#define DAYBOOK_TOOLS_APPEND_FIELDS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "tools/json_object.h"

namespace daybook::tools {

// On the first line of a keyed append; elsewhere both are empty.
struct KeyAndResult {
  std::string key;
  std::string result;
};

// All errors are kInvalidArgument with the reason.
absl::StatusOr<KeyAndResult> TakeKeyAndResult(JsonObject& fields);

// The signature with its salts; of an event without one its salts, if they are
// there.
absl::StatusOr<std::optional<NewSignature>> TakeSignature(JsonObject& fields);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_APPEND_FIELDS_H_
