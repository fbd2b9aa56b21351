// An append on its way: made ready in the thread that appends, judged and
// written by the committer.
//
// Everything that costs and needs no order is done here, in parallel: ids,
// encoding, checksums, looking up streams and keys, and running the condition's
// query against what is committed already. The committer then only looks at
// what came after.

#ifndef DAYBOOK_STORE_PENDING_APPEND_H_
#define DAYBOOK_STORE_PENDING_APPEND_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"
#include "store/event_leaf.h"
#include "store/fingerprint.h"
#include "store/mutex.h"
#include "store/store_core.h"
#include "store/stream_state.h"
#include "store/tail.h"

namespace daybook {

struct PendingAppend {
  // One event; views into `bytes`.
  struct Item {
    TailStream* stream = nullptr;
    std::string_view type;
    std::string_view source;
    std::string_view content_type;
    std::string_view body;
    uint32_t body_checksum = 0;
    // For its leaf, where the store has an audit tree.
    EventId id;
    SchemaHash schema = {};
    EventCommitments commitments;
    // Its producer's; empty for none. And whether it was verified.
    std::string_view signature;
    bool verified = false;
    // Set by the committer.
    Revision revision;
    // The stream whose rules this event changes; null for nearly all.
    TailStream* rules_of = nullptr;
    std::string_view payload;  // of such events
  };
  struct Expectation {
    TailStream* stream;
    ExpectedRevision expected;
  };

  std::string bytes;
  std::vector<Item> items;
  // Every stream named anywhere, pinned; unpinned when this is destroyed.
  std::vector<TailStream*> pinned;
  std::vector<Expectation> expectations;

  std::string key;
  KeyHash key_hash{};
  Fingerprint fingerprint{};
  std::string result;
  // From the look-up of the key: see Tail::NeedsRecheck.
  Position key_checked_from;

  std::optional<AppendCondition> condition;
  // No event below this matches the condition.
  Position condition_checked_to;

  // What its producers were judged by; null when they need not be.
  ProducerBook::Page judged_by;
  bool changes_producers = false;

  // For Restore: the time given, which then is not judged.
  std::optional<int64_t> restored_at_micros;

  // For deletes and the like, whose event depends on where `subject` stands:
  // judges, and makes the one event; called by the committer.
  TailStream* subject = nullptr;
  std::function<absl::StatusOr<NewEvent>(const StreamState& subject)>
      make_event;

  // --- What became of it, set by the committer ---
  Position first_position;
  int64_t recorded_at_micros = 0;
  // The append that had used the key: its result is what this one returns.
  std::optional<Position> repeats;
  absl::Status status;

  // Asynchronous ones have `done`; for the others someone waits for `ended`.
  EventStore::AppendDone done;
  Mutex mutex;
  CondVar ended_changed;
  bool ended = false;

  explicit PendingAppend(std::shared_ptr<StoreCore> store)
      : core(std::move(store)) {}
  ~PendingAppend() { core->tail->Unpin(pinned); }
  PendingAppend(const PendingAppend&) = delete;
  PendingAppend& operator=(const PendingAppend&) = delete;

  const std::shared_ptr<StoreCore> core;
};

// What Restore() gives back of an append.
struct RestoredAppend {
  int64_t recorded_at_micros = 0;
  // Empty: as that of any append.
  std::string_view fingerprint;
};

// Makes `request`, which is valid, ready for the committer. Fails, or sets
// `repeats`, when the outcome is plain already. `restored` is null for an
// append that is new.
absl::StatusOr<std::shared_ptr<PendingAppend>> PrepareAppend(
    const std::shared_ptr<StoreCore>& core, const AppendRequest& request,
    const RestoredAppend* restored = nullptr);

// Judges who made the events of `pending` by `producers`: JudgeProducer().
// Signatures that were verified before are not verified again.
absl::Status JudgeProducers(const Producers& producers, PendingAppend* pending);

// Encodes `event` into the one item of `pending`, which has none yet.
// REQUIRES: `pending.pinned[0]` is the stream it goes to.
void EncodeOnlyItem(const NewEvent& event, PendingAppend* pending);

// The events of `pending` as they will be if it is committed at `first` next.
absl::StatusOr<std::vector<EventView>> ViewsOf(const PendingAppend& pending,
                                               Position first);

// What the append that begins at `first` gave back, with `repeated` set.
absl::StatusOr<AppendResult> LoadAppendResult(const RocksDb& log,
                                              Position first);

// The result of a pending append that ended well.
absl::StatusOr<AppendResult> ResultOf(const PendingAppend& pending);

// OK if the append that begins at `first` has this key and content.
absl::Status CheckRepeats(const RocksDb& log, Position first,
                          std::string_view key, const Fingerprint& fingerprint);

}  // namespace daybook

#endif  // DAYBOOK_STORE_PENDING_APPEND_H_
