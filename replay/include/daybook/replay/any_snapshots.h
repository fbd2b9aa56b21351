// AnySnapshots is what Snapshots<D> (snapshots.h) does, for a decider whose
// types are known only when it runs; and what both take and count.

#ifndef DAYBOOK_REPLAY_ANY_SNAPSHOTS_H_
#define DAYBOOK_REPLAY_ANY_SNAPSHOTS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/projections/any_decider.h"
#include "daybook/replay/as_of.h"
#include "daybook/replay/fold.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"
#include "daybook/store/runtime.h"
#include "google/protobuf/message.h"

namespace daybook {

struct SnapshotOptions {
  // A snapshot is due when a fold as of now had to read this many events, or
  // when reading them took longer than this, whichever comes first. Less means
  // shorter loads and more writes. At least 1; infinite for never.
  uint64_t event_count = 1'000;
  absl::Duration replay_time = absl::Milliseconds(100);
  // How many snapshots of one stream or query are kept, the newest and some
  // before it, for folds as of a moment. At least 1.
  size_t kept_count = 8;

  // What may wait to be written; more is dropped. Bytes are those of states.
  size_t queue_count_max = 64;
  size_t queue_bytes_max = 64 << 20;

  // Null takes the default: the machine's clock, no messages, a thread of its
  // own. All must outlive the snapshots.
  Clock* clock = nullptr;
  Logger* logger = nullptr;
  // Where snapshots are written, one at a time.
  std::shared_ptr<Executor> executor;
};

// Since the snapshots were made.
struct SnapshotCounters {
  // Folds, and how many of them began at a snapshot.
  uint64_t loads = 0;
  uint64_t used = 0;

  // Snapshots that were found and not used, because
  uint64_t other_fingerprint = 0;  // other State, Events or kRevision
  uint64_t damaged = 0;            // bytes don't check
  uint64_t unparsable = 0;         // they do, and the state does not parse
  // The stream was deleted or truncated since, or the store is another one.
  uint64_t stream_changed = 0;

  uint64_t written = 0;
  uint64_t dropped = 0;    // the queue was full
  uint64_t too_large = 0;  // above kRowValueBytesMax
  uint64_t failed = 0;     // the store could not write it
};

namespace internal {

// Of a state, what its snapshot must say beside where it stands.
struct FoldTrail {
  // Of a stream: the first that was folded.
  std::optional<Revision> first_revision;
  // Of the last that was.
  EventId event_id;
  absl::Time recorded_at = absl::InfinitePast();
  // How many were read, and how many since there was a snapshot.
  uint64_t event_count = 0;
  uint64_t unsaved_count = 0;

  void Add(const EventView& event) {
    event_id = event.id;
    recorded_at = event.recorded_at;
    ++event_count;
    ++unsaved_count;
  }
};

}  // namespace internal

// A state, and where it stands.
struct AnyFolded {
  // Of the type of AnyDecider::initial(); never null.
  std::unique_ptr<google::protobuf::Message> state;
  FoldPlace place;
  internal::FoldTrail trail;
};

// Thread-safe.
class AnySnapshots {
 public:
  // The store must outlive it. An error in place of a decider is what each
  // Fold() then returns.
  AnySnapshots(EventStore& store,
               absl::StatusOr<std::shared_ptr<const AnyDecider>> decider,
               const SnapshotOptions& options = SnapshotOptions());
  // Finishes what waits to be written, and waits for that.
  ~AnySnapshots();

  // As Snapshots::Fold().
  absl::StatusOr<AnyFolded> Fold(std::string_view stream,
                                 const AsOf& as_of = AsOf());
  absl::StatusOr<AnyFolded> Fold(const Query& query,
                                 const AsOf& as_of = AsOf());

  // As Snapshots.
  void Flush();
  SnapshotCounters counters() const;
  EventStore& store() const;

  // For who keeps states and folds on from them, as StateCache does: has
  // `state` written behind if enough was folded since there was a snapshot, and
  // notes that in `*trail`.
  void Offer(std::string_view stream, const google::protobuf::Message& state,
             const FoldPlace& place, internal::FoldTrail* trail);
  void Offer(const Query& query, const google::protobuf::Message& state,
             const FoldPlace& place, internal::FoldTrail* trail);

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_ANY_SNAPSHOTS_H_
