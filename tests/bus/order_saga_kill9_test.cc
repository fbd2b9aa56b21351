// Kills a shop whose customers place orders, while its saga and the services
// that it asks carry them out, with kill -9 at a random moment: in the end each
// order is shipped and paid for, or cancelled and as if it had not been, and
// what is not shipped is in stock.
//
// The child is this binary started afresh.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/replay/fold.h"
#include "examples/shop/order.h"
#include "examples/shop/order_saga.h"
#include "examples/shop/order_services.h"
#include "examples/shop/payment.h"
#include "examples/shop/shop.h"
#include "examples/shop/stock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace shop {
namespace {

using daybook::EventStore;
using daybook::EventView;
using daybook::Fold;
using daybook::Reactor;
using daybook::testing::ChildProcess;
using daybook::testing::Draw;
using daybook::testing::FaultRun;
using daybook::testing::OneIn;
using daybook::testing::Random;
using daybook::testing::TemporaryFolder;
using ::testing::IsEmpty;

constexpr uint32_t kTeaCount = 1'000'000;
// So few that they are sold out in the end.
constexpr uint32_t kCupCount = 100;
constexpr std::string_view kOrderStreams = "order-";

daybook::StoreOptions Options() {
  daybook::StoreOptions options;
  options.durability = daybook::Durability::Interval(absl::Milliseconds(20));
  options.memory_budget = daybook::MemoryBudget::Create(16 << 20);
  return options;
}

absl::StatusOr<std::unique_ptr<OrderServices>> OpenServices(EventStore& store) {
  return OrderServices::Open(
      store, {.charge_cents_max = 100'00, .parcel_count_max = 5});
}

// Says what is wrong and ends the child.
int Wrong(const absl::Status& status) {
  std::printf("WRONG: %s\n", status.ToString().c_str());
  std::fflush(stdout);
  std::_Exit(3);
}

template <typename SagaOrServices>
std::thread Run(SagaOrServices& one) {
  return std::thread([&one] {
    while (true) {
      const auto step = one.Step(absl::Milliseconds(20));
      if (!step.ok()) Wrong(step.status());
    }
  });
}

int SellUntilKilled(const std::map<std::string, std::string>& arguments) {
  const std::string seed_text = arguments.at("seed");
  uint64_t seed;
  if (!absl::SimpleAtoi(seed_text, &seed)) return 2;
  const auto store = EventStore::Open(arguments.at("store"), Options());
  if (!store.ok()) return Wrong(store.status());
  const auto saga = OpenOrderSaga(**store);
  if (!saga.ok()) return Wrong(saga.status());
  const auto services = OpenServices(**store);
  if (!services.ok()) return Wrong(services.status());
  const std::thread asking = Run(**saga);
  const std::thread answering = Run(**services);
  Shop shop(**store);
  Random random(seed);
  for (uint64_t i = 0;; ++i) {
    const std::string order = absl::StrCat(seed_text, "x", i);
    const auto teas = static_cast<uint32_t>(1 + Draw(random, 5));
    // Too dear, now and then.
    const uint64_t cents = OneIn(random, 4) ? 60'00 : 4'50;
    absl::Status placed = shop.ChangeCart(
        order,
        {AddItem(order, "tea", teas, cents), AddItem(order, "cup", 1, 9'00)});
    placed.Update(shop.PlaceOrder(order));
    if (!placed.ok()) return Wrong(placed);
  }
}

const bool kRegistered =
    daybook::testing::RegisterChild("order_saga_kill9", SellUntilKilled);

class OrderSagaKill9Test : public ::testing::Test {
 protected:
  void Open() {
    auto store = EventStore::Open(folder_ / "store", Options());
    ASSERT_OK(store);
    store_ = *std::move(store);
  }
  // Until nothing is left to ask or to answer.
  void CarryOut() {
    const auto saga = OpenOrderSaga(*store_);
    ASSERT_OK(saga);
    const auto services = OpenServices(*store_);
    ASSERT_OK(services);
    while ((*saga)->checkpoint() < store_->Head() ||
           (*services)->checkpoint() < store_->Head()) {
      ASSERT_OK((*saga)->Step(absl::ZeroDuration()));
      ASSERT_OK((*services)->Step(absl::ZeroDuration()));
    }
    for (const auto& [order, state] : Orders()) {
      EXPECT_THAT(*(*saga)->StateOf(order), IsEmpty()) << order;
    }
  }
  std::map<std::string, OrderState> Orders() {
    std::map<std::string, OrderState> orders;
    auto log = store_->ReadLog();
    EXPECT_OK(log);
    if (!log.ok()) return orders;
    for (const EventView& event : *log) {
      if (!event.stream.starts_with(kOrderStreams)) continue;
      orders[std::string(event.stream.substr(kOrderStreams.size()))];
    }
    EXPECT_OK(log->status());
    for (auto& [order, state] : orders) {
      state = StateOf<Order>(absl::StrCat("order-", order));
    }
    return orders;
  }
  template <daybook::Decider D>
  typename D::State StateOf(const std::string& stream) {
    auto folded = Fold<D>(*store_, stream);
    EXPECT_OK(folded);
    return folded.ok() ? folded->state : typename D::State();
  }

  const TemporaryFolder folder_;
  std::unique_ptr<EventStore> store_;
};

TEST_F(OrderSagaKill9Test, EachOrderIsShippedAndPaidForOrTakenBack) {
  FaultRun run;
  Open();
  ASSERT_OK(Shop(*store_).ReceiveStock("tea", kTeaCount));
  ASSERT_OK(Shop(*store_).ReceiveStock("cup", kCupCount));
  store_.reset();
  uint64_t kills = 0;
  while (run.More()) {
    ChildProcess child("order_saga_kill9",
                       {{"store", folder_ / "store"},
                        {"seed", absl::StrCat(run.random()() % 1'000'000'000)}},
                       folder_ / "output");
    absl::SleepFor(absl::Milliseconds(100 + Draw(run.random(), 400)));
    child.Kill();
    const int status = child.Wait();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the child ended by itself: " << status << "\n"
        << child.Output() << run.Replay();
    ++kills;
  }
  Open();
  CarryOut();
  std::map<std::string, uint64_t> shipped;
  uint64_t shipped_count = 0;
  const std::map<std::string, OrderState> orders = Orders();
  for (const auto& [order, state] : orders) {
    EXPECT_NE(state.is_shipped(), state.is_cancelled())
        << order << run.Replay();
    uint64_t cents = 0;
    if (state.is_shipped()) {
      ++shipped_count;
      for (const Line& line : state.lines()) {
        shipped[line.sku()] += line.quantity();
        cents += line.cents();
      }
    }
    EXPECT_EQ(StateOf<Payment>(absl::StrCat("payment-", order)).cents(), cents)
        << order << run.Replay();
  }
  EXPECT_EQ(StateOf<Stock>("stock-tea").available() + shipped["tea"], kTeaCount)
      << run.Replay();
  EXPECT_EQ(StateOf<Stock>("stock-cup").available() + shipped["cup"], kCupCount)
      << run.Replay();
  run.Report(absl::StrCat(kills, " kills, ", shipped_count, " of ",
                          orders.size(), " orders shipped"));
}

}  // namespace
}  // namespace shop
