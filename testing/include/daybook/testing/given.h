// Given/when/then: tests of decisions, without a store.
//
//   TEST(CartTest, ACheckedOutCartTakesNothingMore) {
//     Given<Cart>({Opened("42"), CheckedOut("42")})
//         .When(Add("tea", 2))
//         .ThenStatus(absl::StatusCode::kFailedPrecondition, "checked out");
//   }
//   TEST(CartTest, AddingToACartAdds) {
//     Given<Cart>({Opened("42")})
//         .When(Add("tea", 2))
//         .ThenEvents({Added("42", "tea", 2)});
//   }
//
// A decision is what Transact() takes, on a stream or on a query. What does not
// hold is a failure of the test at the line of the `Then`, and the test goes
// on. Events are compared as they would be stored, and shown as protobuf text:
//
//   the decision emitted other events than expected, from event 0 on
//     expected: cart.item-added { cart: "42" sku: "tea" quantity: 2 }
//     actual:   cart.item-added { cart: "42" sku: "tea" quantity: 3 }
//
// Target daybook::testing_support; it brings GoogleTest.

#ifndef DAYBOOK_TESTING_GIVEN_H_
#define DAYBOOK_TESTING_GIVEN_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/decider.h"
#include "daybook/store/append.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace daybook::testing {

namespace internal {

template <typename Events>
struct OneOf {};
template <typename... Ms>
struct OneOf<EventSet<Ms...>> : std::type_identity<std::variant<Ms...>> {};

}  // namespace internal

// Any one of a decider's events; made from it without further ado.
template <Decider D>
using EventOf = typename internal::OneOf<typename D::Events>::type;

// What a decision did. `Returned` is an absl::Status or absl::StatusOr.
//
// `file` and `line` are those of the test, unless given.
template <Decider D, typename Returned>
class Then {
 public:
  Then(Returned returned, std::vector<StreamEvent> emitted,
       typename D::State state)
      : returned_(std::move(returned)),
        emitted_(std::move(emitted)),
        state_(std::move(state)) {}

  // The decision was OK and emitted these events, in this order, and no others.
  const Then& ThenEvents(const std::vector<EventOf<D>>& expected,
                         const char* file = __builtin_FILE(),
                         int line = __builtin_LINE()) const;
  // The decision was OK and emitted nothing.
  const Then& ThenNothing(const char* file = __builtin_FILE(),
                          int line = __builtin_LINE()) const {
    return ThenEvents({}, file, line);
  }
  // The decision failed with this code and a message that contains
  // `message_part`. (What it emitted before will not be stored.)
  const Then& ThenStatus(absl::StatusCode code,
                         std::string_view message_part = {},
                         const char* file = __builtin_FILE(),
                         int line = __builtin_LINE()) const;
  // The events went to these streams, in this order: for decisions on a query.
  const Then& ThenStreams(const std::vector<std::string>& expected,
                          const char* file = __builtin_FILE(),
                          int line = __builtin_LINE()) const;
  // The decision was OK and gave this.
  template <std::derived_from<google::protobuf::Message> R>
  const Then& ThenResult(const R& expected, const char* file = __builtin_FILE(),
                         int line = __builtin_LINE()) const;

  // What remains to be asked otherwise. Rather assert events than the state:
  // they are what is kept.
  const Returned& returned() const { return returned_; }
  const std::vector<StreamEvent>& emitted() const { return emitted_; }
  const typename D::State& state() const { return state_; }

 private:
  const absl::Status& status() const;
  // Whether the decision was OK, as it was expected to be.
  bool ExpectOk(const char* file, int line) const;

  const Returned returned_;
  const std::vector<StreamEvent> emitted_;
  const typename D::State state_;
};

// What happened before the decision.
template <Decider D>
class Given {
 public:
  // As `events` left it.
  explicit Given(const std::vector<EventOf<D>>& events = {}) {
    for (const EventOf<D>& event : events) {
      std::visit([this](const auto& message) { D::Evolve(state_, message); },
                 event);
    }
  }

  // Runs `decision`, which takes an Emit<D> or an EmitTo<D>.
  template <typename Decision>
  auto When(Decision&& decision) const {
    typename D::State state = state_;
    using Emitter = std::conditional_t<
        std::is_invocable_v<Decision&, const typename D::State&, Emit<D>&>,
        Emit<D>, EmitTo<D>>;
    static_assert(
        std::is_invocable_v<Decision&, const typename D::State&, Emitter&>,
        "a decision takes (const State&, Emit<D>&) or (const State&, "
        "EmitTo<D>&)");
    using Returned =
        std::invoke_result_t<Decision&, const typename D::State&, Emitter&>;
    Emitter emit(&state);
    Returned returned = decision(std::as_const(state), emit);
    if (!emit.status().ok()) returned = emit.status();
    return Then<D, Returned>(std::move(returned), emit.events(),
                             std::move(state));
  }

 private:
  typename D::State state_;
};

// -----------------------------------------------------------------------------

