// Participants: what changes in one step with an append.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const auto kNothingToCatchUpWith = [](Position) { return absl::OkStatus(); };

// Does what it is told.
class Told : public AppendParticipant {
 public:
  using Do = std::function<absl::Status(std::span<const EventView> events,
                                        RowEditor& rows)>;
  explicit Told(Do what) : do_(std::move(what)) {}
  absl::Status Join(std::span<const EventView> events,
                    RowEditor& rows) override {
    return do_(events, rows);
  }

 private:
  const Do do_;
};

uint64_t Number(const std::optional<std::string>& row) {
  uint64_t number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(row.value_or("0"), &number));
  return number;
}

absl::Status AddTo(RowEditor& rows, const std::string& key, uint64_t count) {
  const auto row = rows.Get(key);
  if (!row.ok()) return row.status();
  rows.Put(key, absl::StrCat(Number(*row) + count));
  return absl::OkStatus();
}

// Counts the events of each stream; refuses appends with an event of the type
// "refused" after it has counted.
absl::Status Count(std::span<const EventView> events, RowEditor& rows) {
  bool refused = false;
  for (const EventView& event : events) {
    absl::Status added = AddTo(rows, std::string(event.stream), 1);
    if (!added.ok()) return added;
    refused |= event.type == "refused";
  }
  if (refused) return absl::FailedPreconditionError("the counter refuses");
  return absl::OkStatus();
}

class ParticipantTest : public EventStoreContractTest {
 protected:
  std::shared_ptr<Told> Attach(Told::Do what) {
    auto participant = std::make_shared<Told>(std::move(what));
    EXPECT_OK(store().Attach(participant, kNothingToCatchUpWith));
    return participant;
  }
  std::map<std::string, std::string> Rows() {
    std::map<std::string, std::string> rows;
    const std::unique_ptr<RowReader> from = Value(reader().ReadRows());
    const auto cursor = from->Scan({}, Direction::kForward);
    while (cursor->Next()) {
      rows.emplace(cursor->key(), cursor->value());
    }
    EXPECT_OK(cursor->status());
    return rows;
  }
};

DAYBOOK_FOR_EVERY_ENGINE(ParticipantTest);

TEST_P(ParticipantTest, ItSeesTheEventsAsTheyAreStored) {
  Append("a", {"before"});
  std::vector<std::vector<Event>> joined;
  Attach([&](std::span<const EventView> events, RowEditor&) {
    std::vector<Event>& all = joined.emplace_back();
    for (const EventView& event : events) {
      EXPECT_TRUE(event.append.key.empty());
      all.push_back(event.ToEvent());
    }
    return absl::OkStatus();
  });
  AppendRequest request =
      MakeRequest({{"a", "1"}, {"b", "2"}, {"a", "3"}, {"b", "4"}, {"c", "5"}});
  request.key = "key";
  request.events[1].event.tags = {"tag"};
  request.events[1].event.metadata.actor = "ada";

  Append(request);
  Append("b", {"6"});

  const std::vector<Event> log = ReadLog();
  ASSERT_THAT(joined, SizeIs(2));
  EXPECT_EQ(joined[0], std::vector<Event>(log.begin() + 1, log.end() - 1));
  EXPECT_EQ(joined[1], std::vector<Event>(log.end() - 1, log.end()));
  EXPECT_THAT(Revisions(joined[0]), ElementsAre(1, 0, 2, 1, 0));
}

TEST_P(ParticipantTest, SystemAppendsAndRestoredOnesJoinToo) {
  Attach(Count);

  ASSERT_OK(store().SetStreamMetadata("s", {}));
  ASSERT_OK(store().RecordOperation({"root", "a command", "a reason"}));
  AppendRequest request = MakeRequest({{"restored", "e"}});
  request.events[0].event.id = IdSource::Seeded(1)->NewId(clock_.Now());
  ASSERT_OK(store().Restore(request, clock_.Now(), {}));

  EXPECT_THAT(Rows(),
              UnorderedElementsAre(Pair("$$s", "1"), Pair("$operations", "1"),
                                   Pair("restored", "1")));
}

TEST_P(ParticipantTest, ARepeatedOrRefusedAppendDoesNotJoin) {
  Attach(Count);
  AppendRequest request = MakeRequest({{"s", "e"}});
  request.key = "key";

  Append(request);
  Append(request);
  EXPECT_THAT(TryAppend("s", kNoStream), StatusIs(kAborted));

  EXPECT_THAT(Rows(), ElementsAre(Pair("s", "1")));
}

TEST_P(ParticipantTest, WhatItPutIsWhatItGets) {
  std::vector<std::optional<std::string>> got;
  const auto get = [&](RowEditor& rows) {
    const auto row = rows.Get("k");
    EXPECT_OK(row);
    got.push_back(row.ok() ? *row : std::nullopt);
  };
  Attach([&](std::span<const EventView>, RowEditor& rows) {
    get(rows);
    rows.Put("k", "1");
    get(rows);
    rows.Delete("k");
    get(rows);
    rows.Put("k", "2");
    return absl::OkStatus();
  });

  Append("s", {"e"});
  Append("s", {"e"});

  EXPECT_THAT(got, ElementsAre(std::nullopt, "1", std::nullopt, "2", "1",
                               std::nullopt));
  EXPECT_THAT(Rows(), ElementsAre(Pair("k", "2")));
}

