// Snapshots: what a load costs with them, when they are written, and that
// nothing waits for that.

#include "daybook/replay/snapshots.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daybook/replay/transact.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/replay/snapshots_fixture.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Added;
using testing::CountingCart;
using ::testing::ElementsAre;
using testing::FakeClock;
using ::testing::Ge;
using ::testing::HasSubstr;
using testing::HeldExecutor;
using ::testing::IsEmpty;
using testing::KeptLines;
using ::testing::Le;
using ::testing::Lt;
using testing::QuantityOf;
using ::testing::SizeIs;
using testing::StatusIs;
using Carts = Snapshots<CountingCart>;

class SnapshotsTest : public testing::SnapshotsFixture {};
DAYBOOK_FOR_SNAPSHOT_ENGINES(SnapshotsTest);

TEST_P(SnapshotsTest, LoadReadsFewEventsHoweverLongTheStreamIs) {
  constexpr int kEach = 100;
  Carts carts(store(), "cart", {.event_count = kEach});
  for (const int length : {10, 1'000, 100'000}) {
    const std::string stream = "cart-" + std::to_string(length);
    AddTea(stream, length);
    EXPECT_EQ(ExpectEqualToFold(carts, stream), length);
    carts.Flush();

    for (int more = 0; more < 3 * kEach; more += 60) {
      EXPECT_THAT(ExpectEqualToFold(carts, stream), Lt(kEach + 60));
      carts.Flush();
      EXPECT_THAT(ExpectEqualToFold(carts, stream), Lt(kEach));
      AddTea(stream, 60);
    }
  }
}

TEST_P(SnapshotsTest, ReopenedStoreHasItsSnapshots) {
  AddTea("cart-42", 50);
  {
    Carts carts(store(), "cart", {.event_count = 10});
    ASSERT_OK(carts.Fold("cart-42"));
  }
  engine_->Reopen();

  Carts carts(store(), "cart", {.event_count = 10});

  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 0);
  EXPECT_EQ(carts.counters().used, 1);
}

TEST_P(SnapshotsTest, QueryIsSavedLikewise) {
  const Query tea{.items = {{.tags = {"sku:tea"}}}};
  const Query other{.items = {{.tags = {"sku:milk"}}}};
  Carts carts(store(), "cart", {.event_count = 10});
  AddTea("cart-1", 20);
  AddTea("cart-2", 20);
  EXPECT_EQ(ExpectEqualToFold(carts, tea), 40);
  carts.Flush();
  AddTea("cart-3", 3);

  EXPECT_EQ(ExpectEqualToFold(carts, tea), 3);
  EXPECT_EQ(ExpectEqualToFold(carts, other), 0);
  EXPECT_EQ(ExpectEqualToFold(carts, "cart-1"), 20);
  EXPECT_EQ(carts.counters().used, 1);
}

TEST_P(SnapshotsTest, FoldAsOfAMomentBeginsAtTheSnapshotBelowIt) {
  Carts carts(store(), "cart", {.event_count = 100});
  for (int i = 0; i < 40; ++i) {
    AddTea("cart-42", 100);
    ASSERT_OK(carts.Fold("cart-42"));
    carts.Flush();
  }
  const auto cart = Fold<CountingCart>(store(), "cart-42");
  ASSERT_OK(cart);
  EXPECT_THAT(List(), SizeIs(Le(8)));
  const SnapshotCounters before = carts.counters();

  for (const uint64_t age : {0, 1, 99, 101, 150, 350, 700, 1500}) {
    const Position moment(cart->place.position->value() - age);
    EXPECT_THAT(ExpectEqualToFold(carts, "cart-42", moment),
                Le(4 * (static_cast<int>(age) + 100)));
    EXPECT_THAT(ExpectEqualToFold(carts, "cart-42",
                                  store().ReadEvent(moment)->recorded_at),
                Le(4 * (static_cast<int>(age) + 100)));
  }
  // A look at the past changes nothing.
  carts.Flush();
  EXPECT_EQ(carts.counters().written, before.written);
}

TEST_P(SnapshotsTest, MomentBeforeEverySnapshotIsFoldedFromTheFirstEvent) {
  Carts carts(store(), "cart", {.event_count = 10});
  AddTea("cart-42", 50);
  const Position middle(store().Head().value() - 20);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();

  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42", middle), 31);
  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42", absl::InfinitePast()), 0);
}

TEST_P(SnapshotsTest, DeletedStreamIsFoldedAnew) {
  Carts carts(store(), "cart", {.event_count = 10});
  AddTea("cart-42", 50);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();

  ASSERT_OK(store().DeleteStream("cart-42"));
  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 0);
  carts.Flush();
  EXPECT_THAT(List(), IsEmpty());

  AddTea("cart-42", 30);
  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 30);
  carts.Flush();
  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 0);
  EXPECT_EQ(carts.counters().stream_changed, 1);
}

