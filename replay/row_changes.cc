#include "replay/row_changes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "replay/caught_projection.h"
#include "replay/view_keys.h"
#include "store/protobuf.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {

namespace pb = google::protobuf;

std::string EncodeRow(const pb::Message& row) {
  return DeterministicBytes(row);
}

RowChanges::RowChanges(const AnyProjection* projection, uint64_t table)
    : projection_(projection), table_(table), prefix_(RowPrefix(table)) {}

absl::Status RowChanges::Apply(const PreparedEvent& event, size_t key,
                               bool keep_before) {
  Row* const row = &rows_.find(event.keys[key])->second;
  std::unique_ptr<pb::Message> before;
  if (keep_before && row->now != nullptr) {
    before.reset(row->now->New());
    before->CopyFrom(*row->now);
  }
  if (row->now == nullptr) row->now.reset(projection_->row_prototype().New());
  const absl::StatusOr<RowFate> fate =
      ApplyCaught(*projection_, event, key, row->now.get());
  if (!fate.ok()) {
    row->now = std::move(before);
    return fate.status();
  }
  if (*fate == RowFate::kRemove) row->now.reset();
  return absl::OkStatus();
}

absl::Status RowChanges::Load(const std::string& key, Get get) {
  if (rows_.contains(key)) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                           get(absl::StrCat(prefix_, key)));
  Row row;
  if (stored) {
    row.existed = true;
    row.now.reset(projection_->row_prototype().New());
    if (!row.now->ParsePartialFromString(*stored)) {
      return absl::DataLossError(
          absl::StrCat("a row of view ", Quoted(projection_->name()),
                       " does not decode: rebuild the view"));
    }
    memory_bytes_ += stored->size();
  }
  memory_bytes_ += key.size() + sizeof(Row);
  DAYBOOK_ASSIGN_OR_RETURN(row.index_keys, IndexKeysOf(key, row.now.get()));
  rows_.emplace(key, std::move(row));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::optional<std::string>>> RowChanges::IndexKeysOf(
    std::string_view key, const pb::Message* row) const {
  std::vector<std::optional<std::string>> keys(projection_->index_count());
  if (row == nullptr) return keys;
  for (size_t i = 0; i < keys.size(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(keys[i],
                             IndexKeyCaught(*projection_, i, key, *row));
  }
  return keys;
}

absl::Status RowChanges::WriteTo(Write write) {
  for (const auto& [key, row] : rows_) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto index_keys,
                             IndexKeysOf(key, row.now.get()));
    for (size_t i = 0; i < index_keys.size(); ++i) {
      if (index_keys[i] == row.index_keys[i]) continue;
      const std::string prefix = IndexPrefix(table_, i);
      if (row.index_keys[i]) {
        write(absl::StrCat(prefix, *row.index_keys[i], key), std::nullopt);
      }
      if (index_keys[i]) write(absl::StrCat(prefix, *index_keys[i], key), "");
    }
    const std::string full_key = absl::StrCat(prefix_, key);
    if (row.now != nullptr) {
      write(full_key, EncodeRow(*row.now));
    } else if (row.existed) {
      write(full_key, std::nullopt);
    }
  }
  rows_.clear();
  memory_bytes_ = 0;
  return absl::OkStatus();
}

}  // namespace daybook
