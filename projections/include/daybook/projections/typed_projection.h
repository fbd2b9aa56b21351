// How a Projection becomes an AnyProjection. Included by projection.h.

#ifndef DAYBOOK_PROJECTIONS_TYPED_PROJECTION_H_
#define DAYBOOK_PROJECTIONS_TYPED_PROJECTION_H_

#include <cstddef>
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
#include "daybook/projections/event_info.h"
#include "daybook/projections/event_set.h"
#include "daybook/projections/projection.h"
#include "daybook/projections/row_key.h"
#include "daybook/projections/typed_event.h"
#include "daybook/projections/upcaster.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"

namespace daybook::internal {

using Prototypes = std::vector<const google::protobuf::Message*>;

// Adds `key` to `keys` unless it is there.
void AddRowKey(const google::protobuf::Message& key, RowKeys* keys);
// Of a row that was written by this program, and does not decode.
absl::Status DamagedRowKey();

template <typename P>
struct IndexesOf : std::type_identity<IndexSet<>> {};
template <typename P>
requires requires { typename P::Indexes; }
struct IndexesOf<P> : std::type_identity<typename P::Indexes> {};

template <typename P, typename M>
void KeysOfEvent(const M& message, const EventInfo& info, RowKeys* keys) {
  const auto keys_of = [&] {
    if constexpr (requires { P::KeyOf(message, info); }) {
      return P::KeyOf(message, info);
    } else {
      return P::KeyOf(message);
    }
  };
  const auto found = keys_of();
  if constexpr (std::is_same_v<decltype(found), const typename P::Key>) {
    AddRowKey(found, keys);
  } else if constexpr (std::is_same_v<decltype(found),
                                      const std::optional<typename P::Key>>) {
    if (found) AddRowKey(*found, keys);
  } else {
    for (const typename P::Key& key : found) AddRowKey(key, keys);
  }
}

template <typename P, typename M>
absl::StatusOr<RowFate> ApplyEvent(typename P::Row& row, const M& message,
                                   const EventInfo& info) {
  const auto apply = [&] {
    if constexpr (requires { P::Apply(row, message, info); }) {
      return P::Apply(row, message, info);
    } else {
      return P::Apply(row, message);
    }
  };
  using Result = decltype(apply());
  if constexpr (std::is_void_v<Result>) {
    apply();
    return RowFate::kKeep;
  } else if constexpr (std::is_same_v<Result, absl::Status>) {
    if (absl::Status status = apply(); !status.ok()) return status;
    return RowFate::kKeep;
  } else {
    return apply();
  }
}

template <Projection P, typename Events = typename P::Events,
          typename Indexes = typename IndexesOf<P>::type>
class TypedProjection;

template <Projection P, typename... Ms, typename... Indexed>
class TypedProjection<P, EventSet<Ms...>, IndexSet<Indexed...>> final
    : public AnyProjection {
 public:
  static_assert(sizeof...(Indexed) <= 2,
                "a projection has at most two indexes");

  static absl::StatusOr<std::shared_ptr<const AnyProjection>> Make() {
    absl::StatusOr<Query> events = P::Events::ToQuery();
    if (!events.ok()) return events.status();
    if constexpr (requires { P::Upcasting(); }) {
      // Events of old types become ones of the set.
      for (std::string& type : P::Upcasting().types()) {
        events->items.front().types.push_back(std::move(type));
      }
    }
    const std::shared_ptr<const TypedProjection> made(
        new TypedProjection(*std::move(events)));
    if (absl::Status status = made->CheckShape(); !status.ok()) return status;
    return made;
  }

  absl::Status Prepare(const EventView& event, google::protobuf::Arena* arena,
                       PreparedEvent* prepared) const override {
    prepared->message = nullptr;
    prepared->keys.clear();
    prepared->info = EventInfo::Of(event);
    if constexpr (requires { P::Upcasting(); }) {
      const absl::StatusOr<UpcastEvent> newest = P::Upcasting().Read(event);
      if (!newest.ok()) return newest.status();
      return PrepareNewest(newest->view(), arena, prepared);
    } else {
      return PrepareNewest(event, arena, prepared);
    }
  }

  absl::StatusOr<RowFate> Apply(const PreparedEvent& prepared, size_t /*key*/,
                                google::protobuf::Message* row) const override {
    absl::StatusOr<RowFate> fate = RowFate::kKeep;
    size_t kind = 0;
    static_cast<void>(
        ((kind++ == prepared.kind &&
          (fate = ApplyEvent<P>(static_cast<typename P::Row&>(*row),
                                static_cast<const Ms&>(*prepared.message),
                                prepared.info),
           true)) ||
         ...));
    return fate;
  }

  absl::StatusOr<std::optional<std::string>> IndexKey(
      size_t i, std::string_view key,
      const google::protobuf::Message& row) const override {
    typename P::Key decoded;
    if (!DecodeRowKey(&key, &decoded) || !key.empty()) return DamagedRowKey();
    std::optional<std::string> bytes;
    size_t index = 0;
    static_cast<void>((
        (index++ == i && (bytes = KeyIn<Indexed>(decoded, row), true)) || ...));
    return bytes;
  }

 private:
  explicit TypedProjection(Query events)
      : AnyProjection(std::string(P::kName), P::kVersion, std::move(events),
                      &P::Key::default_instance(), &P::Row::default_instance(),
                      Prototypes{&Indexed::Key::default_instance()...}) {}

  absl::Status PrepareNewest(const EventView& event,
                             google::protobuf::Arena* arena,
                             PreparedEvent* prepared) const {
    absl::Status status;
    size_t kind = 0;
    static_cast<void>(
        (PrepareAs<Ms>(event, kind++, arena, prepared, &status) || ...));
    return status;
  }

  // Whether `event` is an M.
  template <typename M>
  static bool PrepareAs(const EventView& event, size_t kind,
                        google::protobuf::Arena* arena, PreparedEvent* prepared,
                        absl::Status* status) {
    if (!Is<M>(event)) return false;
    M* const message = google::protobuf::Arena::CreateMessage<M>(arena);
    *status = ParsePayload(event, message);
    if (!status->ok()) return true;
    prepared->message = message;
    prepared->kind = kind;
    KeysOfEvent<P>(*message, prepared->info, &prepared->keys);
    return true;
  }

  template <typename I>
  static std::optional<std::string> KeyIn(
      const typename P::Key& key, const google::protobuf::Message& row) {
    const std::optional<typename I::Key> found =
        I::KeyOf(key, static_cast<const typename P::Row&>(row));
    if (!found) return std::nullopt;
    std::string bytes;
    EncodeRowKey(*found, &bytes);
    return bytes;
  }
};

}  // namespace daybook::internal

namespace daybook {

template <Projection P>
absl::StatusOr<std::shared_ptr<const AnyProjection>> MakeAnyProjection() {
  return internal::TypedProjection<P>::Make();
}

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_TYPED_PROJECTION_H_
