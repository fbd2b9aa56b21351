// Events that are appended later: once, over restarts and clocks that are set.

#include "daybook/bus/schedules.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "bus/schedule_rows.h"
#include "daybook/store/limits.h"
#include "tests/bus/groups_fixture.h"
#include "tests/testing/intercepted_store.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kAlreadyExists = absl::StatusCode::kAlreadyExists;
constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

class SchedulesTest : public GroupsTest {
 protected:
  SchedulesTest() { MakeSchedules(); }
  ~SchedulesTest() override { schedules_.reset(); }

  void MakeSchedules() {
    schedules_ = Schedules::Over(store(), {.clock = &clock_});
  }
  void Restart() {
    schedules_.reset();
    if (GetParam().persistent) Reopen();
    MakeSchedules();
  }
  NewSchedule Reminder(std::string id, absl::Duration delay) {
    return {.id = std::move(id),
            .due = clock_.Now() + delay,
            .events = {{"order-42", {.type = "reminded"}}}};
  }
  void Add(std::string id, absl::Duration delay) {
    EXPECT_OK(schedules_->Add(Reminder(std::move(id), delay)));
  }
  // As stores of before the check of what stands there have it.
  void RestoreForeign(const std::string& stream) {
    EXPECT_OK(
        store().Restore({.events = {{stream,
                                     {.type = "odd",
                                      .id = EventId::FromBytes(std::string(
                                          EventId::kSize, ++foreign_))}}}},
                        clock_.Now(), ""));
  }
  FireResult Fire() {
    const auto result = schedules_->FireDue();
    EXPECT_OK(result);
    return result.ok() ? *result : FireResult();
  }
  std::vector<Event> Read(const std::string& stream) {
    std::vector<Event> events;
    auto cursor = store().ReadStream(stream);
    if (!cursor.ok()) return events;
    for (const EventView& event : *cursor) events.push_back(event.ToEvent());
    EXPECT_OK(cursor->status());
    return events;
  }
  std::vector<std::string> PendingIds() {
    const auto pending = schedules_->Pending(100);
    EXPECT_OK(pending);
    std::vector<std::string> ids;
    for (const ScheduleInfo& info : *pending) ids.push_back(info.id);
    return ids;
  }
  ScheduleInfo Get(std::string_view id) {
    const auto info = schedules_->Get(id);
    EXPECT_OK(info);
    return info.ok() ? *info : ScheduleInfo();
  }

  std::unique_ptr<Schedules> schedules_;
  char foreign_ = 0;
};
DAYBOOK_FOR_GROUP_ENGINES(SchedulesTest);

TEST_P(SchedulesTest, AnEventIsAppendedWhenItIsDueAndOnce) {
  Add("r", absl::Hours(1));
  EXPECT_THAT(Fire().next_due, Optional(Eq(clock_.Now() + absl::Hours(1))));
  EXPECT_THAT(Read("order-42"), IsEmpty());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Fire().fired_count, 1);
  EXPECT_EQ(Fire().fired_count, 0);
  EXPECT_THAT(Read("order-42"), SizeIs(1));
  EXPECT_EQ(Get("r").state, ScheduleInfo::State::kFired);
  EXPECT_THAT(PendingIds(), IsEmpty());
}

