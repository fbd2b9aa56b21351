// Transact: look at a state, decide, and append what was decided, as if nobody
// else were there.
//
//   absl::StatusOr<Transacted<CartTotal>> total = Transact<Cart>(
//       *store, "cart-42",
//       [&](const CartState& cart,
//           Emit<Cart>& emit) -> absl::StatusOr<CartTotal> {
//         if (cart.checked_out()) {
//           return absl::FailedPreconditionError("the cart is checked out");
//         }
//         emit(Added("tea", 2));  // `cart` has it from here on
//         return TotalOf(cart);
//       },
//       {.append_key = request_id});
//
// Where a rule spans streams, the decision rests on a query (a dynamic
// consistency boundary), and each event goes to the stream named with it:
//
//   const Query both{.items = {{.tags = {"course:1"}},
//                              {.tags = {"student:7"}}}};
//   Transact<Subscriptions>(
//       *store, both,
//       [&](const SubscriptionsState& now,
//           EmitTo<Subscriptions>& emit) -> absl::Status {
//         if (now.free_places() == 0) {
//           return absl::ResourceExhaustedError("the course is full");
//         }
//         emit("course-1", Subscribed("1", "7"));
//         return absl::OkStatus();
//       });
//
// When somebody else appended meanwhile to that stream, or an event that the
// query matches, nothing is stored, and the decision runs again on the new
// state: it must do nothing but look, emit and return.

#ifndef DAYBOOK_REPLAY_TRANSACT_H_
#define DAYBOOK_REPLAY_TRANSACT_H_

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/decider.h"
#include "daybook/replay/backoff.h"
#include "daybook/replay/fold.h"
#include "daybook/replay/snapshots.h"
#include "daybook/replay/state_cache.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/query.h"
#include "google/protobuf/message.h"

