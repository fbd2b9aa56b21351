#include "store/tail.h"

#include <algorithm>
#include <utility>

#include "store/index.h"
#include "store/strings.h"

namespace daybook {
namespace {

// How many positions are trimmed with the mutex held once.
constexpr size_t kTrimSlice = 2048;

}  // namespace

Tail::Tail(const RocksDb& index, Position head, size_t cache_count)
    : index_(index),
      cache_count_(cache_count),
      any_rules_(HasRules(index)),
      trimmed_to_(head.value()),
      keys_from_(head.value()),
      head_(head.value()) {}

TailStream* Tail::Find(std::string_view name) {
  const auto found = streams_.find(ToAbsl(name));
  return found == streams_.end() ? nullptr : found->second.get();
}

TailStream* Tail::Add(std::string_view name, StreamState state) {
  auto stream = std::make_unique<TailStream>(std::string(name));
  stream->staged = state;
  stream->published_ = std::move(state);
  return streams_.emplace(name, std::move(stream)).first->second.get();
}

absl::StatusOr<std::vector<TailStream*>> Tail::Pin(
    std::span<const std::string_view> names) {
  std::vector<TailStream*> streams(names.size(), nullptr);
  size_t missing = 0;
  uint64_t evictions;
  bool any_rules;
  {
    MutexLock lock(&mutex_);
    evictions = evictions_;
    any_rules = any_rules_;
    for (size_t i = 0; i < names.size(); ++i) {
      streams[i] = Find(names[i]);
      if (streams[i] == nullptr) {
        ++missing;
      } else {
        ++streams[i]->pins_;
      }
    }
  }
  for (size_t i = 0; missing > 0 && i < names.size(); ++i) {
    while (streams[i] == nullptr) {
      absl::StatusOr<StreamState> state =
          ReadStreamState(index_, names[i], any_rules);
      if (!state.ok()) {
        std::erase(streams, nullptr);
        Unpin(streams);
        return state.status();
      }
      MutexLock lock(&mutex_);
      streams[i] = Find(names[i]);
      if (streams[i] == nullptr && evictions_ == evictions) {
        streams[i] = Add(names[i], *std::move(state));
      }
      evictions = evictions_;
      any_rules = any_rules_;
      if (streams[i] != nullptr) ++streams[i]->pins_;
    }
  }
  return streams;
}

void Tail::Unpin(std::span<TailStream* const> streams) {
  MutexLock lock(&mutex_);
  for (TailStream* stream : streams) --stream->pins_;
}

absl::StatusOr<std::optional<Position>> Tail::FindKey(const KeyHash& hash,
                                                      Position* checked_from) {
  {
    MutexLock lock(&mutex_);
    *checked_from = Position(trimmed_to_);
    if (const auto found = keys_.find(hash); found != keys_.end()) {
      return std::optional<Position>(found->second);
    }
  }
  return ReadKey(index_, hash);
}

std::optional<Position> Tail::FindRecentKey(const KeyHash& hash) {
  MutexLock lock(&mutex_);
  const auto found = keys_.find(hash);
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

bool Tail::NeedsRecheck(Position checked_from) {
  MutexLock lock(&mutex_);
  return checked_from.value() < keys_from_;
}

void Tail::Publish(std::span<const PublishedEvent> events,
                   std::span<const PublishedKey> keys) {
  MutexLock lock(&mutex_);
  for (const PublishedEvent& event : events) {
    TailStream& stream = *event.stream;
    stream.published_ = stream.staged;
    stream.recent_.push_back(head_);
    order_.push_back(&stream);
    if (event.rules_of != nullptr) {
      event.rules_of->published_.known = true;
      event.rules_of->published_.rules = event.rules_of->staged.rules;
      event.rules_of->rules_changed_at_ = head_ + 1;
      any_rules_ = true;
    }
    ++head_;
  }
  for (const PublishedKey& key : keys) {
    keys_.emplace(key.hash, key.first_position);
    key_order_.push_back(key);
  }
}

std::vector<uint64_t> Tail::StreamNumbers(Position from, Position to) {
  std::vector<uint64_t> numbers;
  numbers.reserve(to.value() - from.value());
  MutexLock lock(&mutex_);
  for (uint64_t at = from.value(); at < to.value(); ++at) {
    const TailStream& stream = *order_[at - trimmed_to_];
    numbers.push_back(stream.published_.first_position->value());
  }
  return numbers;
}

void Tail::Trim(Position to) {
  // Keys stay for one trim longer than the rest, so that what an append looked
  // up before it queued need rarely be looked up again.
  {
    MutexLock lock(&mutex_);
    keys_from_ = trimmed_to_;
    while (!key_order_.empty() &&
           key_order_.front().first_position.value() < keys_from_) {
      keys_.erase(key_order_.front().hash);
      key_order_.pop_front();
    }
  }
  for (bool done = false; !done;) {
    MutexLock lock(&mutex_);
    for (size_t i = 0; i < kTrimSlice && trimmed_to_ < to.value(); ++i) {
      TailStream& stream = *order_.front();
      ++stream.recent_begin_;
      if (stream.recent_count() == 0) {
        stream.recent_.clear();
        stream.recent_.shrink_to_fit();
        stream.recent_begin_ = 0;
      } else if (stream.recent_begin_ > 1024 &&
                 stream.recent_begin_ * 2 > stream.recent_.size()) {
        stream.recent_.erase(
            stream.recent_.begin(),
            stream.recent_.begin() +
                static_cast<std::ptrdiff_t>(stream.recent_begin_));
        stream.recent_begin_ = 0;
      }
      order_.pop_front();
      ++trimmed_to_;
    }
    done = trimmed_to_ >= to.value();
    if (done) EvictIfLarge();
  }
}

bool Tail::IsLarge() const {
  return streams_.size() > cache_count_ + order_.size();
}

void Tail::EvictIfLarge() {
  if (!IsLarge()) return;
  ++evictions_;
  absl::erase_if(streams_, [this](const auto& entry) {
    mutex_.AssertHeld();
    const TailStream& stream = *entry.second;
    return stream.pins_ == 0 && stream.recent_count() == 0 &&
           stream.rules_changed_at_ <= trimmed_to_;
  });
}

Position Tail::head() const {
  MutexLock lock(&mutex_);
  return Position(head_);
}

Position Tail::trimmed_to() const {
  MutexLock lock(&mutex_);
  return Position(trimmed_to_);
}

absl::StatusOr<Tail::StreamSnapshot> Tail::Snapshot(std::string_view name) {
  uint64_t evictions;
  bool any_rules;
  {
    MutexLock lock(&mutex_);
    if (const TailStream* stream = Find(name); stream != nullptr) {
      return SnapshotOf(*stream);
    }
    evictions = evictions_;
    any_rules = any_rules_;
  }
  while (true) {
    absl::StatusOr<StreamState> state =
        ReadStreamState(index_, name, any_rules);
    if (!state.ok()) return state.status();
    MutexLock lock(&mutex_);
    if (const TailStream* stream = Find(name); stream != nullptr) {
      return SnapshotOf(*stream);
    }
    if (evictions == evictions_) {
      StreamSnapshot snapshot{*std::move(state), Position(head_), Revision(0)};
      snapshot.indexed_to = Revision(snapshot.state.next_revision);
      // Names that nobody used would only fill the table.
      if (snapshot.state.known && !IsLarge()) Add(name, snapshot.state);
      return snapshot;
    }
    evictions = evictions_;
    any_rules = any_rules_;
  }
}

Tail::StreamSnapshot Tail::SnapshotOf(const TailStream& stream) const {
  return {stream.published_, Position(head_),
          Revision(stream.published_.next_revision - stream.recent_count())};
}

std::vector<Position> Tail::Recent(std::string_view name, Revision revision,
                                   size_t count_max) {
  std::vector<Position> positions;
  MutexLock lock(&mutex_);
  const TailStream* stream = Find(name);
  if (stream == nullptr) return positions;
  const uint64_t next = stream->published_.next_revision;
  const uint64_t first = next - stream->recent_count();
  if (revision.value() < first || revision.value() >= next) return positions;
  const size_t begin =
      stream->recent_begin_ + static_cast<size_t>(revision.value() - first);
  const size_t end = std::min(stream->recent_.size(), begin + count_max);
  for (size_t i = begin; i < end; ++i) {
    positions.push_back(Position(stream->recent_[i]));
  }
  return positions;
}

Tail::Unindexed Tail::UnindexedStreams(std::string_view prefix) {
  Unindexed result;
  {
    MutexLock lock(&mutex_);
    result.trimmed_to = Position(trimmed_to_);
    for (const auto& [name, stream] : streams_) {
      const bool unindexed =
          stream->recent_count() > 0 || stream->rules_changed_at_ > trimmed_to_;
      if (unindexed && std::string_view(name).starts_with(prefix)) {
        result.streams.emplace_back(name, stream->published_);
      }
    }
  }
  std::sort(result.streams.begin(), result.streams.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return result;
}

}  // namespace daybook