TEST_P(SchedulesTest, WhatIsAppendedIsWhatWasScheduled) {
  const EventId id = *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91");
  NewEvent event = {.type = "reminded",
                    .payload = std::string("\x00\xff", 2),
                    .content_type = "application/json",
                    .tags = {"b", "a"},
                    .metadata = {.actor = "ann", .fields = {{"k", "v"}}},
                    .source = "/shop",
                    .id = id};
  EXPECT_OK(schedules_->Add({.id = "r",
                             .due = clock_.Now(),
                             .events = {{"a", event}, {"b", {.type = "t"}}}}));
  Fire();
  const std::vector<Event> a = Read("a");
  ASSERT_THAT(a, SizeIs(1));
  EXPECT_EQ(a[0].payload, event.payload);
  EXPECT_EQ(a[0].content_type, event.content_type);
  EXPECT_EQ(a[0].tags, event.tags);
  EXPECT_EQ(a[0].source, event.source);
  EXPECT_EQ(a[0].id, id);
  EXPECT_EQ(a[0].metadata.actor, "ann");
  EXPECT_EQ(a[0].metadata.fields, event.metadata.fields);
  // Together, and caused by what scheduled them.
  EXPECT_EQ(a[0].append_count, 3);
  EXPECT_EQ(Read("b")[0].metadata.causation_id,
            Read("$schedule-r")[0].id.ToString());
}

TEST_P(SchedulesTest, ASchedulesIdIsUsedOnce) {
  Add("r", absl::Hours(1));
  EXPECT_THAT(schedules_->Add(Reminder("r", absl::Hours(2))),
              StatusIs(kAlreadyExists));
  EXPECT_OK(schedules_->Cancel("r", "paid"));
  EXPECT_THAT(schedules_->Add(Reminder("r", absl::Hours(2))),
              StatusIs(kAlreadyExists));
}

TEST_P(SchedulesTest, ACancelledOneNeverFires) {
  Add("r", absl::Hours(1));
  EXPECT_OK(schedules_->Cancel("r", "paid"));
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Fire().fired_count, 0);
  EXPECT_EQ(Get("r").state, ScheduleInfo::State::kCancelled);
  EXPECT_EQ(Get("r").reason, "paid");
  EXPECT_THAT(schedules_->Cancel("r", ""), StatusIs(kFailedPrecondition));
  EXPECT_THAT(schedules_->Cancel("none", ""), StatusIs(kNotFound));
}

TEST_P(SchedulesTest, OneThatFiredCanNotBeCancelled) {
  Add("r", kNow);
  Fire();
  EXPECT_THAT(schedules_->Cancel("r", "paid"), StatusIs(kFailedPrecondition));
}

TEST_P(SchedulesTest, PendingOnesAreInTheOrderInWhichTheyAreDue) {
  Add("second", absl::Hours(2));
  Add("third", absl::Hours(3));
  Add("first", absl::Hours(1));
  EXPECT_THAT(PendingIds(), ElementsAre("first", "second", "third"));
}

