// `daybook health` and `daybook status --watch`.

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "daybook/bus/groups.h"
#include "daybook/bus/schedules.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/intercepted_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::InterceptedStore;
using ::daybook::testing::MemoryAccess;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class HealthTest : public ::testing::Test {
 protected:
  HealthTest() { daybook_({"init"}); }
  void SubscribeBehind() {
    SubscribeOptions options;
    options.name = "mailer";
    EXPECT_OK(daybook_.store().Subscribe(options));
    EXPECT_OK(Groups::Over(daybook_.store(), {.clock = &daybook_.clock()})
                  ->Open("packers", {}));
    daybook_({"append", "a", "--type", "t"});
    daybook_.clock().Advance(absl::Minutes(5));
  }

  CommandRunner daybook_;
};

TEST_F(HealthTest, AWellStoreIsZero) {
  const CommandResult result = daybook_({"health", "--max-lag", "60s"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "ok    appends\nok    audit tree\n");
}

TEST_F(HealthTest, AFollowerThatLagsIsOne) {
  SubscribeBehind();
  EXPECT_EQ(daybook_({"health"}).exit_code, 0);
  EXPECT_EQ(daybook_({"health", "--max-lag", "10m"}).exit_code, 0);
  const CommandResult result = daybook_({"health", "--max-lag", "60s"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("BAD   subscription mailer: lag 1, 5m"),
                    HasSubstr("BAD   group packers: lag 1, 5m")));
}

TEST_F(HealthTest, AGroupThatIsDamagedIsOneWhateverItsLag) {
  SubscribeBehind();
  RowBatch batch;
  batch.Put(std::string("\x08\x01", 2) + "packers", "\xff");
  ASSERT_OK(daybook_.store().WriteRows(batch));

  const CommandResult result = daybook_({"health"});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("ok    subscription mailer: lag 1"),
                                HasSubstr("BAD   group packers: "),
                                Not(HasSubstr("packers: lag"))));
}

// Stores in memory whose subscriptions are damaged.
class DamagedAccess final : public StoreAccess {
 public:
  absl::StatusOr<std::shared_ptr<EventStore>> Open(
      const std::string& path, const StoreOptions& options) override {
    auto opened = stores_.Open(path, options);
    if (!opened.ok()) return opened;
    auto damaged = std::make_shared<InterceptedStore>(**opened);
    damaged->before_tell_of_subscriptions = [] {
      return absl::DataLossError("a row is damaged");
    };
    return damaged;
  }
  absl::Status Close(std::shared_ptr<EventStore> store) override {
    return store->Sync();
  }
  absl::Status Reindex(
      const std::string& path, const StoreOptions& options,
      absl::FunctionRef<void(const ReindexProgress&)> progress) override {
    return stores_.Reindex(path, options, progress);
  }

 private:
  MemoryAccess stores_;
};

TEST(DamagedHealthTest, AListThatIsDamagedHidesNothingElse) {
  DamagedAccess access;
  CommandRunner daybook(&access);
  daybook({"init"});
  daybook({"subscribe", "packers", "--group"});

  const CommandResult result = daybook({"health"});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("ok    appends\n"),
                    HasSubstr("BAD   subscription (all): a row is damaged\n"),
                    HasSubstr("ok    group packers: lag 0\n")));
  EXPECT_THAT(daybook({"status"}).out, HasSubstr("parked          not known"));
  EXPECT_THAT(daybook({"status", "--format", "json"}).out,
              HasSubstr("\"parked\":null,"));
}

TEST(DamagedHealthTest, ASubscriptionThatCanNotBeReadIsNotTakenForNone) {
  DamagedAccess access;
  CommandRunner daybook(&access);
  daybook({"init"});
  const CommandResult result = daybook({"subscribe", "mailer"});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.err, HasSubstr("a row is damaged"));
}

TEST_F(HealthTest, ADiskWithLessRoomThanItMustHaveIsOne) {
  CommandRunner daybook(StoreAccess::Disk());
  const std::string store = daybook.folder() / "store";
  daybook({"--store", store, "init"});

  EXPECT_EQ(daybook({"--store", store, "health", "--min-disk", "0%"}).exit_code,
            0);
  const CommandResult result =
      daybook({"--store", store, "health", "--min-disk", "100%"});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, ContainsRegex("BAD   disk: [0-9.]+ % free"));
}