TEST_P(SnapshotsTest, TruncatedStreamIsFoldedAnew) {
  Carts carts(store(), "cart", {.event_count = 10});
  AddTea("cart-42", 50);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();

  ASSERT_OK(
      store().SetStreamMetadata("cart-42", {.truncate_before = Revision(20)}));

  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 30);
  carts.Flush();
  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 0);
}

TEST_P(SnapshotsTest, StreamWhoseBeginMovesGetsNone) {
  Carts carts(store(), "cart", {.event_count = 10});
  ASSERT_OK(store().SetStreamMetadata("cart-42", {.max_count = 30}));
  AddTea("cart-42", 50);

  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 30);
  carts.Flush();

  EXPECT_THAT(List(), IsEmpty());
}

TEST_P(SnapshotsTest, NothingIsAppendedToTheStore) {
  AddTea("cart-42", 50);
  const Position head = store().Head();
  {
    Carts carts(store(), "cart", {.event_count = 10});
    ASSERT_OK(carts.Fold("cart-42"));
  }
  EXPECT_EQ(store().Head(), head);
}

TEST_P(SnapshotsTest, CacheBeforeThemFoldsLessAndStillHasThemWritten) {
  StateCache<CountingCart> cache(store(), 100);
  Carts carts(store(), "cart", {.event_count = 10});
  AddTea("cart-42", 25);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();

  CountingCart::folded = 0;
  for (int i = 0; i < 25; ++i) {
    ASSERT_OK(Transact<CountingCart>(store(), "cart-42",
                                     testing::AddTo<CountingCart>("tea", 1),
                                     {.cache = &cache, .snapshots = &carts}));
    carts.Flush();
  }
  // Each event once when it is emitted and once when it is read.
  EXPECT_EQ(CountingCart::folded, 25 + 24);
  EXPECT_EQ(carts.counters().written, 3);

  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 5);
}

TEST_P(SnapshotsTest, CacheOfAQueryHasThemWrittenToo) {
  const Query tea{.items = {{.tags = {"sku:tea"}}}};
  StateCache<CountingCart> cache(store(), 100);
  Carts carts(store(), "cart", {.event_count = 10});
  ASSERT_OK(cache.Fold(tea, &carts));
  for (int i = 0; i < 25; ++i) {
    AddTea("cart-" + std::to_string(i % 3));
    ASSERT_OK(cache.Fold(tea, &carts));
    carts.Flush();
  }

  EXPECT_EQ(ExpectEqualToFold(carts, tea), 5);
}

