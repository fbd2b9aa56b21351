// Fold: from the events of a stream, or of a query, to the state they add up
// to, now or at any moment before.
//
//   absl::StatusOr<Folded<Cart>> cart = Fold<Cart>(*store, "cart-42");
//   if (!cart.ok()) return cart.status();
//   Show(cart->state);
//
//   auto then = Fold<Cart>(*store, "cart-42", absl::Now() - absl::Hours(2));
//
// To decide on a state and append what follows from it: transact.h. For states
// that are wanted again and again: state_cache.h.

#ifndef DAYBOOK_REPLAY_FOLD_H_
#define DAYBOOK_REPLAY_FOLD_H_

#include <optional>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/decider.h"
#include "daybook/replay/as_of.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"

namespace daybook {

// Where a fold stands in the store.
struct FoldPlace {
  // Of the last event that was read; absent if there was none.
  std::optional<Position> position;
  // Of a stream: where it stands, the revision of its last event as of then.
  // Absent if it has none, or is deleted.
  std::optional<Revision> revision;
  // The store's head when it was read: of a fold as of now, nothing that is
  // below it is missing.
  Position head;

  // What an append must be given to rest on this fold of a stream.
  ExpectedRevision expected() const {
    return revision ? ExpectedRevision::Exactly(*revision)
                    : ExpectedRevision::NoStream();
  }
  // The same for a fold of `query`.
  AppendCondition condition(Query query) const {
    AppendCondition condition{std::move(query), std::nullopt};
    if (head.value() > 0) condition.after = head.Previous();
    return condition;
  }
};

// A state, and where it stands.
template <Decider D>
struct Folded {
  typename D::State state;
  FoldPlace place;
};

// The state of `stream`. One that does not exist, or is deleted, has the state
// that all begin with. Events that the stream's metadata hides now are hidden
// as of any moment.
//
// Errors: kDataLoss if an event is missing, damaged, or does not parse; as
// EventStore::ReadStream() and EvolveBy().
//
// Cost: reads and parses the stream up to the moment asked for.
template <Decider D>
absl::StatusOr<Folded<D>> Fold(EventStore& store, std::string_view stream,
                               const AsOf& as_of = AsOf());

// The state of all events that match `query`, of whatever streams, in the order
// of the log. Errors and cost likewise; kInvalidArgument for a query above the
// limits.
template <Decider D>
absl::StatusOr<Folded<D>> Fold(EventStore& store, const Query& query,
                               const AsOf& as_of = AsOf());

// -----------------------------------------------------------------------------

namespace internal {

using ApplyFunction = absl::FunctionRef<absl::Status(const EventView&)>;

// What was read of a stream: where it ended and the first revision it shows.
struct StreamRead {
  FoldPlace place;
  std::optional<Revision> first_revision;
};

// Hands each event of `stream` to `apply`, from `from` on.
absl::StatusOr<StreamRead> ReadStreamTo(EventStore& store,
                                        std::string_view stream,
                                        std::optional<Revision> from,
                                        const AsOf& as_of, ApplyFunction apply);
// The same for the events that match `query`.
absl::StatusOr<FoldPlace> ReadQueryTo(EventStore& store, const Query& query,
                                      std::optional<Position> from,
                                      const AsOf& as_of, ApplyFunction apply);

}  // namespace internal

template <Decider D>
absl::StatusOr<Folded<D>> Fold(EventStore& store, std::string_view stream,
                               const AsOf& as_of) {
  Folded<D> folded;
  const absl::StatusOr<internal::StreamRead> read = internal::ReadStreamTo(
      store, stream, std::nullopt, as_of, [&](const EventView& event) {
        return EvolveBy<D>(event, &folded.state);
      });
  if (!read.ok()) return read.status();
  folded.place = read->place;
  return folded;
}

template <Decider D>
absl::StatusOr<Folded<D>> Fold(EventStore& store, const Query& query,
                               const AsOf& as_of) {
  Folded<D> folded;
  const absl::StatusOr<FoldPlace> place = internal::ReadQueryTo(
      store, query, std::nullopt, as_of, [&](const EventView& event) {
        return EvolveBy<D>(event, &folded.state);
      });
  if (!place.ok()) return place.status();
  folded.place = *place;
  return folded;
}

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_FOLD_H_