TEST_F(HealthTest, WhatIsParkedIsToldAndIsOneAboveALimit) {
  daybook_({"append", "a", "--type", "t"});
  {
    const auto groups =
        Groups::Over(daybook_.store(), {.clock = &daybook_.clock()});
    const auto group = groups->Open("packers", {.filter = {.stream = "a"}});
    ASSERT_OK(group);
    const uint64_t member = (*group)->Join("worker")->id;
    const auto deliveries = (*group)->Poll(member, 1, absl::ZeroDuration());
    EXPECT_OK((*group)->Park(member, deliveries->front().id, "no such sku"));
  }
  EXPECT_THAT(daybook_({"health"}).out,
              HasSubstr("ok    group packers: lag 0, parked 1\n"));
  EXPECT_EQ(daybook_({"health", "--max-parked", "1"}).exit_code, 0);
  const CommandResult result = daybook_({"health", "--max-parked", "0"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("BAD   group packers: lag 0, parked 1\n"));
  EXPECT_THAT(daybook_({"status"}).out, HasSubstr("parked          1, of "));
}

TEST_F(HealthTest, AScheduleThatIsLateIsOneAndOneThatFailedIsTold) {
  const auto schedules =
      Schedules::Over(daybook_.store(), {.clock = &daybook_.clock()});
  daybook_({"append", "closed", "--type", "t"});
  EXPECT_OK(daybook_.store().TombstoneStream("closed"));
  EXPECT_OK(schedules->Add({.id = "bad",
                            .due = daybook_.clock().Now(),
                            .events = {{"closed", {.type = "t"}}}}));
  EXPECT_OK(schedules->FireDue());
  EXPECT_OK(schedules->Add({.id = "late",
                            .due = daybook_.clock().Now(),
                            .events = {{"a", {.type = "t"}}}}));
  daybook_.clock().Advance(absl::Minutes(5));
  EXPECT_EQ(daybook_({"health", "--max-lag", "10m"}).exit_code, 0);
  const CommandResult result = daybook_({"health", "--max-lag", "60s"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              HasSubstr("BAD   schedules: 1 pending, the first due for 5m"));
  EXPECT_THAT(result.out, HasSubstr(", 1 failed\n"));
}

TEST_F(HealthTest, BadLimitsAreUsage) {
  EXPECT_EQ(daybook_({"health", "--max-lag", "soon"}).exit_code, 2);
  EXPECT_EQ(daybook_({"health", "--max-lag=-1s"}).exit_code, 2);
  EXPECT_EQ(daybook_({"health", "--min-disk", "much"}).exit_code, 2);
  EXPECT_EQ(daybook_({"health", "--min-disk", "101%"}).exit_code, 2);
  EXPECT_EQ(daybook_({"health", "--max-parked", "-1"}).exit_code, 2);
}

TEST_F(HealthTest, WatchShowsLags) {
  SubscribeBehind();
  daybook_.set_while_asleep([] { SetReceivedSignal(SIGINT); });
  const CommandResult result = daybook_({"status", "--watch"});
  SetReceivedSignal(0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr(": 1 event, 0 a second"),
                    ContainsRegex("subscription +mailer +closed +0 +1, 5m"),
                    ContainsRegex("group +packers +closed +0 +1, 5m")));
}

// Of so many that not all are looked at, too.
TEST_F(HealthTest, WatchShowsRates) {
  daybook_.set_while_asleep([&] {
    AppendRequest request;
    for (int i = 0; i < 10'000; ++i) {
      request.events.push_back({i % 2 == 0 ? "a-1" : "b-1", {.type = "t"}});
    }
    for (int i = 0; i < 5; ++i) EXPECT_OK(daybook_.store().Append(request));
    SetReceivedSignal(SIGINT);
  });
  const CommandResult result = daybook_({"status", "--watch"});
  SetReceivedSignal(0);
  EXPECT_THAT(result.out, AllOf(HasSubstr("50,000 a second in 5 appends"),
                                ContainsRegex("a +25,000\nb +25,000")));
}

}  // namespace
}  // namespace daybook::tools
