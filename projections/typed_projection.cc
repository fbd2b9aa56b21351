#include "daybook/projections/typed_projection.h"

#include <algorithm>
#include <utility>

namespace daybook::internal {

void AddRowKey(const google::protobuf::Message& key,
               std::vector<std::string>* keys) {
  std::string bytes;
  EncodeRowKey(key, &bytes);
  if (std::ranges::find(*keys, bytes) == keys->end()) {
    keys->push_back(std::move(bytes));
  }
}

absl::Status DamagedRowKey() {
  return absl::DataLossError(
      "the key of a view's row does not decode: rebuild the view");
}

}  // namespace daybook::internal
