// Rows of a view that are being changed, before they are written: loaded when
// an event first touches them, written with their entries in the indexes.

#ifndef DAYBOOK_REPLAY_ROW_CHANGES_H_
#define DAYBOOK_REPLAY_ROW_CHANGES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/any_projection.h"
#include "google/protobuf/message.h"

namespace daybook {

// Equal messages are equal bytes.
std::string EncodeRow(const google::protobuf::Message& row);

// Not thread-safe.
class RowChanges {
 public:
  using Get = absl::FunctionRef<absl::StatusOr<std::optional<std::string>>(
      std::string_view key)>;
  // Without a value: the key is to be deleted.
  using Write = absl::FunctionRef<void(std::string_view key,
                                       std::optional<std::string_view> value)>;

  // Both must outlive it.
  RowChanges(const AnyProjection* projection, uint64_t table);

  // Makes the row of `key` ready to be changed; `get` gives rows as they were.
  // Errors: of `get`; kDataLoss if it does not decode.
  absl::Status Load(const std::string& key, Get get);

  // Applies `event` to the row of its key number `key`. REQUIRES: loaded.
  // Errors: as AnyProjection::Apply(); then the row is as before if
  // `keep_before`, which costs a copy of it, and anything otherwise.
  absl::Status Apply(const PreparedEvent& event, size_t key, bool keep_before);

  // All changes, and forgets them. Errors: as AnyProjection::IndexKey().
  absl::Status WriteTo(Write write);

  // Of keys and rows, about.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  struct Row {
    // Null if there is none.
    std::unique_ptr<google::protobuf::Message> now;
    bool existed = false;
    // Its entry in each index, as it was.
    std::vector<std::optional<std::string>> index_keys;
  };

  absl::StatusOr<std::vector<std::optional<std::string>>> IndexKeysOf(
      std::string_view key, const google::protobuf::Message* row) const;

  const AnyProjection* projection_;
  const uint64_t table_;
  const std::string prefix_;
  std::map<std::string, Row> rows_;
  size_t memory_bytes_ = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_ROW_CHANGES_H_