namespace daybook {

template <Decider D>
struct TransactOptions {
  // Names this request, 1-256 bytes; empty for none. Once a transaction with
  // it has appended, every later one gives back what that one did, for ever,
  // without running its decision: a retry after a lost reply is safe. Use a
  // key for one kind of request, with one type of result.
  std::string append_key;
  // What is known of the request, for each of its events: correlation and
  // causation id, actor, trace.
  Metadata metadata;
  // How often the decision runs at most. 1 never tries again. Less counts as 1.
  int attempts = 10;
  Backoff backoff;
  AppendOptions append;
  // Where the state is looked for: first in the cache, then from a snapshot on.
  // Either may be null, and must be of the same store. Without both it is
  // folded from the first event.
  StateCache<D>* cache = nullptr;
  Snapshots<D>* snapshots = nullptr;
};

// What a transaction did. R is what its decision gives: a protobuf message, or
// void.
template <typename R>
struct Transacted {
  // What the decision returned; when `repeated`, what it returned then.
  R result;
  // The append key had been used before: nothing was decided or appended now.
  bool repeated = false;
  // Where the events are; absent when the decision emitted none.
  std::optional<AppendResult> append;
};
template <>
struct Transacted<void> {
  bool repeated = false;
  std::optional<AppendResult> append;
};

namespace internal {

template <typename Returned>
struct DecisionResult {};
template <>
struct DecisionResult<absl::Status> : std::type_identity<void> {};
template <std::derived_from<google::protobuf::Message> R>
struct DecisionResult<absl::StatusOr<R>> : std::type_identity<R> {};

template <typename Decision, typename D, typename Emitter>
using ResultOf = typename DecisionResult<
    std::invoke_result_t<Decision&, const typename D::State&, Emitter&>>::type;

}  // namespace internal

// A function that takes `(const D::State&, Emit<D>&)`, and returns an
// absl::Status or an absl::StatusOr of a protobuf message.
template <typename Decision, typename D>
concept StreamDecision = requires {
  typename internal::ResultOf<Decision, D, Emit<D>>;
};

// The same with `(const D::State&, EmitTo<D>&)`.
template <typename Decision, typename D>
concept QueryDecision = requires {
  typename internal::ResultOf<Decision, D, EmitTo<D>>;
};

// Folds `stream`, runs `decision` on its state, and appends what it emits, if
// nothing was appended to the stream meanwhile; otherwise all of it again, on
// this thread, after a wait.
//
// A decision that returns an error appends nothing, and its status comes back
// as it is. One that emits nothing and returns OK appends nothing either, and
// its append key stays unused.
//
// Errors:
//   kAborted            every attempt met another append: try later, or allow
//                       more; with GetRevisionConflict() or
//                       GetConditionConflict() of the last
//   kAlreadyExists      the append key was used for something else: another
//                       stream, or another type of result; choose another key
//   kInvalidArgument    there is an append key, and the result is above 4 KiB
//                       with the name of its type;
//                       an event can't be stored; an event goes to a stream
//                       that can't be; the cache is of another store, or the
//                       snapshots are
//   kUnknown            the write failed half-way: reopen the store, and do the
//                       same again with the same append key
//   kDataLoss           a stored event is missing or does not parse
//   any other           as EventStore::Append(); or of the decision
// GetAppendOutcome() says what became of an append that failed; nothing was
// appended by any error but kUnknown.
//
// Cost: a fold, or a look into the cache; an append. With a key, a look into
// memory (and seldom a read) before.
template <Decider D, StreamDecision<D> Decision>
absl::StatusOr<Transacted<internal::ResultOf<Decision, D, Emit<D>>>> Transact(
    EventStore& store, std::string_view stream, Decision&& decision,
    const TransactOptions<D>& options = {});

// The same on all events that match `query`; they are folded in the order of
// the log. It is tried again when an event that `query` matches was appended
// meanwhile, whether or not it is of the decider's events.
//
// What the decision emits should match `query` as far as later decisions rest
// on it: else they will not see it.
template <Decider D, QueryDecision<D> Decision>
absl::StatusOr<Transacted<internal::ResultOf<Decision, D, EmitTo<D>>>> Transact(
    EventStore& store, const Query& query, Decision&& decision,
    const TransactOptions<D>& options = {});

// -----------------------------------------------------------------------------

namespace internal {

// What of a transaction does not depend on its types.
struct TransactPlan {
  std::string_view append_key;
  // Which the append of that key must have written to; empty for any.
  std::string_view stream;
  const Metadata& metadata;
  int attempts;
  const Backoff& backoff;
  const AppendOptions& append;
};

struct TransactOutcome {
  bool repeated = false;
  std::optional<AppendResult> append;
};

// Calls `decide` and appends the request it gives, again and again. A request
// without events is not appended.
absl::StatusOr<TransactOutcome> RunTransaction(
    EventStore& store, const TransactPlan& plan,
    absl::FunctionRef<absl::StatusOr<AppendRequest>()> decide);

// `result` as AppendRequest::result, with the name of its type. A decision
// without a result has none stored, and no `result`.
absl::StatusOr<std::string> EncodeResult(
    const google::protobuf::Message& result);
absl::Status DecodeResult(std::string_view append_key, std::string_view encoded,
                          google::protobuf::Message* result);
absl::Status OfAnotherStore(std::string_view what);

// What a decision is given: a Folded<D> of a stream or a query.
template <Decider D, typename Boundary>
absl::StatusOr<Folded<D>> Load(EventStore& store, const Boundary& boundary,
                               const TransactOptions<D>& options) {
  if (options.cache != nullptr) {
    return options.cache->Fold(boundary, options.snapshots);
  }
  if (options.snapshots != nullptr) return options.snapshots->Fold(boundary);
  return Fold<D>(store, boundary);
}

// `Emitter` is an Emit<D> or EmitTo<D>; `load` gives a Folded<D>; `expect` puts
// into the request what must still hold of it.
template <typename Emitter, Decider D, typename Decision>
absl::StatusOr<Transacted<ResultOf<Decision, D, Emitter>>> TransactWith(
    EventStore& store, std::string_view stream, Decision& decision,
    const TransactOptions<D>& options,
    absl::FunctionRef<absl::StatusOr<Folded<D>>()> load,
    absl::FunctionRef<void(const FoldPlace&, AppendRequest*)> expect,
    absl::FunctionRef<Emitter(typename D::State*)> make_emitter) {
  using R = ResultOf<Decision, D, Emitter>;
  constexpr bool kHasResult = !std::is_void_v<R>;
  if (options.cache != nullptr && &options.cache->store() != &store) {
    return OfAnotherStore("state cache");
  }
  if (options.snapshots != nullptr && &options.snapshots->store() != &store) {
    return OfAnotherStore("snapshots");
  }
  Transacted<R> transacted;
  const auto decide = [&]() -> absl::StatusOr<AppendRequest> {
    absl::StatusOr<Folded<D>> folded = load();
    if (!folded.ok()) return folded.status();
    Emitter emit = make_emitter(&folded->state);
    AppendRequest request;
    const typename D::State& state = folded->state;
    auto decided = decision(state, emit);
    if constexpr (kHasResult) {
      if (!decided.ok()) return decided.status();
      transacted.result = *std::move(decided);
    } else {
      if (!decided.ok()) return decided;
    }
    if (!emit.status().ok()) return emit.status();
    if (emit.events().empty()) return request;
    request.events = emit.events();
    expect(folded->place, &request);
    if constexpr (kHasResult) {
      if (!options.append_key.empty()) {
        absl::StatusOr<std::string> result = EncodeResult(transacted.result);
        if (!result.ok()) return result.status();
        request.result = *std::move(result);
      }
    }
    const absl::Status registered = D::Events::Register(store);
    if (!registered.ok()) return registered;
    return request;
  };
  absl::StatusOr<TransactOutcome> outcome =
      RunTransaction(store,
                     {options.append_key, stream, options.metadata,
                      options.attempts, options.backoff, options.append},
                     decide);
  if (!outcome.ok()) return outcome.status();
  transacted.repeated = outcome->repeated;
  transacted.append = std::move(outcome->append);
  if (transacted.repeated) {
    google::protobuf::Message* result = nullptr;
    if constexpr (kHasResult) result = &transacted.result;
    const absl::Status decoded =
        DecodeResult(options.append_key, transacted.append->result, result);
    if (!decoded.ok()) return decoded;
  }
  return transacted;
}

}  // namespace internal

template <Decider D, StreamDecision<D> Decision>
absl::StatusOr<Transacted<internal::ResultOf<Decision, D, Emit<D>>>> Transact(
    EventStore& store, std::string_view stream, Decision&& decision,
    const TransactOptions<D>& options) {
  return internal::TransactWith<Emit<D>, D>(
      store, stream, decision, options,
      [&] { return internal::Load<D>(store, stream, options); },
      [&](const FoldPlace& place, AppendRequest* request) {
        request->expectations = {{std::string(stream), place.expected()}};
      },
      [&](typename D::State* state) {
        return Emit<D>(state, std::string(stream));
      });
}

template <Decider D, QueryDecision<D> Decision>
absl::StatusOr<Transacted<internal::ResultOf<Decision, D, EmitTo<D>>>> Transact(
    EventStore& store, const Query& query, Decision&& decision,
    const TransactOptions<D>& options) {
  return internal::TransactWith<EmitTo<D>, D>(
      store, /*stream=*/{}, decision, options,
      [&] { return internal::Load<D>(store, query, options); },
      [&](const FoldPlace& place, AppendRequest* request) {
        request->condition = place.condition(query);
      },
      [&](typename D::State* state) { return EmitTo<D>(state); });
}

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_TRANSACT_H_
