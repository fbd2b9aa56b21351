// Snapshots saves states in the store, so that a load does not begin at the
// first event of a long stream:
//
//   Snapshots<Cart> carts(*store, "cart");
//   auto cart = carts.Fold("cart-42");
//   Transact<Cart>(*store, "cart-42", decision, {.snapshots = &carts});
//
// What a fold gives is the same with and without them. A snapshot is a copy
// that may be lost at any time: it is used only if it was made by today's
// State, Events and kRevision, its bytes check, the event it ends with still
// stands in the log, and its stream begins where it did. Any other is passed
// over and counted, the events are read instead, and a new one takes its place.
//
// Snapshots are written behind, by another thread: no fold and no append waits
// for it. For states that are wanted again and again, put a cache before them
// (state_cache.h). To see and drop them: snapshot_list.h.

#ifndef DAYBOOK_REPLAY_SNAPSHOTS_H_
#define DAYBOOK_REPLAY_SNAPSHOTS_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/any_decider.h"
#include "daybook/projections/decider.h"
#include "daybook/replay/any_snapshots.h"
#include "daybook/replay/as_of.h"
#include "daybook/replay/fold.h"
#include "daybook/store/event_store.h"
#include "daybook/store/query.h"

namespace daybook {

// Thread-safe. One for each decider and store is enough.
template <Decider D>
class Snapshots {
 public:
  // `name`, 1 to 256 bytes without NUL, is what the decider's snapshots are
  // kept under: no other decider of the store may have it. The store must
  // outlive this; destroying it finishes what waits to be written.
  Snapshots(EventStore& store, std::string name,
            const SnapshotOptions& options = SnapshotOptions())
      : any_(store, MakeAnyDecider<D>(std::move(name)), options) {}

  // As Fold<D>() of the same store, from the newest snapshot on that is not
  // above the moment. A fold as of now has a new one written if it is due;
  // one of a moment before changes nothing. A stream with max_count gets none:
  // each append changes where it begins.
  //
  // Errors: as Fold<D>(); kInvalidArgument for a bad name. A snapshot that
  // can't be read or written is none.
  // Cost: finds a row, parses the state, and reads what came since, fewer than
  // SnapshotOptions::event_count events once a snapshot was written. When one
  // is due, serialises the state.
  absl::StatusOr<Folded<D>> Fold(std::string_view stream,
                                 const AsOf& as_of = AsOf()) {
    return Typed(any_.Fold(stream, as_of));
  }
  absl::StatusOr<Folded<D>> Fold(const Query& query,
                                 const AsOf& as_of = AsOf()) {
    return Typed(any_.Fold(query, as_of));
  }

  // Waits until what was due before the call is written, or could not be.
  void Flush() { any_.Flush(); }
  SnapshotCounters counters() const { return any_.counters(); }
  const EventStore& store() const { return any_.store(); }

  // The same without the types.
  AnySnapshots& any() { return any_; }

 private:
  static absl::StatusOr<Folded<D>> Typed(absl::StatusOr<AnyFolded> folded) {
    if (!folded.ok()) return folded.status();
    using State = typename D::State;
    return Folded<D>{std::move(static_cast<State&>(*folded->state)),
                     folded->place};
  }

  AnySnapshots any_;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_SNAPSHOTS_H_
