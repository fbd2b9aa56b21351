// The tail: what is committed but not yet in the index, kept in memory.
//
// For every stream with events above the index's watermark the tail knows
// where it ends and at which positions those events are; for every append key
// used there, the append. Events themselves are read from the log. The same
// table caches where other streams end, since every append and read asks.
//
// Who changes what: the committer publishes, the deriver trims, opening fills;
// readers look. One mutex, held for short, never over I/O.

#ifndef DAYBOOK_STORE_TAIL_H_
#define DAYBOOK_STORE_TAIL_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/numbers.h"
#include "store/fingerprint.h"
#include "store/mutex.h"
#include "store/rocks_db.h"
#include "store/stream_state.h"

namespace daybook {

using KeyHash = Fingerprint;

// One stream as appends see it. Pinned while an append holds it; lives in the
// tail's table.
class TailStream {
 public:
  explicit TailStream(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }

  // The state that the next append will find: `published` plus what the group
  // under way has staged. Only the committer touches it.
  StreamState staged;

 private:
  friend class Tail;
  const std::string name_;
  // Guarded by the tail's mutex, all of it.
  StreamState published_;
  // Positions of the events that are not trimmed yet; the first of them has
  // revision published_.next_revision - recent_count().
  std::vector<uint64_t> recent_;
  size_t recent_begin_ = 0;
  // The position of the last change of its rules.
  uint64_t rules_changed_at_ = 0;
  uint32_t pins_ = 0;

  size_t recent_count() const { return recent_.size() - recent_begin_; }
};

// What the committer publishes about one event.
struct PublishedEvent {
  TailStream* stream;
  // The stream whose rules the event changed, if it did.
  TailStream* rules_of = nullptr;
};

struct PublishedKey {
  KeyHash hash;
  Position first_position;
};

// Thread-safe.
class Tail {
 public:
  // `index` must outlive it; `cache_count` streams are kept beyond those that
  // are needed. `head`: everything below is in the index.
  Tail(const RocksDb& index, Position head, size_t cache_count);

  // --- For appends ---

  // The streams named, made known from the index where necessary, and pinned
  // until Unpin. Reads the index; no lock is held meanwhile.
  absl::StatusOr<std::vector<TailStream*>> Pin(
      std::span<const std::string_view> names);
  void Unpin(std::span<TailStream* const> streams);

  // Where the append with this key begins. `*checked_from` is set to a value
  // for NeedsRecheck.
  absl::StatusOr<std::optional<Position>> FindKey(const KeyHash& hash,
                                                  Position* checked_from);
  // The same among what the tail holds only: enough for the committer unless
  // NeedsRecheck says that the index took over some of it since.
  std::optional<Position> FindRecentKey(const KeyHash& hash);
  bool NeedsRecheck(Position checked_from);

  // Makes `events`, which follow the head, visible. Their streams' `staged`
  // becomes what readers see.
  void Publish(std::span<const PublishedEvent> events,
               std::span<const PublishedKey> keys);

  // --- For the deriver ---

  // The numbers of the streams of the events at [from, to), in order.
  // REQUIRES: trimmed_to() <= from, to <= head().
  std::vector<uint64_t> StreamNumbers(Position from, Position to);

  // Everything below `to` is in the index now.
  void Trim(Position to);

  // --- For readers ---

  Position head() const;
  // Everything below is in the index.
  Position trimmed_to() const;

  struct StreamSnapshot {
    StreamState state;
    // The store's head at the same moment.
    Position head;
    // Revisions below this were in the index.
    Revision indexed_to;
  };
  absl::StatusOr<StreamSnapshot> Snapshot(std::string_view stream);

  // Positions of the stream's events from `revision` on, at most `count_max`.
  // Nothing if the tail does not hold that revision (any more): then the index
  // does.
  std::vector<Position> Recent(std::string_view stream, Revision revision,
                               size_t count_max);

  // The streams that the index does not have in full, by name, and what it
  // did have at that moment.
  struct Unindexed {
    std::vector<std::pair<std::string, StreamState>> streams;
    Position trimmed_to;
  };
  Unindexed UnindexedStreams(std::string_view prefix);

 private:
  TailStream* Find(std::string_view name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // REQUIRES: not there yet; the index has all of it.
  TailStream* Add(std::string_view name, StreamState state)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StreamSnapshot SnapshotOf(const TailStream& stream) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsLarge() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EvictIfLarge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const RocksDb& index_;
  const size_t cache_count_;

  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<TailStream>> streams_
      ABSL_GUARDED_BY(mutex_);
  // The store has rules of some stream: most have none, and a look-up less.
  bool any_rules_ ABSL_GUARDED_BY(mutex_);
  // Counts evictions: a state read from the index counts only if none came in
  // between.
  uint64_t evictions_ ABSL_GUARDED_BY(mutex_) = 0;
  // One entry for each position from trimmed_to_ on.
  std::deque<TailStream*> order_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<KeyHash, Position> keys_ ABSL_GUARDED_BY(mutex_);
  std::deque<PublishedKey> key_order_ ABSL_GUARDED_BY(mutex_);
  uint64_t trimmed_to_ ABSL_GUARDED_BY(mutex_);
  // Where the last but one trim ended: keys below are gone from keys_.
  uint64_t keys_from_ ABSL_GUARDED_BY(mutex_);
  uint64_t head_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_TAIL_H_
