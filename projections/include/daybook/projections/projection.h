// A projection is how a view is made: rows, each found by its key, and what an
// event changes in which of them. Any type that says so will do:
//
//   struct SalesBySku {
//     static constexpr std::string_view kName = "sales-by-sku";
//     static constexpr int kVersion = 1;
//     using Key = SkuKey;      // a protobuf message
//     using Row = SkuSales;    // another; empty to begin with
//     using Events = EventSet<ItemSold, ItemReturned>;
//
//     static SkuKey KeyOf(const ItemSold& sold);
//     static void Apply(SkuSales& row, const ItemSold& sold);
//     static SkuKey KeyOf(const ItemReturned& returned);
//     static void Apply(SkuSales& row, const ItemReturned& returned);
//   };
//   static_assert(Projection<SalesBySku>);
//
// An event of the set without its KeyOf or Apply does not compile, and the
// compiler names it. How the rows are kept, and when they change, is said where
// the projection is run: daybook/replay/views.h.

#ifndef DAYBOOK_PROJECTIONS_PROJECTION_H_
#define DAYBOOK_PROJECTIONS_PROJECTION_H_

#include <algorithm>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/any_projection.h"
#include "daybook/projections/decider.h"
#include "daybook/projections/event_info.h"
#include "daybook/projections/event_set.h"
#include "daybook/projections/row_key.h"
#include "daybook/projections/typed_event.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"

namespace daybook {

// Other ways to find rows, at most two. Each I is a type with
//   Key     a protobuf message (row_key.h)
//   KeyOf   static Key KeyOf(const P::Key&, const P::Row&), or the same with
//           std::optional<Key>, for rows that it leaves out
template <typename... Is>
struct IndexSet {};

namespace internal {

template <typename T>
concept KeyMessage = std::derived_from<T, google::protobuf::Message>;

// What a KeyOf may return: a key, perhaps one, or several.
template <typename T, typename Key>
concept KeysOf = std::same_as<T, Key> || std::same_as<T, std::optional<Key>> ||
    std::same_as<T, std::vector<Key>>;

// What an Apply may return.
template <typename T>
concept ApplyResult = std::is_void_v<T> || std::same_as<T, RowFate> ||
    std::same_as<T, absl::Status> || std::same_as<T, absl::StatusOr<RowFate>>;

template <typename P, typename M>
concept HasKeyOf = requires(const M& event) {
  { P::KeyOf(event) } -> KeysOf<typename P::Key>;
}
|| requires(const M& event, const EventInfo& info) {
  { P::KeyOf(event, info) } -> KeysOf<typename P::Key>;
};

template <typename P, typename M>
concept HasApply = requires(typename P::Row& row, const M& event) {
  { P::Apply(row, event) } -> ApplyResult;
}
|| requires(typename P::Row& row, const M& event, const EventInfo& info) {
  { P::Apply(row, event, info) } -> ApplyResult;
};

// The first event of the set that P has no KeyOf and Apply for; NoEvent if it
// has all.
template <typename P, typename Events>
struct EventWithoutApply {};
template <typename P>
struct EventWithoutApply<P, EventSet<>> : std::type_identity<NoEvent> {};
template <typename P, typename M, typename... Ms>
struct EventWithoutApply<P, EventSet<M, Ms...>>
    : std::conditional_t<HasKeyOf<P, M> && HasApply<P, M>,
                         EventWithoutApply<P, EventSet<Ms...>>,
                         std::type_identity<M>> {};

// Where this fails, the compiler says which event it is about.
template <typename MissingFor>
concept EveryEventHasKeyOfAndApply = std::is_same_v<MissingFor, NoEvent>;

}  // namespace internal

//   kName     what the view is called, for ever
//   kVersion  raise it whenever KeyOf or Apply come to do something else: rows
//             of another version are not used, and rebuilt
//   Key, Row  protobuf messages; what keys may hold: row_key.h
//   Events    EventSet<...>: what changes rows; other events are passed over
//   KeyOf     static Key KeyOf(const Event&): the row an event changes; or
//             std::optional<Key>, std::vector<Key>
//   Apply     static void Apply(Row&, const Event&): changes it. May return a
//             RowFate, to remove the row, or an absl::Status or
//             absl::StatusOr<RowFate>, to refuse the event
// Both may take a `const EventInfo&` last, and must depend on nothing but their
// arguments: they run again for every event whenever the view is made anew.
//
// and, optionally,
//
//   Indexes    IndexSet<...>: other ways to find rows
//   Upcasting  static const Upcasters& Upcasting(): how events of old shapes
//              are read
template <typename P>
concept Projection =
    std::convertible_to<decltype(P::kName), std::string_view> &&
    internal::KeyMessage<typename P::Key> &&
    internal::KeyMessage<typename P::Row> &&
    internal::kIsEventSet<typename P::Events> && requires {
  typename std::integral_constant<int, P::kVersion>;
} && internal::EveryEventHasKeyOfAndApply<
    typename internal::EventWithoutApply<P, typename P::Events>::type>;

// P as AnyProjection. Errors: kInvalidArgument for a name or a key that can't
// be one; as EventTypeOf(), for one of its events.
template <Projection P>
absl::StatusOr<std::shared_ptr<const AnyProjection>> MakeAnyProjection();

}  // namespace daybook

#include "daybook/projections/typed_projection.h"  // IWYU pragma: export

#endif  // DAYBOOK_PROJECTIONS_PROJECTION_H_