TEST_P(ParticipantTest, RowsWrittenAloneAreSeenByTheNextAppend) {
  Attach(Count);
  RowBatch batch;
  batch.Put("s", "41");
  ASSERT_OK(store().WriteRows(batch));

  Append("s", {"e"});

  EXPECT_THAT(Rows(), ElementsAre(Pair("s", "42")));
}

// What an append changed is remembered, and must not hide what came later.
TEST_P(ParticipantTest, RowsItChangedAreSeenAsTheyWereWrittenSince) {
  Attach(Count);
  for (const char* stream : {"deleted", "put", "swept"}) Append(stream, {"e"});

  RowBatch batch;
  batch.Put("put", "10");
  batch.Delete("deleted");
  batch.DeleteRange({"sw", "sx"});
  ASSERT_OK(store().WriteRows(batch));
  for (const char* stream : {"deleted", "put", "swept"}) Append(stream, {"e"});

  EXPECT_THAT(Rows(), ElementsAre(Pair("deleted", "1"), Pair("put", "11"),
                                  Pair("swept", "1")));
}

TEST_P(ParticipantTest, RowsItChangedAreSeenAsTheyWereLoadedSince) {
  Attach(Count);
  Append("s", {"e"});

  std::unique_ptr<RowLoader> loader = Value(store().LoadRows());
  ASSERT_OK(loader->Add("s", "20"));
  ASSERT_OK(loader->Finish());
  loader.reset();
  Append("s", {"e"});

  EXPECT_THAT(Rows(), ElementsAre(Pair("s", "21")));
}

TEST_P(ParticipantTest, ItsErrorRefusesTheAppendAndForgetsItsRows) {
  Attach(Count);
  Append("s", {"e"});

  const auto result = TryAppend("s", kAny, "refused");

  EXPECT_THAT(result,
              StatusIs(kFailedPrecondition, HasSubstr("the counter refuses")));
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
  EXPECT_THAT(Rows(), ElementsAre(Pair("s", "1")));
  EXPECT_THAT(ReadLog(), SizeIs(1));
  EXPECT_EQ(Append("s", {"e"}).first_position, Position(1));
}

TEST_P(ParticipantTest, TheErrorOfOneForgetsTheRowsOfAll) {
  Attach([](std::span<const EventView>, RowEditor& rows) {
    rows.Put("first", "1");
    return absl::OkStatus();
  });
  Attach(Count);

  EXPECT_THAT(TryAppend("s", kAny, "refused"), StatusIs(kFailedPrecondition));

  EXPECT_THAT(Rows(), IsEmpty());
}

TEST_P(ParticipantTest, RowsAboveTheLimitsRefuseTheAppend) {
  Attach([](std::span<const EventView> events, RowEditor& rows) {
    rows.Put("fine", "1");
    if (events[0].type == "key") rows.Put("", "1");
    if (events[0].type == "value") {
      rows.Put("k", std::string(kRowValueBytesMax + 1, 'v'));
    }
    for (int i = 0; i < 5 && events[0].type == "batch"; ++i) {
      rows.Put(absl::StrCat("k", i), std::string(kRowValueBytesMax, 'v'));
    }
    return absl::OkStatus();
  });

  for (const char* type : {"key", "value", "batch"}) {
    EXPECT_THAT(TryAppend("s", kAny, type), StatusIs(kInvalidArgument)) << type;
  }

  EXPECT_THAT(Rows(), IsEmpty());
  EXPECT_THAT(ReadLog(), IsEmpty());
}

TEST_P(ParticipantTest, OthersOfTheGroupGoThroughWhenOneIsRefused) {
  Attach(Count);
  std::atomic<int> stored = 0;
  std::atomic<int> refused = 0;
  for (int i = 0; i < 300; ++i) {
    const bool refuse = i % 7 == 3;
    store().AppendAsync(
        MakeRequest({{"s", refuse ? "refused" : "e"}, {"t", "e"}}),
        [&, refuse](const absl::StatusOr<AppendResult>& result) {
          EXPECT_EQ(result.ok(), !refuse) << result.status();
          ++(result.ok() ? stored : refused);
        });
  }
  while (stored + refused < 300) std::this_thread::yield();

  EXPECT_EQ(refused, 43);
  EXPECT_THAT(Rows(), ElementsAre(Pair("s", "257"), Pair("t", "257")));
  EXPECT_THAT(ReadStream("s"), SizeIs(257));
}

TEST_P(ParticipantTest, EventsAreNeverSeenWithoutTheirRows) {
  Attach(Count);
  std::atomic<bool> done = false;
  std::thread appender([&] {
    for (int i = 0; i < 300; ++i) Append("s", {"e", "e"});
    done = true;
  });

  while (!done) {
    const uint64_t head = store().Head().value();
    const auto row = Value(Value(store().ReadRows())->Get("s"));
    EXPECT_GE(Number(row), head);
    EXPECT_EQ(Number(row) % 2, 0);
  }

  appender.join();
}

