#include "store/row_cache.h"

#include <utility>

#include "store/strings.h"

namespace daybook {
namespace {

constexpr size_t kHalfBytesMax = 2 << 20;
// A row takes this much beside its bytes, about.
constexpr size_t kRowOverhead = 100;
// Larger ones are worth their reading.
constexpr size_t kValueBytesMax = 16 << 10;

}  // namespace

std::optional<std::string> RowCache::Find(std::string_view key) {
  MutexLock lock(&mutex_);
  for (const Map* half : {&newer_, &older_}) {
    const auto found = half->find(ToAbsl(key));
    if (found != half->end()) return found->second;
  }
  return std::nullopt;
}

void RowCache::Update(const RowBatch& written, bool with_appends) {
  MutexLock lock(&mutex_);
  for (const RowBatch::Change& change : written.changes()) {
    if (change.kind == RowBatch::Kind::kDeleteRange) {
      EraseAll();
    } else if (change.kind == RowBatch::Kind::kPut && with_appends &&
               change.value.size() <= kValueBytesMax) {
      Put(change.key, change.value);
    } else {
      newer_.erase(change.key);
      older_.erase(change.key);
    }
  }
}

void RowCache::Clear() {
  MutexLock lock(&mutex_);
  EraseAll();
}

void RowCache::EraseAll() {
  newer_.clear();
  older_.clear();
  newer_bytes_ = 0;
}

void RowCache::Put(const std::string& key, const std::string& value) {
  newer_bytes_ += key.size() + value.size() + kRowOverhead;
  newer_[key] = value;
  if (newer_bytes_ < kHalfBytesMax) return;
  older_ = std::move(newer_);
  newer_.clear();
  newer_bytes_ = 0;
}

}  // namespace daybook