TEST_P(SchedulesTest, AnOrderAndItsReminderAreOneAppend) {
  AppendRequest request;
  request.events = {{"order-42", {.type = "placed"}}};
  request.expectations = {{"order-42", ExpectedRevision::NoStream()}};
  ASSERT_OK(AddSchedule(Reminder("r", absl::Hours(1)), &request));
  EXPECT_OK(store().Append(request));
  EXPECT_THAT(store().Append(request), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(PendingIds(), ElementsAre("r"));
}

TEST_P(SchedulesTest, ARestartForgetsNothingAndRepeatsNothing) {
  Add("before", absl::Hours(1));
  Add("after", absl::Hours(5));
  clock_.Advance(absl::Hours(1));
  Fire();
  Restart();
  EXPECT_THAT(PendingIds(), ElementsAre("after"));
  // Late rather than never.
  clock_.Advance(absl::Hours(100));
  Restart();
  EXPECT_EQ(Fire().fired_count, 1);
  EXPECT_THAT(Read("order-42"), SizeIs(2));
}

TEST_P(SchedulesTest, RowsThatAreGoneAreMadeAnewFromTheLog) {
  Add("r", absl::Hours(1));
  Add("c", absl::Hours(1));
  EXPECT_OK(schedules_->Cancel("c", ""));
  PendingIds();
  RowBatch batch;
  batch.DeleteRange(RowRange::OfPrefix("\x09"));
  EXPECT_OK(store().WriteRows(batch));
  Restart();
  EXPECT_THAT(PendingIds(), ElementsAre("r"));
}

TEST_P(SchedulesTest, AClockThatIsSetFiresNothingTwice) {
  Add("r", absl::Hours(1));
  Add("later", absl::Hours(30));
  clock_.Jump(absl::Hours(23));
  EXPECT_EQ(Fire().fired_count, 1);
  clock_.Jump(-absl::Hours(46));
  Restart();
  EXPECT_EQ(Fire().fired_count, 0);
  clock_.Jump(absl::Hours(46));
  EXPECT_EQ(Fire().fired_count, 0);
  EXPECT_THAT(PendingIds(), ElementsAre("later"));
}

TEST_P(SchedulesTest, OfManyThatAreDueSomeCanBeFired) {
  for (int i = 0; i < 5; ++i) Add(absl::StrCat("r", i), absl::Seconds(i));
  clock_.Advance(absl::Seconds(10));
  const auto some = schedules_->FireDue(2);
  ASSERT_OK(some);
  EXPECT_EQ(some->fired_count, 2);
  EXPECT_THAT(some->next_due, Optional(Eq(clock_.Now() - absl::Seconds(8))));
  EXPECT_THAT(PendingIds(), ElementsAre("r2", "r3", "r4"));
  EXPECT_EQ(Fire().fired_count, 3);
}

TEST_P(SchedulesTest, ASchedulerFiresAllThatAreDue) {
  for (int i = 0; i < 200; ++i) Add(absl::StrCat("r", i), kNow);
  const auto scheduler = Scheduler::Start(store(), {.clock = &clock_});
  ASSERT_OK(scheduler);
  EXPECT_OK(store().WaitForEvent(Position(599), kSoon));
  EXPECT_THAT(Read("order-42"), SizeIs(200));
}

TEST_P(SchedulesTest, SeveralWhoFireAreNoMoreThanOne) {
  for (int i = 0; i < 20; ++i) Add(absl::StrCat("r", i), kNow);
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([this] {
      EXPECT_OK(Schedules::Over(store(), {.clock = &clock_})->FireDue());
    });
  }
  for (std::thread& other : others) other.join();
  EXPECT_THAT(Read("order-42"), SizeIs(20));
  EXPECT_THAT(PendingIds(), IsEmpty());
}