TEST_P(ParticipantTest, CatchingUpReadsTheStoreAndWritesRows) {
  Append("s", {"e", "e"});
  auto counter = std::make_shared<Told>(Count);

  ASSERT_OK(store().Attach(counter, [&](Position head) {
    EXPECT_EQ(head, Position(2));
    RowBatch batch;
    batch.Put("s", absl::StrCat(Drain(store().ReadLog()).size()));
    EXPECT_OK(store().ReadRows());
    return store().WriteRows(batch);
  }));
  Append("s", {"e"});

  EXPECT_THAT(Rows(), ElementsAre(Pair("s", "3")));
}

TEST_P(ParticipantTest, OneThatCantCatchUpIsNotAttached) {
  auto counter = std::make_shared<Told>(Count);

  EXPECT_THAT(store().Attach(counter,
                             [](Position) { return absl::AbortedError("no"); }),
              StatusIs(kAborted));
  Append("s", {"e"});

  EXPECT_THAT(Rows(), IsEmpty());
}

TEST_P(ParticipantTest, OneThatWasDetachedDoesNotJoin) {
  const std::shared_ptr<Told> counter = Attach(Count);
  Append("s", {"e"});

  store().Detach(counter.get());
  store().Detach(counter.get());
  Append("s", {"e"});

  EXPECT_THAT(Rows(), ElementsAre(Pair("s", "1")));
  EXPECT_EQ(counter.use_count(), 1);
}

TEST_P(ParticipantTest, AttachedUnderFireItCountsEveryEventOnce) {
  constexpr uint64_t kAppenders = 8;
  constexpr uint64_t kAppends = 150;
  std::atomic<uint64_t> appended = 0;
  std::vector<std::thread> appenders;
  appenders.reserve(kAppenders);
  for (uint64_t i = 0; i < kAppenders; ++i) {
    appenders.emplace_back([&, i] {
      for (uint64_t n = 0; n < kAppends; ++n) {
        Append(MakeRequest({{"all", "e"}, {absl::StrCat("own-", i), "e"}}));
        ++appended;
      }
    });
  }
  while (appended < kAppenders * kAppends / 10) std::this_thread::yield();
  const auto count_all = [](std::span<const EventView> events,
                            RowEditor& rows) {
    return AddTo(rows, "count", events.size());
  };
  auto counter = std::make_shared<Told>(count_all);

  ASSERT_OK(store().Attach(counter, [&](Position head) {
    RowBatch batch;
    batch.Put("count", absl::StrCat(head.value()));
    return store().WriteRows(batch);
  }));

  for (std::thread& appender : appenders) appender.join();
  EXPECT_THAT(Rows(), ElementsAre(Pair(
                          "count", absl::StrCat(2 * kAppenders * kAppends))));
  EXPECT_EQ(store().Head(), Position(2 * kAppenders * kAppends));
}

TEST_P(ParticipantTest, AttachedAndDetachedUnderFireNothingStands) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> appenders;
  appenders.reserve(4);
  for (int i = 0; i < 4; ++i) {
    appenders.emplace_back([&, i] {
      while (!stop) Append(absl::StrCat("s-", i), {"e"});
    });
  }

  RunThreads(2, [&](int) {
    for (int round = 0; round < 50; ++round) {
      std::atomic<bool> attached = true;
      const auto participant =
          Attach([&](std::span<const EventView>, RowEditor&) {
            EXPECT_TRUE(attached);
            return absl::OkStatus();
          });
      store().Detach(participant.get());
      attached = false;
    }
  });

  stop = true;
  for (std::thread& appender : appenders) appender.join();
}

// Whoever waits behind it would wait for ever.
TEST_P(ParticipantTest, OneThatThrowsFailsTheAppendAndNothingElse) {
  bool is_broken = true;
  const auto participant =
      Attach([&](std::span<const EventView>, RowEditor&) -> absl::Status {
        if (is_broken) throw std::runtime_error("no such price");
        return absl::OkStatus();
      });

  const auto appended =
      store().Append("s", ExpectedRevision::Any(), {{.type = "e"}});

  EXPECT_THAT(appended, StatusIs(absl::StatusCode::kUnknown,
                                 HasSubstr("threw: no such price")));
  EXPECT_EQ(GetAppendOutcome(appended.status()), AppendOutcome::kNotAppended);
  is_broken = false;
  Append("s", {"e"});
  EXPECT_THAT(store().Attach(participant,
                             [](Position) -> absl::Status {
                               throw std::runtime_error("not caught up");
                             }),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("not caught up")));
  Append("s", {"e"});
}

TEST_P(ParticipantTest, AClosedStoreTakesNone) {
  const std::shared_ptr<Told> counter = Attach(Count);
  ASSERT_OK(store().Close(absl::Minutes(1)));

  EXPECT_THAT(store().Attach(counter, kNothingToCatchUpWith),
              StatusIs(kUnavailable));
  store().Detach(counter.get());
}

}  // namespace
}  // namespace daybook
