// StateCache keeps the states that were folded last, so that a hot one is not
// folded from its first event each time.
//
//   StateCache<Cart> carts(*store, 10'000);
//   Transact<Cart>(*store, "cart-42", decision, {.cache = &carts});
//
// A cached state is never trusted: each use reads what the store has beyond it,
// and folds the rest onto a copy. A stream that was deleted or truncated
// meanwhile is folded anew.

#ifndef DAYBOOK_REPLAY_STATE_CACHE_H_
#define DAYBOOK_REPLAY_STATE_CACHE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/decider.h"
#include "daybook/replay/any_snapshots.h"
#include "daybook/replay/fold.h"
#include "daybook/replay/snapshots.h"
#include "daybook/store/event_store.h"
#include "daybook/store/query.h"
#include "google/protobuf/message.h"

namespace daybook {

namespace internal {

// A state as it was folded; shared, so that who reads it holds no lock.
struct CachedState {
  std::shared_ptr<const google::protobuf::Message> state;
  FoldPlace place;
  FoldTrail trail;
};

// The states that were used last, by name. Thread-safe.
class StateCacheMap {
 public:
  explicit StateCacheMap(size_t state_count_max);
  ~StateCacheMap();

  std::optional<CachedState> Find(const std::string& name);
  // Keeps `cached` unless it has a newer one already.
  void Put(const std::string& name, CachedState cached);
  void Erase(const std::string& name);
  size_t size() const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

std::string CacheName(std::string_view stream);
std::string CacheName(const Query& query);

// Whether `stream` shows its events from `first_revision` on, as it did.
absl::StatusOr<bool> StillBeginsAt(EventStore& store, std::string_view stream,
                                   Revision first_revision);

}  // namespace internal

// Thread-safe. The store must outlive it.
template <Decider D>
class StateCache {
 public:
  // Keeps at most `state_count_max` states, and drops those that were not used
  // for longest; 0 keeps none. What they take is up to their size.
  StateCache(EventStore& store, size_t state_count_max)
      : store_(store), states_(state_count_max) {}

  // As Fold<D>() of the same store, as of now. What is not in the cache is
  // folded by `snapshots`, if given, and what was folded on is offered to them;
  // they must be of the same store.
  // Cost: a copy of the state; reads and parses what came since it was cached.
  absl::StatusOr<Folded<D>> Fold(std::string_view stream,
                                 Snapshots<D>* snapshots = nullptr);
  absl::StatusOr<Folded<D>> Fold(const Query& query,
                                 Snapshots<D>* snapshots = nullptr);

  const EventStore& store() const { return store_; }
  size_t size() const { return states_.size(); }

 private:
  using State = typename D::State;

  static Folded<D> CopyOf(const std::optional<internal::CachedState>& cached);
  void Put(const std::string& name, const Folded<D>& folded,
           const internal::FoldTrail& trail);
  // What is not cached: by `snapshots`.
  template <typename Boundary>
  absl::StatusOr<Folded<D>> FoldWith(Snapshots<D>& snapshots,
                                     const Boundary& boundary,
                                     const std::string& name);

  EventStore& store_;
  internal::StateCacheMap states_;
};

// -----------------------------------------------------------------------------

template <Decider D>
absl::StatusOr<Folded<D>> StateCache<D>::Fold(std::string_view stream,
                                              Snapshots<D>* snapshots) {
  const std::string name = internal::CacheName(stream);
  std::optional<internal::CachedState> cached = states_.Find(name);
  while (true) {
    if (!cached && snapshots != nullptr) {
      return FoldWith(*snapshots, stream, name);
    }
    Folded<D> folded = CopyOf(cached);
    internal::FoldTrail trail;
    std::optional<Revision> from;
    if (cached) {
      trail = cached->trail;
      from = cached->place.revision->Next();
    }
    const absl::StatusOr<internal::StreamRead> read = internal::ReadStreamTo(
        store_, stream, from, AsOf(), [&](const EventView& event) {
          trail.Add(event);
          return EvolveBy<D>(event, &folded.state);
        });
    if (!read.ok()) return read.status();
    if (cached) {
      // Asked after the read: what it had not seen yet, this does.
      const absl::StatusOr<bool> as_before =
          internal::StillBeginsAt(store_, stream, *trail.first_revision);
      if (!as_before.ok()) return as_before.status();
      if (!*as_before) {
        states_.Erase(name);
        cached.reset();
        continue;
      }
    } else {
      trail.first_revision = read->first_revision;
    }
    const bool is_newer = read->place.position.has_value();
    folded.place.head = read->place.head;
    if (is_newer || !cached) folded.place = read->place;
    if (is_newer) {
      if (snapshots != nullptr) {
        snapshots->any().Offer(stream, folded.state, folded.place, &trail);
      }
      Put(name, folded, trail);
    }
    return folded;
  }
}

template <Decider D>
absl::StatusOr<Folded<D>> StateCache<D>::Fold(const Query& query,
                                              Snapshots<D>* snapshots) {
  const std::string name = internal::CacheName(query);
  const std::optional<internal::CachedState> cached = states_.Find(name);
  if (!cached && snapshots != nullptr) return FoldWith(*snapshots, query, name);
  Folded<D> folded = CopyOf(cached);
  internal::FoldTrail trail;
  std::optional<Position> from;
  if (cached) {
    trail = cached->trail;
    from = cached->place.head;
  }
  const absl::StatusOr<FoldPlace> place = internal::ReadQueryTo(
      store_, query, from, AsOf(), [&](const EventView& event) {
        trail.Add(event);
        return EvolveBy<D>(event, &folded.state);
      });
  if (!place.ok()) return place.status();
  folded.place.head = place->head;
  if (place->position) folded.place.position = place->position;
  if (!cached || place->position) {
    if (snapshots != nullptr) {
      snapshots->any().Offer(query, folded.state, folded.place, &trail);
    }
    Put(name, folded, trail);
  } else {
    // The same state, known to reach further.
    states_.Put(name, {cached->state, folded.place, cached->trail});
  }
  return folded;
}

template <Decider D>
template <typename Boundary>
absl::StatusOr<Folded<D>> StateCache<D>::FoldWith(Snapshots<D>& snapshots,
                                                  const Boundary& boundary,
                                                  const std::string& name) {
  absl::StatusOr<AnyFolded> any = snapshots.any().Fold(boundary);
  if (!any.ok()) return any.status();
  Folded<D> folded{std::move(static_cast<State&>(*any->state)), any->place};
  // A stream without events is not cached.
  constexpr bool kIsQuery = std::is_same_v<Boundary, Query>;
  if (kIsQuery || folded.place.position) Put(name, folded, any->trail);
  return folded;
}

template <Decider D>
Folded<D> StateCache<D>::CopyOf(
    const std::optional<internal::CachedState>& cached) {
  if (!cached) return {};
  return {static_cast<const State&>(*cached->state), cached->place};
}

template <Decider D>
void StateCache<D>::Put(const std::string& name, const Folded<D>& folded,
                        const internal::FoldTrail& trail) {
  states_.Put(
      name, {std::make_shared<const State>(folded.state), folded.place, trail});
}

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_STATE_CACHE_H_
