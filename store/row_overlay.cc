#include "store/row_overlay.h"

#include "store/status_macros.h"
#include "store/strings.h"
#include "store/validate.h"

namespace daybook {

absl::StatusOr<std::optional<std::string>> RowOverlay::Get(
    std::string_view key) {
  if (const auto found = rows_.find(ToAbsl(key)); found != rows_.end()) {
    return found->second;
  }
  DAYBOOK_RETURN_IF_ERROR(ValidateRow(key, {}));
  return get_stored_(key);
}

void RowOverlay::Put(std::string_view key, std::string_view value) {
  if (!problem_.ok()) return;
  problem_ = ValidateRow(key, value);
  if (problem_.ok()) problem_ = ValidateRowBytes(bytes_ + value.size());
  if (problem_.ok()) Set(key, std::string(value));
}

void RowOverlay::Delete(std::string_view key) {
  if (!problem_.ok()) return;
  problem_ = ValidateRow(key, {});
  if (problem_.ok()) Set(key, std::nullopt);
}

void RowOverlay::Set(std::string_view key, Value value) {
  bytes_ += key.size() + (value.has_value() ? value->size() : 0);
  const auto [row, is_new] = rows_.try_emplace(ToAbsl(key));
  Change& change = changes_.emplace_back();
  change.key = key;
  if (!is_new) change.before = std::move(row->second);
  row->second = std::move(value);
}

absl::Status RowOverlay::Accept() {
  absl::Status problem = problem_;
  if (problem.ok()) problem = ValidateRowBytes(bytes_);
  if (!problem.ok()) Forget();
  changes_.clear();
  bytes_ = 0;
  return problem;
}

void RowOverlay::Forget() {
  for (; !changes_.empty(); changes_.pop_back()) {
    Change& change = changes_.back();
    if (change.before.has_value()) {
      rows_[change.key] = *std::move(change.before);
    } else {
      rows_.erase(change.key);
    }
  }
  bytes_ = 0;
  problem_ = absl::OkStatus();
}

RowBatch RowOverlay::Take() {
  RowBatch batch;
  for (const auto& [key, value] : rows_) {
    if (value.has_value()) {
      batch.Put(key, *value);
    } else {
      batch.Delete(key);
    }
  }
  rows_.clear();
  return batch;
}

}  // namespace daybook
