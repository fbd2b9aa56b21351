// Transact on a query: a decision that rests on events of many streams.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daybook/replay/transact.h"
#include "daybook/store/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Added;
using testing::Cart;
using ::testing::ElementsAre;
using testing::Opened;
using testing::QuantityOf;
using testing::StatusIs;
using tests::v1::CartOpened;
using tests::v1::CartState;
using tests::v1::CartTotal;
using tests::v1::ItemAdded;

class TransactQueryTest : public ::testing::Test {
 protected:
  static Query Tea() { return {.items = {{.tags = {"sku:tea"}}}}; }

  EventStore& store() { return engine_->store(); }
  absl::Status Put(std::string_view stream, const std::string& sku) {
    return Append(store(), stream, ExpectedRevision::Any(), Added(sku, 1))
        .status();
  }
  // Sells one tea of at most `count` there are.
  absl::StatusOr<Transacted<CartTotal>> SellTea(
      std::string_view stream, uint32_t count,
      const TransactOptions<Cart>& options = {.attempts = 1000}) {
    return Transact<Cart>(
        store(), Tea(),
        [=](const CartState& sold,
            EmitTo<Cart>& emit) -> absl::StatusOr<CartTotal> {
          if (QuantityOf(sold, "tea") == count) {
            return absl::ResourceExhaustedError("sold out");
          }
          emit(stream, Added("tea", 1));
          CartTotal total;
          total.set_quantity(QuantityOf(sold, "tea"));
          return total;
        },
        options);
  }

  const std::unique_ptr<testing::Engine> engine_ =
      testing::RocksDbEngineFactory().make(StoreOptions());
};

TEST_F(TransactQueryTest, DecisionSeesAllStreamsAndNamesThoseItWritesTo) {
  ASSERT_OK(Put("cart-1", "tea"));
  ASSERT_OK(Put("cart-2", "tea"));

  ASSERT_OK_AND_ASSIGN(const Transacted<void> done,
                       Transact<Cart>(store(), Tea(),
                                      [](const CartState& sold,
                                         EmitTo<Cart>& emit) -> absl::Status {
                                        EXPECT_EQ(QuantityOf(sold, "tea"), 2);
                                        emit("cart-3", Opened("3"));
                                        emit("cart-4", Added("tea", 1));
                                        EXPECT_EQ(QuantityOf(sold, "tea"), 3);
                                        return absl::OkStatus();
                                      }));

  EXPECT_THAT(done.append->streams,
              ElementsAre(StreamEnd{"cart-3", Revision(0)},
                          StreamEnd{"cart-4", Revision(0)}));
}

TEST_F(TransactQueryTest, OnlyAnEventThatMatchesMakesItDecideAgain) {
  for (const auto& [sku, runs_expected] :
       {std::pair<std::string, int>("coffee", 1), {"tea", 2}}) {
    int runs = 0;
    ASSERT_OK(Transact<Cart>(
        store(), Tea(), [&, sku = sku](const CartState&, EmitTo<Cart>& emit) {
          if (++runs == 1) {
            EXPECT_OK(Put("cart-9", sku));
          }
          emit("cart-1", Added("tea", 1));
          return absl::OkStatus();
        }));
    EXPECT_EQ(runs, runs_expected) << sku;
  }
}

TEST_F(TransactQueryTest, AfterTheLastAttemptTheConflictComesBack) {
  const auto done = Transact<Cart>(
      store(), Tea(),
      [&](const CartState&, EmitTo<Cart>& emit) -> absl::Status {
        EXPECT_OK(Put("cart-9", "tea"));
        emit("cart-1", Added("tea", 1));
        return absl::OkStatus();
      },
      {.attempts = 2, .backoff = {.sleep = [](absl::Duration) {}}});

  EXPECT_THAT(done, StatusIs(absl::StatusCode::kAborted));
  EXPECT_NE(GetConditionConflict(done.status()), std::nullopt);
}

TEST_F(TransactQueryTest, UsedAppendKeyGivesTheStoredResult) {
  ASSERT_OK(SellTea("cart-1", 1, {.append_key = "r1"}));

  ASSERT_OK_AND_ASSIGN(const Transacted<CartTotal> again,
                       SellTea("cart-2", 1, {.append_key = "r1"}));

  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.result.quantity(), 1);
  EXPECT_EQ(again.append->streams.front().stream, "cart-1");
}

TEST_F(TransactQueryTest, EventWithoutAStreamToGoToIsInvalid) {
  EXPECT_THAT(SellTea("", 1), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SellTea("$mine", 1),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(TransactQueryTest, ManyBuyersOnManyStreamsNeverBuyMoreThanThereIs) {
  std::vector<std::thread> threads;
  threads.reserve(16);
  std::atomic<int> sold = 0;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      const auto done = SellTea("cart-" + std::to_string(i), 5);
      if (done.ok()) {
        ++sold;
      } else {
        EXPECT_THAT(done, StatusIs(absl::StatusCode::kResourceExhausted));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(sold, 5);
  ASSERT_OK_AND_ASSIGN(const Folded<Cart> all, Fold<Cart>(store(), Tea()));
  EXPECT_EQ(QuantityOf(all.state, "tea"), 5);
}

}  // namespace
}  // namespace daybook
