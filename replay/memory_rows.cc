#include "replay/memory_rows.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replay/caught_projection.h"
#include "replay/row_changes.h"
#include "replay/view_keys.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

using Map = std::map<std::string, std::string, std::less<>>;

class MemoryCursor final : public RowCursor {
 public:
  MemoryCursor(Map::const_iterator begin, Map::const_iterator end,
               Direction direction)
      : begin_(begin), end_(end), direction_(direction) {}

  bool Next() override {
    if (begin_ == end_) return false;
    if (direction_ == Direction::kForward) {
      row_ = begin_++;
    } else {
      row_ = --end_;
    }
    return true;
  }
  std::string_view key() const override { return row_->first; }
  std::string_view value() const override { return row_->second; }
  const absl::Status& status() const override { return status_; }

 private:
  Map::const_iterator begin_;
  Map::const_iterator end_;
  const Direction direction_;
  Map::const_iterator row_;
  absl::Status status_;
};

class MemoryReader final : public RowReader {
 public:
  explicit MemoryReader(Map rows) : rows_(std::move(rows)) {}

  absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) const override {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return std::nullopt;
    return std::optional<std::string>(found->second);
  }

  std::unique_ptr<RowCursor> Scan(const RowRange& range,
                                  Direction direction) const override {
    const auto begin = rows_.lower_bound(range.begin);
    auto end = range.end.empty() ? rows_.end() : rows_.lower_bound(range.end);
    if (!range.end.empty() && range.end < range.begin) end = begin;
    return std::make_unique<MemoryCursor>(begin, end, direction);
  }

 private:
  const Map rows_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowReader>> MakeMemoryRows(
    const AnyProjection& projection, const FoldedRows& folded) {
  Map rows;
  const std::string prefix = RowPrefix(kMemoryTable);
  for (const FoldedRow& row : folded.rows()) {
    for (size_t i = 0; i < projection.index_count(); ++i) {
      DAYBOOK_ASSIGN_OR_RETURN(
          const std::optional<std::string> key,
          IndexKeyCaught(projection, i, row.key, *row.row));
      if (key) {
        rows[absl::StrCat(IndexPrefix(kMemoryTable, i), *key, row.key)] = "";
      }
    }
    rows[absl::StrCat(prefix, row.key)] = EncodeRow(*row.row);
  }
  return std::make_unique<MemoryReader>(std::move(rows));
}

}  // namespace daybook
