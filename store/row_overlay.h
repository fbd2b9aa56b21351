// What a group of appends changes in the rows, over what is stored already.
//
// Changes of one append are a trial until it is accepted; forgotten, the
// overlay is as it was before. Shared by both engines.

#ifndef DAYBOOK_STORE_ROW_OVERLAY_H_
#define DAYBOOK_STORE_ROW_OVERLAY_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/rows.h"

namespace daybook {

// Not thread-safe.
class RowOverlay final : public RowEditor {
 public:
  using GetStored = std::function<absl::StatusOr<std::optional<std::string>>(
      std::string_view key)>;

  explicit RowOverlay(GetStored get_stored)
      : get_stored_(std::move(get_stored)) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) override;
  void Put(std::string_view key, std::string_view value) override;
  void Delete(std::string_view key) override;

  // What was changed since the last Accept() or Forget() stays. Errors:
  // kInvalidArgument if some of it was above the limits; then it is forgotten.
  absl::Status Accept();
  void Forget();

  bool empty() const { return rows_.empty(); }
  // All that was accepted; nothing is left.
  RowBatch Take();

 private:
  // Nothing: the row is deleted.
  using Value = std::optional<std::string>;
  struct Change {
    std::string key;
    // What the overlay had before; nothing if it had nothing.
    std::optional<Value> before;
  };

  void Set(std::string_view key, Value value);

  const GetStored get_stored_;
  absl::flat_hash_map<std::string, Value> rows_;
  // Of the append on trial.
  std::vector<Change> changes_;
  size_t bytes_ = 0;
  absl::Status problem_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROW_OVERLAY_H_
