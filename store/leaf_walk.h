// From one event of the log to the next, making each one's leaf of the audit
// tree again from what is stored.
//
// A leaf names the one before in its stream. Where a walk has not come past
// that one, somebody must know it: the chunks before (SkipTo), or the index
// (LeafFinder).

#ifndef DAYBOOK_STORE_LEAF_WALK_H_
#define DAYBOOK_STORE_LEAF_WALK_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/store/audit.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "store/event_leaf.h"
#include "store/log_reader.h"
#include "store/rocks_db.h"

namespace daybook {

// Knows leaves of streams other than from a walk.
class LeafFinder {
 public:
  virtual ~LeafFinder() = default;
  // The hash of the leaf that stands beside the event at `revision` of
  // `stream`, which is below `position` in the log. Errors: kDataLoss if there
  // is none.
  virtual absl::StatusOr<audit::Hash> FindLeaf(std::string_view stream,
                                               Revision revision,
                                               Position position) = 0;
};

// The leaf that stands beside the event at `at`, which is to be that one.
// Errors: kDataLoss if it is not.
absl::StatusOr<audit::Hash> LoadLeaf(LogReader& reader, Position at,
                                     std::string_view stream,
                                     Revision revision);

// Not thread-safe.
class LeafWalk {
 public:
  // Both must outlive it; `finder` may be null.
  LeafWalk(const RocksDb& log, LeafFinder* finder)
      : reader_(log), finder_(finder) {}

  // Takes the leaves below `from` as they stand in the chunks, without looking
  // at the events, but for those of `stream`: makes their leaves again, as
  // Read() does, and shows them. That these leaves are the tree's is for the
  // caller to see. REQUIRES: no event was read.
  absl::Status SkipTo(Position from, std::string_view stream,
                      absl::FunctionRef<absl::Status(const EventView& event,
                                                     const audit::Hash& leaf)>
                          visit);

  // Reads the leaf that stands beside the event at `at`, and nothing else.
  absl::StatusOr<audit::Hash> StoredLeaf(Position at);

  // Reads the event at `at`, makes its leaf, and compares it with the one that
  // stands beside it. Errors: kDataLoss with the position; the leaf before may
  // be one the finder does not know. REQUIRES: `at` rises from call to call;
  // without a finder, by one.
  absl::Status Read(Position at);

  // The stream of the event at `at`, and the event, whose views are valid until
  // the next call. REQUIRES: its leaf was read last.
  std::string_view StreamAt(Position at) const;
  absl::StatusOr<EventView> EventAt(Position at);

  // Of the event that was read last; views until the next call.
  const EventView& event() const { return event_; }
  const audit::Hash& leaf() const { return stored_.leaf; }
  daybook::StoredLeaf stored_leaf() const;

 private:
  // Where a stream stands after what was read of it last.
  struct StreamEnd {
    uint64_t next_revision = 0;
    audit::Hash last_leaf;
  };

  StreamEnd& EndOf(std::string_view stream);
  // Loads the chunk of `at`, which has leaves, and gives its place in there.
  absl::StatusOr<uint32_t> PlaceOf(Position at);
  // Makes the leaf of event_, which is at `place` of its chunk and follows the
  // leaf `before` in its stream, and compares it with the one beside it.
  absl::Status MakeLeaf(uint32_t place, const audit::Hash& before);
  // Brings `end` to where the stream of `event` stood before it.
  absl::Status ReachBefore(const EventView& event, StreamEnd* end);

  LogReader reader_;
  LeafFinder* const finder_;
  LeafMaker leaves_;
  absl::flat_hash_map<std::string, StreamEnd> ends_;
  EventView event_;
  EventAudit stored_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_LEAF_WALK_H_