TEST_P(SnapshotsTest, ManyThreadsDecideOnThemAndLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  StateCache<CountingCart> cache(store(), 2);
  Carts carts(store(), "cart", {.event_count = 5, .kept_count = 3});
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kEach; ++n) {
        EXPECT_OK(Transact<CountingCart>(
            store(), "cart-" + std::to_string((i + n) % 3),
            testing::AddTo<CountingCart>("tea", 1),
            {.attempts = 1000,
             .cache = i % 2 == 0 ? &cache : nullptr,
             .snapshots = &carts}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  carts.Flush();

  uint32_t total = 0;
  for (const char* stream : {"cart-0", "cart-1", "cart-2"}) {
    EXPECT_THAT(ExpectEqualToFold(carts, std::string(stream)), Ge(0));
    total += QuantityOf(carts.Fold(stream)->state, "tea");
  }
  EXPECT_EQ(total, kThreads * kEach);
  EXPECT_THAT(carts.counters().used, Ge(1));
  EXPECT_EQ(carts.counters().damaged + carts.counters().stream_changed, 0);
}

// --- What does not depend on the engine -------------------------------------

class SnapshotPolicyTest : public ::testing::Test {
 protected:
  void AddTea(const std::string& stream, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(
          Append(*store_, stream, ExpectedRevision::Any(), Added("tea", 1)));
    }
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  KeptLines lines_;
};

TEST_F(SnapshotPolicyTest, OneIsDueAfterThatManyEvents) {
  Carts carts(*store_, "cart", {.event_count = 10});
  AddTea("cart-42", 9);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();
  EXPECT_EQ(carts.counters().written, 0);

  AddTea("cart-42", 1);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();
  EXPECT_EQ(carts.counters().written, 1);

  AddTea("cart-42", 9);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();
  EXPECT_EQ(carts.counters().written, 1);
}

FakeClock& SlowClock() {
  static auto* const kClock = new FakeClock;
  return *kClock;
}

// Takes its time over each event.
struct SlowCart {
  using State = CountingCart::State;
  using Events = CountingCart::Events;
  static constexpr int kRevision = 1;

  template <typename Event>
  static void Evolve(State& cart, const Event& event) {
    SlowClock().Advance(absl::Milliseconds(10));
    CountingCart::Evolve(cart, event);
  }
};

TEST_F(SnapshotPolicyTest, OneIsDueWhenReadingTookLong) {
  Snapshots<SlowCart> carts(
      *store_, "cart",
      {.replay_time = absl::Milliseconds(45), .clock = &SlowClock()});
  AddTea("cart-42", 4);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();
  EXPECT_EQ(carts.counters().written, 0);

  AddTea("cart-42", 1);
  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();
  EXPECT_EQ(carts.counters().written, 1);
}

TEST_F(SnapshotPolicyTest,
       WhatDoesNotFitIntoTheQueueIsDroppedAndWaitsForNoOne) {
  const auto held = std::make_shared<HeldExecutor>();
  Carts carts(*store_, "cart",
              {.event_count = 10, .queue_count_max = 2, .executor = held});
  for (const char* stream : {"cart-1", "cart-2", "cart-3"}) {
    AddTea(stream, 20);
    ASSERT_OK(carts.Fold(stream));
    // It waits already: not once more.
    ASSERT_OK(carts.Fold(stream));
  }
  EXPECT_EQ(carts.counters().dropped, 2);
  EXPECT_EQ(carts.counters().written, 0);
  AddTea("cart-1", 1);

  held->RunAll();
  EXPECT_EQ(carts.counters().written, 2);

  // What was dropped is due again.
  ASSERT_OK(carts.Fold("cart-3"));
  held->RunAll();
  EXPECT_EQ(carts.counters().written, 3);
}

TEST_F(SnapshotPolicyTest, QueueIsBoundedInBytesToo) {
  const auto held = std::make_shared<HeldExecutor>();
  Carts carts(*store_, "cart",
              {.event_count = 1, .queue_bytes_max = 15, .executor = held});
  for (const char* stream : {"cart-1", "cart-2", "cart-3"}) {
    AddTea(stream, 1);
    ASSERT_OK(carts.Fold(stream));
  }

  held->RunAll();

  EXPECT_EQ(carts.counters().written, 1);
  EXPECT_EQ(carts.counters().dropped, 2);
}

// Grows by 9 MiB with each event.
struct LargeCart {
  using State = CountingCart::State;
  using Events = CountingCart::Events;
  static constexpr int kRevision = 1;

  template <typename Event>
  static void Evolve(State& cart, const Event& /*event*/) {
    cart.mutable_cart()->append(9 << 20, 'x');
  }
};

TEST_F(SnapshotPolicyTest, StateAboveTheLimitOfRowsIsNotWrittenAndSaidOnce) {
  Snapshots<LargeCart> carts(*store_, "cart",
                             {.event_count = 1, .logger = &lines_});
  AddTea("cart-42", 2);

  ASSERT_OK(carts.Fold("cart-42"));
  carts.Flush();

  EXPECT_EQ(carts.counters().too_large, 1);
  EXPECT_EQ(carts.counters().written, 0);
  EXPECT_THAT(lines_.lines(), ElementsAre(HasSubstr("not written")));
}

TEST_F(SnapshotPolicyTest, WriteThatFailsFailsNothingElse) {
  const auto held = std::make_shared<HeldExecutor>();
  Carts carts(*store_, "cart",
              {.event_count = 1, .logger = &lines_, .executor = held});
  AddTea("cart-42", 1);
  ASSERT_OK(carts.Fold("cart-42"));
  ASSERT_OK(store_->Close(absl::Minutes(1)));

  held->RunAll();

  EXPECT_EQ(carts.counters().failed, 1);
  EXPECT_THAT(lines_.lines(), ElementsAre(HasSubstr("not written")));
  EXPECT_THAT(carts.Fold("cart-42"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(SnapshotPolicyTest, NameThatCantBeAKeyIsRefused) {
  for (const std::string& name :
       {std::string(), std::string("a\0b", 3), std::string(257, 'n')}) {
    Carts carts(*store_, name);
    EXPECT_THAT(carts.Fold("cart-42"),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  Carts carts(*store_, std::string(256, 'n'));
  EXPECT_OK(carts.Fold("cart-42"));
}

TEST_F(SnapshotPolicyTest, SnapshotsOfAnotherStoreAreRefused) {
  const auto other = EventStore::OpenInMemory();
  Carts carts(*store_, "cart");

  EXPECT_THAT(Transact<CountingCart>(*other, "cart-42",
                                     testing::AddTo<CountingCart>("tea", 1),
                                     {.snapshots = &carts}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace daybook
