// StateCache: the same states as without it, with less folding.

#include "daybook/replay/state_cache.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daybook/replay/transact.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Added;
using testing::CountingCart;
using testing::QuantityOf;
using testing::StatusIs;
using tests::v1::CartState;

class StateCacheTest : public ::testing::Test {
 protected:
  void AddTea(const std::string& stream = "cart-42", int times = 1) {
    for (int i = 0; i < times; ++i) {
      EXPECT_OK(
          Append(*store_, stream, ExpectedRevision::Any(), Added("tea", 1)));
    }
  }
  // What `boundary`, a stream or a query, has; and how many events that took.
  template <typename Boundary>
  uint32_t Tea(const Boundary& boundary) {
    CountingCart::folded = 0;
    const auto folded = cache_.Fold(boundary);
    EXPECT_OK(folded);
    return folded.ok() ? QuantityOf(folded->state, "tea") : 0;
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  StateCache<CountingCart> cache_{*store_, 2};
};

TEST_F(StateCacheTest, OnlyWhatIsNewIsFolded) {
  AddTea("cart-42", 10);
  EXPECT_EQ(Tea("cart-42"), 10);
  EXPECT_EQ(CountingCart::folded, 10);

  EXPECT_EQ(Tea("cart-42"), 10);
  EXPECT_EQ(CountingCart::folded, 0);

  AddTea("cart-42", 3);
  EXPECT_EQ(Tea("cart-42"), 13);
  EXPECT_EQ(CountingCart::folded, 3);
}

TEST_F(StateCacheTest, QueriesAreCachedLikewise) {
  const Query tea{.items = {{.tags = {"sku:tea"}}}};
  EXPECT_EQ(Tea(tea), 0);
  AddTea("cart-1", 2);
  AddTea("cart-2", 3);
  EXPECT_EQ(Tea(tea), 5);
  EXPECT_EQ(CountingCart::folded, 5);

  AddTea("cart-3");
  EXPECT_EQ(Tea(tea), 6);
  EXPECT_EQ(CountingCart::folded, 1);
}

TEST_F(StateCacheTest, PlaceIsThatOfAFoldWithoutCache) {
  AddTea("cart-42", 2);
  Tea("cart-42");
  AddTea("cart-1");

  ASSERT_OK_AND_ASSIGN(const Folded<CountingCart> cached,
                       cache_.Fold("cart-42"));
  ASSERT_OK_AND_ASSIGN(const Folded<CountingCart> folded,
                       Fold<CountingCart>(*store_, "cart-42"));

  EXPECT_EQ(cached.place.revision, folded.place.revision);
  EXPECT_EQ(cached.place.position, folded.place.position);
  EXPECT_EQ(cached.place.head, folded.place.head);
}

TEST_F(StateCacheTest, DeletedStreamIsNotRememberedEvenWhenItBeginsAgain) {
  AddTea("cart-42", 5);
  EXPECT_EQ(Tea("cart-42"), 5);
  ASSERT_OK(store_->DeleteStream("cart-42"));
  EXPECT_EQ(Tea("cart-42"), 0);

  AddTea("cart-42", 5);
  EXPECT_EQ(Tea("cart-42"), 5);
  ASSERT_OK(store_->DeleteStream("cart-42"));
  AddTea("cart-42", 1);
  EXPECT_EQ(Tea("cart-42"), 1);
}

TEST_F(StateCacheTest, TruncatedStreamIsFoldedAnew) {
  AddTea("cart-42", 5);
  EXPECT_EQ(Tea("cart-42"), 5);

  ASSERT_OK(
      store_->SetStreamMetadata("cart-42", {.truncate_before = Revision(3)}));

  EXPECT_EQ(Tea("cart-42"), 2);
}

TEST_F(StateCacheTest, StatesThatWereNotUsedForLongestAreDropped) {
  AddTea("cart-1");
  AddTea("cart-2");
  AddTea("cart-3");
  Tea("cart-1");
  Tea("cart-2");
  Tea("cart-1");
  Tea("cart-3");

  EXPECT_EQ(cache_.size(), 2);
  EXPECT_EQ(Tea("cart-1"), 1);
  EXPECT_EQ(CountingCart::folded, 0);
  EXPECT_EQ(Tea("cart-2"), 1);
  EXPECT_EQ(CountingCart::folded, 1);
}

TEST_F(StateCacheTest, CacheOfNoStatesKeepsNone) {
  StateCache<CountingCart> none(*store_, 0);
  AddTea();

  ASSERT_OK(none.Fold("cart-42"));

  EXPECT_EQ(none.size(), 0);
}

TEST_F(StateCacheTest, DecisionThatFailsLeavesNoTraceInTheCache) {
  AddTea();
  EXPECT_THAT(
      Transact<CountingCart>(*store_, "cart-42",
                             [](const CartState&, Emit<CountingCart>& emit) {
                               emit(Added("tea", 100));
                               return absl::InternalError("no");
                             },
                             {.cache = &cache_}),
      StatusIs(absl::StatusCode::kInternal));

  EXPECT_EQ(Tea("cart-42"), 1);
}

TEST_F(StateCacheTest, CacheOfAnotherStoreIsRefused) {
  const auto other = EventStore::OpenInMemory();

  EXPECT_THAT(Transact<CountingCart>(*other, "cart-42",
                                     [](const CartState&, Emit<CountingCart>&) {
                                       return absl::OkStatus();
                                     },
                                     {.cache = &cache_}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(StateCacheTest, ManyThreadsWithOneCacheLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kEach; ++n) {
        // Three streams in a cache for two.
        EXPECT_OK(Transact<CountingCart>(
            *store_, "cart-" + std::to_string((i + n) % 3),
            [](const CartState&, Emit<CountingCart>& emit) {
              emit(Added("tea", 1));
              return absl::OkStatus();
            },
            {.attempts = 1000, .cache = &cache_}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(Tea("cart-0") + Tea("cart-1") + Tea("cart-2"), kThreads * kEach);
}

}  // namespace
}  // namespace daybook
