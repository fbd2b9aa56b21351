#include "daybook/store/rows.h"

#include <utility>

namespace daybook {

RowRange RowRange::OfPrefix(std::string_view prefix) {
  RowRange range{std::string(prefix), std::string(prefix)};
  // The first key that does not start with it: the last byte that can be raised
  // is; a prefix of 0xff bytes only has none after it.
  while (!range.end.empty() && range.end.back() == '\xff') range.end.pop_back();
  if (!range.end.empty()) ++range.end.back();
  return range;
}

void RowBatch::Put(std::string_view key, std::string_view value) {
  changes_.push_back({Kind::kPut, std::string(key), std::string(value)});
  bytes_ += key.size() + value.size();
}

void RowBatch::Delete(std::string_view key) {
  changes_.push_back({Kind::kDelete, std::string(key), {}});
  bytes_ += key.size();
}

void RowBatch::DeleteRange(const RowRange& range) {
  changes_.push_back({Kind::kDeleteRange, range.begin, range.end});
  bytes_ += range.begin.size() + range.end.size();
}

void RowBatch::Clear() {
  changes_.clear();
  bytes_ = 0;
}

}  // namespace daybook
