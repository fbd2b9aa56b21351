#include "store/recent_chunks.h"

#include <algorithm>

#include "store/chunk.h"
#include "store/errors_internal.h"

namespace daybook {
namespace {

constexpr size_t kBytesMax = 8 << 20;

// What it takes in memory once it is decoded, about.
size_t Cost(const RecentChunk& chunk) {
  return chunk.bytes() + 256 +
         (chunk.next().value() - chunk.first().value()) * sizeof(EventView);
}

}  // namespace

absl::StatusOr<std::span<const EventView>> RecentChunk::Events() const {
  std::call_once(decoded_, [this] {
    ChunkReader chunk;
    const char* problem = chunk.Parse(bytes_);
    if (problem == nullptr) events_.resize(chunk.count());
    for (uint32_t i = 0; problem == nullptr && i < events_.size(); ++i) {
      problem = chunk.Read(i, &events_[i]);
    }
    if (problem == nullptr) return;
    events_.clear();
    status_ = DamageError(first_, problem);
  });
  if (!status_.ok()) return status_;
  return std::span<const EventView>(events_);
}

void RecentChunks::Leave() {
  if (follower_count_.fetch_sub(1) > 1) return;
  std::deque<std::shared_ptr<const RecentChunk>> dropped;
  MutexLock lock(&mutex_);
  dropped.swap(chunks_);
  bytes_ = 0;
}

void RecentChunks::Publish(
    Position first, std::vector<std::pair<uint64_t, std::string>>* chunks) {
  MutexLock lock(&mutex_);
  for (auto& [last, bytes] : *chunks) {
    auto chunk = std::make_shared<RecentChunk>(first, Position(last + 1),
                                               std::move(bytes));
    first = chunk->next();
    bytes_ += Cost(*chunk);
    chunks_.push_back(std::move(chunk));
  }
  while (bytes_ > kBytesMax && chunks_.size() > 1) {
    bytes_ -= Cost(*chunks_.front());
    chunks_.pop_front();
  }
}

std::shared_ptr<const RecentChunk> RecentChunks::Find(Position position) const {
  MutexLock lock(&mutex_);
  const auto found = std::partition_point(
      chunks_.begin(), chunks_.end(),
      [&](const auto& chunk) { return chunk->next() <= position; });
  if (found == chunks_.end() || position < (*found)->first()) return nullptr;
  return *found;
}

}  // namespace daybook
