// The fixture of the contract suite: a fresh store of each engine, a clock that
// stands still, and short verbs. What EventStore's headers promise is tested
// in contract_*_test.cc, on every engine.

#ifndef DAYBOOK_TESTS_STORE_CONTRACT_H_
#define DAYBOOK_TESTS_STORE_CONTRACT_H_

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "daybook/store/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/engines.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace daybook {

using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;

inline constexpr auto kAborted = absl::StatusCode::kAborted;
inline constexpr auto kAlreadyExists = absl::StatusCode::kAlreadyExists;
inline constexpr auto kDeadlineExceeded = absl::StatusCode::kDeadlineExceeded;
inline constexpr auto kFailedPrecondition =
    absl::StatusCode::kFailedPrecondition;
inline constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;
inline constexpr auto kNotFound = absl::StatusCode::kNotFound;
inline constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

inline constexpr auto kAny = ExpectedRevision::Any();
inline constexpr auto kNoStream = ExpectedRevision::NoStream();
inline constexpr auto kExists = ExpectedRevision::Exists();
constexpr ExpectedRevision At(uint64_t revision) {
  return ExpectedRevision::Exactly(Revision(revision));
}

inline NewEvent MakeEvent(std::string_view type,
                          std::vector<std::string> tags = {}) {
  NewEvent event;
  event.type = type;
  event.payload = "payload of ";
  event.payload += type;
  event.tags = std::move(tags);
  return event;
}

// A request for events with the given streams and types.
struct StreamAndType {
  std::string stream;
  std::string type;
};
inline AppendRequest MakeRequest(std::vector<StreamAndType> events) {
  AppendRequest request;
  for (StreamAndType& event : events) {
    request.events.push_back({std::move(event.stream), MakeEvent(event.type)});
  }
  return request;
}

inline Query OneItem(QueryItem item) { return Query{{std::move(item)}}; }

// What became of a failed append; nothing when it did not fail.
template <typename T>
std::optional<AppendOutcome> OutcomeOf(const absl::StatusOr<T>& result) {
  return GetAppendOutcome(result.status());
}

class EventStoreContractTest
    : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  EventStoreContractTest() {
    options_.clock = &clock_;
    Open();
  }

  // A fresh store, with `options_` as they are now.
  void Open() {
    engine_.reset();
    engine_ = GetParam().make(options_);
  }
  void Reopen() { engine_->Reopen(); }
  bool Persistent() const { return GetParam().persistent; }

  EventStore& store() { return engine_->store(); }
  // The same, and what the engine under test does before a read.
  EventStore& reader() {
    GetParam().before_read(*engine_);
    return store();
  }

  // Appends an event of each type; the test fails if that does.
  AppendResult Append(std::string_view stream,
                      std::initializer_list<std::string_view> types) {
    std::vector<NewEvent> events;
    for (std::string_view type : types) events.push_back(MakeEvent(type));
    return Append(stream, events);
  }
  AppendResult Append(std::string_view stream,
                      const std::vector<NewEvent>& events) {
    return Value(store().Append(stream, kAny, events));
  }
  AppendResult Append(const AppendRequest& request) {
    return Value(store().Append(request));
  }
  // `count` events of the type "counted".
  AppendResult AppendCounted(std::string_view stream, int count) {
    return Append(stream, std::vector<NewEvent>(count, MakeEvent("counted")));
  }
  absl::StatusOr<AppendResult> TryAppend(std::string_view stream,
                                         ExpectedRevision expected,
                                         std::string_view type = "tried") {
    return store().Append(stream, expected, {MakeEvent(type)});
  }

  std::vector<Event> ReadStream(std::string_view stream,
                                const ReadStreamOptions& options = {}) {
    return Drain(reader().ReadStream(stream, options));
  }
  std::vector<Event> ReadLog(const ReadLogOptions& options = {}) {
    return Drain(reader().ReadLog(options));
  }
  std::vector<Event> ReadQuery(const Query& query,
                               const ReadLogOptions& options = {}) {
    return Drain(reader().ReadQuery(query, options));
  }
  std::vector<StreamInfo> ListStreams(const ListStreamsOptions& options = {}) {
    absl::StatusOr<StreamCursor> cursor = reader().ListStreams(options);
    EXPECT_OK(cursor);
    std::vector<StreamInfo> streams;
    if (!cursor.ok()) return streams;
    while (cursor->Next()) streams.push_back(cursor->stream());
    EXPECT_OK(cursor->status());
    return streams;
  }
  StreamInfo GetStream(std::string_view stream) {
    return Value(reader().GetStream(stream));
  }
  Event ReadEvent(uint64_t position) {
    return Value(reader().ReadEvent(Position(position)));
  }

  // The rest of a cursor.
  static std::vector<Event> Drain(absl::StatusOr<EventCursor> cursor) {
    std::vector<Event> events;
    EXPECT_OK(cursor);
    if (!cursor.ok()) return events;
    for (const EventView& event : *cursor) events.push_back(event.ToEvent());
    EXPECT_OK(cursor->status());
    return events;
  }

  template <typename T>
  static T Value(absl::StatusOr<T> value) {
    EXPECT_OK(value);
    return value.ok() ? *std::move(value) : T();
  }

  testing::FakeClock clock_;
  StoreOptions options_;

 private:
  std::unique_ptr<testing::Engine> engine_;
};

// What tests say of events read.
inline std::vector<std::string> Types(const std::vector<Event>& events) {
  std::vector<std::string> types(events.size());
  std::transform(events.begin(), events.end(), types.begin(),
                 [](const Event& event) { return event.type; });
  return types;
}
inline std::vector<uint64_t> Positions(const std::vector<Event>& events) {
  std::vector<uint64_t> positions(events.size());
  std::transform(events.begin(), events.end(), positions.begin(),
                 [](const Event& event) { return event.position.value(); });
  return positions;
}
inline std::vector<uint64_t> Revisions(const std::vector<Event>& events) {
  std::vector<uint64_t> revisions(events.size());
  std::transform(events.begin(), events.end(), revisions.begin(),
                 [](const Event& event) { return event.revision.value(); });
  return revisions;
}
inline std::vector<std::string> Names(const std::vector<StreamInfo>& streams) {
  std::vector<std::string> names(streams.size());
  std::transform(streams.begin(), streams.end(), names.begin(),
                 [](const StreamInfo& stream) { return stream.name; });
  return names;
}

// Runs `work` on `count` threads at once, each told its number, and waits.
template <typename Work>
void RunThreads(int count, const Work& work) {
  std::vector<std::thread> threads;
  threads.reserve(count);
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace daybook

#endif  // DAYBOOK_TESTS_STORE_CONTRACT_H_