TEST_P(SchedulesTest, WhatCanNeverBeAppendedFailsAndHoldsUpNothing) {
  EXPECT_OK(store().Append("closed", ExpectedRevision::Any(), {{.type = "t"}}));
  EXPECT_OK(store().TombstoneStream("closed"));
  EXPECT_OK(schedules_->Add({.id = "bad",
                             .due = clock_.Now(),
                             .events = {{"closed", {.type = "t"}}}}));
  Add("good", absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  const FireResult result = Fire();
  EXPECT_EQ(result.fired_count, 1);
  EXPECT_EQ(result.failed_count, 1);
  EXPECT_EQ(Get("bad").state, ScheduleInfo::State::kFailed);
  EXPECT_THAT(Get("bad").reason, ::testing::HasSubstr("tombstoned"));
  const auto failed = schedules_->Failed(100);
  ASSERT_OK(failed);
  ASSERT_THAT(*failed, SizeIs(1));
  EXPECT_EQ((*failed)[0].id, "bad");
  EXPECT_EQ((*failed)[0].state, ScheduleInfo::State::kFailed);
  EXPECT_THAT(*schedules_->Failed(0), IsEmpty());
}

TEST_P(SchedulesTest, ASchedulerCountsWhatItFiredAndWhatFailed) {
  EXPECT_OK(store().Append("closed", ExpectedRevision::Any(), {{.type = "t"}}));
  EXPECT_OK(store().TombstoneStream("closed"));
  EXPECT_OK(schedules_->Add({.id = "bad",
                             .due = clock_.Now(),
                             .events = {{"closed", {.type = "t"}}}}));
  Add("good", kNow);
  const auto scheduler = Scheduler::Start(store(), {.clock = &clock_});
  ASSERT_OK(scheduler);
  const absl::Time patience = absl::Now() + kSoon;
  while ((*scheduler)->failed_count() == 0 && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ((*scheduler)->failed_count(), 1);
  EXPECT_EQ((*scheduler)->fired_count(), 1);
  EXPECT_OK((*scheduler)->status());
}

TEST_P(SchedulesTest, WhatIsNoScheduleIsPassedOver) {
  RestoreForeign("$schedule-x");
  Add("r", kNow);
  EXPECT_EQ(Fire().fired_count, 1);
}

TEST_P(SchedulesTest, NothingElseIsAppendedToASchedulesStream) {
  Add("r", kNow);
  EXPECT_THAT(store().Append({.events = {{"$schedule-r", {.type = "note"}}}}),
              StatusIs(kInvalidArgument, ::testing::HasSubstr("no event of")));
  EXPECT_THAT(store().Append({.events = {{"$schedule-r",
                                          {.type = "$schedule-cancelled",
                                           .payload = "{\"call\":\"him\"}"}}}}),
              StatusIs(kInvalidArgument));
  EXPECT_EQ(Fire().fired_count, 1);
}

TEST_P(SchedulesTest, NoOtherSystemStreamIsWrittenByCallers) {
  for (const std::string stream : {"$schedule", "$schedules", "$operations"}) {
    EXPECT_THAT(store().Append({.events = {{stream, {.type = "t"}}}}),
                StatusIs(kInvalidArgument));
  }
  EXPECT_THAT(store().TombstoneStream("$schedule-x"),
              StatusIs(kInvalidArgument));
}

TEST_P(SchedulesTest, BesideAScheduleNoEventPassesUnsignedThatMustBeSigned) {
  EXPECT_OK(store().SetProducerPolicy("order-", ProducerPolicy::kRequire));
  AppendRequest request;
  request.events = {{"order-42", {.type = "t"}}};
  EXPECT_OK(AddSchedule(Reminder("x", absl::Hours(1)), &request));
  EXPECT_THAT(store().Append(request), StatusIs(kFailedPrecondition));
}

TEST_P(SchedulesTest, WrongSchedulesAreRefused) {
  for (const NewSchedule& wrong : std::vector<NewSchedule>{
           {.id = "", .events = {{"a", {.type = "t"}}}},
           {.id = std::string(129, 'x'), .events = {{"a", {.type = "t"}}}},
           {.id = "\xff", .events = {{"a", {.type = "t"}}}},
           {.id = "r"},
           {.id = "r",
           .due = absl::InfiniteFuture(),
           .events = {{"a", {.type = "t"}}}},
           {.id = "r", .events = {{"$a", {.type = "t"}}}},
           {.id = "r", .events = {{"", {.type = "t"}}}},
           {.id = "r", .events = {{"a", {.type = ""}}}},
           {.id = "r",
           .events = {
               {"a", {.type = "t", .occurred_at = absl::UnixEpoch()}}}}}) {
    EXPECT_THAT(schedules_->Add(wrong), StatusIs(kInvalidArgument));
  }
  EXPECT_EQ(store().Head(), Position(0));
}

// What they say could not be read again, or not be appended when it is time.
TEST_P(SchedulesTest, SchedulesOfWhatCanNeverBeAppendedAreRefused) {
  const auto expect_refused = [&](StreamEvent event) {
    EXPECT_THAT(schedules_->Add({.id = "r", .events = {std::move(event)}}),
                StatusIs(kInvalidArgument));
  };
  expect_refused({"\xff", {.type = "t"}});
  expect_refused({"a", {.type = "\xff"}});
  expect_refused({"a", {.type = "t", .content_type = "\xff"}});
  expect_refused({"a", {.type = "t", .tags = {"\xff"}}});
  expect_refused({"a", {.type = "t", .tags = {"twice", "twice"}}});
  expect_refused({"a", {.type = "t", .metadata = {.actor = "\xff"}}});
  expect_refused({"a", {.type = "t", .source = "\xff"}});
  expect_refused({"a", {.type = "t", .payload = std::string(20 << 20, 'x')}});
  // Room for the cause.
  expect_refused(
      {"a",
       {.type = "t",
        .metadata = {.actor = std::string(kMetadataBytesMax - 10, 'x')}}});
  EXPECT_THAT(PendingIds(), IsEmpty());
  Add("r", absl::Hours(1));
  EXPECT_THAT(schedules_->Cancel("r", "\xff"), StatusIs(kInvalidArgument));
}

TEST_P(SchedulesTest, AnAppendWithAScheduleIsTheSameWhenItIsTriedAgain) {
  const auto append = [&] {
    NewSchedule schedule = Reminder("r", absl::Hours(1));
    for (int i = 0; i < 50; ++i) {
      schedule.events[0].event.metadata.fields[absl::StrCat("field", i)] = "";
    }
    AppendRequest request;
    request.key = "k";
    EXPECT_OK(AddSchedule(schedule, &request));
    return store().Append(request);
  };
  EXPECT_OK(append());
  const auto again = append();
  ASSERT_OK(again);
  EXPECT_TRUE(again->repeated);
}

// --- What fails, and what is damaged -----------------------------------------

TEST_P(SchedulesTest, WhatCouldNotBeTakenInIsTakenInLater) {
  testing::InterceptedStore failing(store());
  const auto schedules = Schedules::Over(failing, {.clock = &clock_});
  EXPECT_OK(schedules->Pending(1));
  Add("rows", kNow);
  int reads = 0;
  failing.before_read_rows = [&] {
    ++reads;
    return absl::InternalError("no rows");
  };
  EXPECT_THAT(schedules->FireDue(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(reads, 1);
  failing.before_read_rows = nullptr;
  EXPECT_EQ(schedules->FireDue()->fired_count, 1);

  Add("batch", kNow);
  failing.before_write_rows = [] { return absl::InternalError("no write"); };
  EXPECT_THAT(schedules->FireDue(), StatusIs(absl::StatusCode::kInternal));
  failing.before_write_rows = nullptr;
  EXPECT_EQ(schedules->FireDue()->fired_count, 1);
}

TEST_P(SchedulesTest, ADamagedOneIsSetAsideAndTheOthersFire) {
  testing::InterceptedStore damaged(store());
  damaged.before_read_stream = [](std::string_view stream) {
    return stream == "$schedule-b" ? absl::DataLossError("b is damaged")
                                   : absl::OkStatus();
  };
  for (const std::string id : {"a", "b", "c"}) Add(id, kNow);
  Add("later", absl::Hours(1));
  const auto schedules = Schedules::Over(damaged, {.clock = &clock_});
  for (const uint64_t fired_count : {uint64_t{2}, uint64_t{0}}) {
    const auto result = schedules->FireDue();
    ASSERT_OK(result);
    EXPECT_EQ(result->fired_count, fired_count);
    EXPECT_EQ(result->set_aside_count, 1);
    EXPECT_THAT(result->problem, StatusIs(kDataLoss));
    EXPECT_THAT(result->next_due, Optional(Eq(clock_.Now() + absl::Hours(1))));
  }
  const auto pending = schedules->Pending(100);
  ASSERT_OK(pending);
  ASSERT_THAT(*pending, SizeIs(2));
  EXPECT_EQ((*pending)[0].state, ScheduleInfo::State::kDamaged);
  EXPECT_EQ((*pending)[0].reason, "b is damaged");
  damaged.before_read_stream = nullptr;
  EXPECT_EQ(schedules->FireDue()->fired_count, 1);
}

TEST_P(SchedulesTest, AFailedOneThatIsDamagedIsListedWithTheOthers) {
  EXPECT_OK(store().Append("closed", ExpectedRevision::Any(), {{.type = "t"}}));
  EXPECT_OK(store().TombstoneStream("closed"));
  testing::InterceptedStore damaged(store());
  const auto schedules = Schedules::Over(damaged, {.clock = &clock_});
  for (const std::string id : {"a", "b"}) {
    EXPECT_OK(schedules->Add({.id = id,
                              .due = clock_.Now(),
                              .events = {{"closed", {.type = "t"}}}}));
  }
  ASSERT_OK(schedules->FireDue());
  damaged.before_read_stream = [](std::string_view stream) {
    return stream == "$schedule-b" ? absl::DataLossError("b is damaged")
                                   : absl::OkStatus();
  };

  const auto failed = schedules->Failed(100);

  ASSERT_OK(failed);
  ASSERT_THAT(*failed, SizeIs(2));
  EXPECT_EQ((*failed)[0].state, ScheduleInfo::State::kDamaged);
  EXPECT_EQ((*failed)[0].reason, "b is damaged");
  EXPECT_EQ((*failed)[1].state, ScheduleInfo::State::kFailed);
}

TEST_P(SchedulesTest, MoreDamagedOnesThanAreLookedAtAtOnceHoldUpNothing) {
  testing::InterceptedStore damaged(store());
  damaged.before_read_stream = [](std::string_view stream) {
    return stream == "$schedule-good" ? absl::OkStatus()
                                      : absl::DataLossError("damaged");
  };
  for (int i = 0; i < 600; ++i) Add(absl::StrCat("bad", i), kNow);
  clock_.Advance(absl::Seconds(1));
  Add("good", kNow);
  const auto result = Schedules::Over(damaged, {.clock = &clock_})->FireDue();
  ASSERT_OK(result);
  EXPECT_EQ(result->fired_count, 1);
  EXPECT_EQ(result->set_aside_count, 600);
}

TEST_P(SchedulesTest, AnAppendThatFailsForOneHoldsUpNoOther) {
  testing::InterceptedStore failing(store());
  failing.on_append =
      [](EventStore& store,
         const AppendRequest& request) -> absl::StatusOr<AppendResult> {
    if (request.key == "schedule/a") return absl::DataLossError("order-42");
    return store.Append(request);
  };
  Add("a", kNow);
  Add("b", kNow);
  const auto result = Schedules::Over(failing, {.clock = &clock_})->FireDue();
  ASSERT_OK(result);
  EXPECT_EQ(result->fired_count, 1);
  EXPECT_THAT(result->problem, StatusIs(kDataLoss));
}

TEST_P(SchedulesTest, RowsOfWhatIsSettledFireNothingAndGo) {
  Add("fired", kNow);
  Fire();
  PendingIds();
  RowBatch batch;
  for (const std::string id : {"fired", "never-was"}) {
    PutPending({.id = id, .due = clock_.Now()}, &batch);
  }
  EXPECT_OK(store().WriteRows(batch));
  EXPECT_THAT(PendingIds(), IsEmpty());
  const FireResult result = Fire();
  EXPECT_EQ(result.fired_count, 0);
  EXPECT_OK(result.problem);
  EXPECT_THAT(Read("order-42"), SizeIs(1));
  const auto rows = store().ReadRows();
  ASSERT_OK(rows);
  EXPECT_THAT(*ReadPending(**rows, std::nullopt, 100), IsEmpty());
}

TEST_P(SchedulesTest, OnlyWhatSettlesAScheduleEndsIt) {
  Add("fired", kNow);
  Add("cancelled", kNow);
  RestoreForeign("$schedule-fired");
  RestoreForeign("$schedule-cancelled");
  EXPECT_THAT(PendingIds(), ElementsAre("cancelled", "fired"));
  EXPECT_OK(schedules_->Cancel("cancelled", "paid"));
  EXPECT_EQ(Fire().fired_count, 1);
  EXPECT_THAT(PendingIds(), IsEmpty());
  EXPECT_EQ(Get("fired").state, ScheduleInfo::State::kFired);
  EXPECT_EQ(Get("cancelled").reason, "paid");
}

TEST_P(SchedulesTest, CancelledInTheBatchInWhichItWasScheduledItIsNotPending) {
  Add("r", absl::Hours(1));
  EXPECT_OK(schedules_->Cancel("r", "paid"));
  EXPECT_THAT(PendingIds(), IsEmpty());
  const auto rows = store().ReadRows();
  ASSERT_OK(rows);
  EXPECT_THAT(*ReadPending(**rows, std::nullopt, 100), IsEmpty());
}

// --- On a thread -------------------------------------------------------------

TEST_P(SchedulesTest, ASchedulerFiresWhatIsAddedWhileItRuns) {
  const auto scheduler = Scheduler::Start(store());
  ASSERT_OK(scheduler);
  const auto schedules = Schedules::Over(store());
  EXPECT_OK(schedules->Add({.id = "r",
                            .due = absl::Now() + absl::Milliseconds(10),
                            .events = {{"order-42", {.type = "reminded"}}}}));
  EXPECT_OK(store().WaitForEvent(Position(2), kSoon));
  EXPECT_THAT(Read("order-42"), SizeIs(1));
  EXPECT_OK((*scheduler)->status());
}

// Says the same error for ever, as subscriptions do.
class FailedSubscription final : public Subscription {
 public:
  absl::StatusOr<EventBatch> Next(absl::Duration /*timeout*/) override {
    return absl::InternalError("no news");
  }
  void NotifyWhenReady(absl::AnyInvocable<void() &&> ready) override {
    std::move(ready)();
  }
  absl::Status Acknowledge(Position /*position*/) override {
    return absl::OkStatus();
  }
  absl::Status Acknowledge() override { return absl::OkStatus(); }
  void Cancel() override {}
  Position next_position() const override { return Position(0); }
};

TEST_P(SchedulesTest, ASchedulerOutlivesWhatFailsAndTellsOfIt) {
  testing::InterceptedStore failing(store());
  std::atomic<bool> fails = true;
  failing.on_subscribe = [&](std::unique_ptr<Subscription> subscription)
      -> absl::StatusOr<std::unique_ptr<Subscription>> {
    if (fails) return std::make_unique<FailedSubscription>();
    return subscription;
  };
  const auto scheduler = Scheduler::Start(failing);
  ASSERT_OK(scheduler);
  const absl::Time patience = absl::Now() + kSoon;
  while ((*scheduler)->status().ok() && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_THAT(
      (*scheduler)->status(),
      StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("no news")));
  fails = false;
  const auto schedules = Schedules::Over(store());
  EXPECT_OK(schedules->Add({.id = "r",
                            .due = absl::Now(),
                            .events = {{"order-42", {.type = "reminded"}}}}));
  EXPECT_OK(store().WaitForEvent(Position(2), kSoon));
  while (!(*scheduler)->status().ok() && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_OK((*scheduler)->status());
}

TEST_P(SchedulesTest, ASchedulerTellsOfADamagedSchedule) {
  Add("odd", kNow);
  testing::InterceptedStore damaged(store());
  damaged.before_read_stream = [](std::string_view /*stream*/) {
    return absl::DataLossError("damaged");
  };
  const auto scheduler = Scheduler::Start(damaged, {.clock = &clock_});
  ASSERT_OK(scheduler);
  const absl::Time patience = absl::Now() + kSoon;
  while ((*scheduler)->status().ok() && absl::Now() < patience) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_THAT((*scheduler)->status(), StatusIs(kDataLoss));
}

}  // namespace
}  // namespace daybook
