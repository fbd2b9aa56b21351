#include "daybook/projections/typed_projection.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace daybook::internal {

void AddRowKey(const google::protobuf::Message& key, RowKeys* keys) {
  EncodeRowKey(key, &keys->emplace_back());
  const auto last = std::prev(keys->end());
  if (std::find(keys->begin(), last, *last) != last) keys->pop_back();
}

absl::Status DamagedRowKey() {
  return absl::DataLossError(
      "the key of a view's row does not decode: rebuild the view");
}

}  // namespace daybook::internal
