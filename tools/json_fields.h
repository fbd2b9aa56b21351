// JsonFields picks a few fields, wherever they are nested, out of a JSON
// object: what templates ask for. Numbers are given as they are written.

#ifndef DAYBOOK_TOOLS_JSON_FIELDS_H_
#define DAYBOOK_TOOLS_JSON_FIELDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook::tools {

// Not thread-safe.
class JsonFields {
 public:
  // `wanted` names fields as templates do: "a", "a.b", "a.0". A name with a dot
  // in it is found by the same name.
  explicit JsonFields(const std::vector<std::string>& wanted);

  // Reads one object. Errors: kInvalidArgument if `json` is none, not well
  // formed, or nested more than kJsonDepthMax deep.
  absl::Status Read(std::string_view json);

  // The text of a wanted field of the object read last: of a string what it
  // says, of a number or boolean how it is written. Valid until the next Read.
  // Errors: kNotFound if it is missing or null, kInvalidArgument for an object
  // or a list.
  absl::StatusOr<std::string_view> Find(std::string_view name) const;

 private:
  class Reader;
  enum class Kind { kMissing, kScalar, kNested };
  struct Field {
    Kind kind = Kind::kMissing;
    std::string text;
    // There are wanted fields in it: if it comes twice, those of the first one
    // don't count.
    bool leads_on = false;
    bool seen = false;
  };

  // Those wanted, and those they are in.
  absl::flat_hash_map<std::string, Field> fields_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_JSON_FIELDS_H_