namespace internal {

inline std::string TextOf(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(message, &text);
  return text.empty() ? "{}" : "{ " + text + "}";
}

// An event as protobuf text, by the message of the set that it is.
template <typename... Ms>
std::string TextOf(const NewEvent& event, EventSet<Ms...> /*events*/) {
  std::string text;
  const auto print = [&]<typename M>(M message) {
    const absl::StatusOr<EventType>& type = EventTypeOf<M>();
    if (!type.ok() || type->name() != event.type) return false;
    message.ParsePartialFromString(event.payload);
    text = TextOf(message);
    return true;
  };
  static_cast<void>((print(Ms()) || ...));
  return event.type + " " + text;
}

template <Decider D>
std::string TextOf(const std::vector<NewEvent>& events) {
  if (events.empty()) return "nothing";
  std::string text;
  for (const NewEvent& event : events) {
    if (!text.empty()) text += "\n            ";
    text += TextOf(event, typename D::Events());
  }
  return text;
}

inline std::vector<NewEvent> EventsOf(const std::vector<StreamEvent>& events) {
  std::vector<NewEvent> without_streams;
  for (const StreamEvent& event : events) {
    without_streams.push_back(event.event);
  }
  return without_streams;
}

inline std::string JoinOf(const std::vector<std::string>& streams) {
  std::string text;
  for (const std::string& stream : streams) {
    text += (text.empty() ? "" : ", ") + stream;
  }
  return text.empty() ? "none" : text;
}

}  // namespace internal

template <Decider D, typename Returned>
const absl::Status& Then<D, Returned>::status() const {
  if constexpr (std::same_as<Returned, absl::Status>) {
    return returned_;
  } else {
    return returned_.status();
  }
}

template <Decider D, typename Returned>
bool Then<D, Returned>::ExpectOk(const char* file, int line) const {
  if (status().ok()) return true;
  ADD_FAILURE_AT(file, line) << "the decision failed: " << status().ToString();
  return false;
}

template <Decider D, typename Returned>
const Then<D, Returned>& Then<D, Returned>::ThenEvents(
    const std::vector<EventOf<D>>& expected, const char* file, int line) const {
  if (!ExpectOk(file, line)) return *this;
  std::vector<NewEvent> wanted;
  for (const EventOf<D>& event : expected) {
    const absl::StatusOr<NewEvent> made = std::visit(
        []<typename M>(const M& message) -> absl::StatusOr<NewEvent> {
          const absl::StatusOr<EventType>& type = EventTypeOf<M>();
          if (!type.ok()) return type.status();
          return type->MakeEvent(message);
        },
        event);
    if (!made.ok()) {
      ADD_FAILURE_AT(file, line)
          << "an expected event can't be stored: " << made.status().ToString();
      return *this;
    }
    wanted.push_back(*made);
  }
  const std::vector<NewEvent> actual = internal::EventsOf(emitted_);
  const auto [first_wanted, first_actual] =
      std::mismatch(wanted.begin(), wanted.end(), actual.begin(), actual.end(),
                    [](const NewEvent& a, const NewEvent& b) {
                      return a.type == b.type && a.payload == b.payload;
                    });
  if (first_wanted == wanted.end() && first_actual == actual.end()) {
    return *this;
  }
  ADD_FAILURE_AT(file, line)
      << "the decision emitted other events than expected, from event "
      << first_wanted - wanted.begin() << " on"
      << "\n  expected: " << internal::TextOf<D>(wanted)
      << "\n  actual:   " << internal::TextOf<D>(actual);
  return *this;
}

template <Decider D, typename Returned>
const Then<D, Returned>& Then<D, Returned>::ThenStatus(
    absl::StatusCode code, std::string_view message_part, const char* file,
    int line) const {
  const std::string message(status().message());
  if (status().code() == code &&
      message.find(message_part) != std::string::npos) {
    return *this;
  }
  std::string expected = absl::StatusCodeToString(code);
  if (!message_part.empty()) {
    expected += ": ... " + std::string(message_part) + " ...";
  }
  ADD_FAILURE_AT(file, line)
      << "the decision ended otherwise"
      << "\n  expected: " << expected << "\n  actual:   " << status().ToString()
      << "\n  emitted:  " << internal::TextOf<D>(internal::EventsOf(emitted_));
  return *this;
}

template <Decider D, typename Returned>
const Then<D, Returned>& Then<D, Returned>::ThenStreams(
    const std::vector<std::string>& expected, const char* file,
    int line) const {
  if (!ExpectOk(file, line)) return *this;
  std::vector<std::string> actual;
  for (const StreamEvent& event : emitted_) actual.push_back(event.stream);
  if (actual == expected) return *this;
  ADD_FAILURE_AT(file, line) << "the events went to other streams"
                             << "\n  expected: " << internal::JoinOf(expected)
                             << "\n  actual:   " << internal::JoinOf(actual);
  return *this;
}

template <Decider D, typename Returned>
template <std::derived_from<google::protobuf::Message> R>
const Then<D, Returned>& Then<D, Returned>::ThenResult(const R& expected,
                                                       const char* file,
                                                       int line) const {
  static_assert(std::same_as<Returned, absl::StatusOr<R>>,
                "the decision gives another type of result");
  if (!ExpectOk(file, line)) return *this;
  const std::string wanted = internal::TextOf(expected);
  const std::string actual = internal::TextOf(*returned_);
  if (wanted == actual) return *this;
  ADD_FAILURE_AT(file, line)
      << "the decision gave another result"
      << "\n  expected: " << wanted << "\n  actual:   " << actual;
  return *this;
}

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTING_GIVEN_H_
