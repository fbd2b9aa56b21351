#include "examples/shop/simulate.h"

#include <bit>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daybook/projections/typed_event.h"
#include "examples/shop/cart.h"
#include "examples/shop/events.pb.h"
#include "examples/shop/shop.h"

namespace shop {
namespace {

constexpr uint64_t kSkuCount = 100;
// How long an order waits to be shipped, in orders.
constexpr size_t kWaitingCount = 50;
// So many visits were made while prices were whole euros.
constexpr uint64_t kOldVisitCount = 500;

std::string SkuName(uint64_t number) {
  return absl::StrCat("sku-", absl::Dec(number, absl::kZeroPad3));
}

// One run of the simulation.
class Simulation {
 public:
  Simulation(daybook::EventStore& store, SimulatedClock& clock, uint64_t seed)
      : store_(store), clock_(clock), shop_(store), random_(seed) {}

  // One customer, from coming in to leaving, and what the staff does meanwhile.
  absl::Status Visit();

  const SimulationReport& report() const { return report_; }

 private:
  absl::Status BeginDay();
  absl::Status FillCart(const std::string& cart);
  // As carts were filled at first.
  absl::Status FillCartInEuros(const std::string& cart);
  absl::Status TryCoupon(const std::string& cart);
  absl::Status Buy(const std::string& cart);
  absl::Status FinishOrder(const std::string& order);

  // std::mt19937_64 is the same everywhere, std's distributions are not.
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  // A few articles are wanted often, most now and then: each power of two up to
  // the next as often as any other.
  uint64_t DrawSku() {
    const uint64_t first = uint64_t{1} << Below(std::bit_width(kSkuCount));
    return (first + Below(first) - 1) % kSkuCount + 1;
  }
  static uint64_t PriceEuros(uint64_t sku) { return 3 + sku * 37 % 60; }

  daybook::EventStore& store_;
  SimulatedClock& clock_;
  Shop shop_;
  std::mt19937_64 random_;
  SimulationReport report_;
  std::deque<std::string> waiting_;  // orders, to be shipped
  int64_t day_ = -1;
  std::string coupon_;  // of the day
};

absl::Status Simulation::Visit() {
  // Few come at night.
  const int64_t hour = absl::ToUnixSeconds(clock_.Now()) / 3600 % 24;
  const uint64_t seconds = hour >= 8 && hour < 22 ? 8 : 80;
  clock_.Advance(absl::Microseconds(Below(seconds * 1'000'000)));
  const int64_t day = absl::ToUnixSeconds(clock_.Now()) / 86'400;
  if (day != day_) {
    day_ = day;
    if (absl::Status status = BeginDay(); !status.ok()) return status;
  }

  const std::string cart = absl::StrCat(++report_.visits);
  absl::Status status =
      report_.visits <= kOldVisitCount ? FillCartInEuros(cart) : FillCart(cart);
  if (status.ok() && OneIn(50)) status = TryCoupon(cart);
  // One in four leaves the cart where it stands.
  if (status.ok() && !OneIn(4)) status = Buy(cart);
  if (status.ok() && waiting_.size() > kWaitingCount) {
    status = FinishOrder(waiting_.front());
    waiting_.pop_front();
  }
  return status;
}

absl::Status Simulation::BeginDay() {
  // As much as is wanted on most days.
  for (uint64_t sku = 1; sku <= kSkuCount; ++sku) {
    const auto quantity = static_cast<uint32_t>(8'000 / std::bit_floor(sku));
    absl::Status status = shop_.ReceiveStock(SkuName(sku), quantity);
    if (!status.ok()) return status;
  }
  coupon_ = absl::StrCat("DAY-", day_);
  return shop_.IssueCoupon(coupon_, /*percent_off=*/10,
                           /*redemptions_max=*/100);
}

absl::Status Simulation::FillCart(const std::string& cart) {
  std::vector<Decision<Cart>> changes;
  const uint64_t count = 1 + Below(5);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t sku = DrawSku();
    const auto quantity = static_cast<uint32_t>(1 + Below(2));
    changes.push_back(
        AddItem(cart, SkuName(sku), quantity, 100 * PriceEuros(sku) - 1));
    // Some think again.
    if (i > 0 && OneIn(10)) changes.push_back(RemoveItem(cart, SkuName(sku)));
  }
  return shop_.ChangeCart(cart, changes);
}

absl::Status Simulation::FillCartInEuros(const std::string& cart) {
  const uint64_t sku = DrawSku();
  ItemPut put;
  put.set_cart(cart);
  put.set_sku(SkuName(sku));
  put.set_quantity(1);
  put.set_price_euros(static_cast<uint32_t>(PriceEuros(sku)));
  return daybook::Append(store_, "cart-" + cart,
                         daybook::ExpectedRevision::NoStream(), put)
      .status();
}

absl::Status Simulation::TryCoupon(const std::string& cart) {
  absl::Status redeemed = shop_.RedeemCoupon(coupon_, cart);
  ++(redeemed.ok() ? report_.coupons_redeemed : report_.coupons_refused);
  // Used up: the customer buys nevertheless.
  return absl::IsResourceExhausted(redeemed) ? absl::OkStatus() : redeemed;
}

absl::Status Simulation::Buy(const std::string& cart) {
  absl::Status bought = shop_.Buy(cart);
  // The customer took out again what had been in the cart.
  if (absl::IsFailedPrecondition(bought)) return absl::OkStatus();
  const bool is_sold_out = absl::IsResourceExhausted(bought);
  if (!bought.ok() && !is_sold_out) return bought;
  ++report_.orders;
  if (is_sold_out) {
    ++report_.cancelled;
  } else {
    waiting_.push_back(cart);
  }
  return absl::OkStatus();
}

absl::Status Simulation::FinishOrder(const std::string& order) {
  if (!OneIn(50)) return shop_.ShipOrder(order);
  ++report_.cancelled;
  return shop_.CancelOrder(order, "the customer changed their mind");
}

}  // namespace

absl::StatusOr<SimulationReport> Simulate(daybook::EventStore& store,
                                          SimulatedClock& clock,
                                          const SimulationOptions& options) {
  if (store.Head().value() > 0) {
    return absl::FailedPreconditionError("the store is not empty");
  }
  Simulation simulation(store, clock, options.seed);
  while (store.Head().value() < options.event_count) {
    if (absl::Status status = simulation.Visit(); !status.ok()) return status;
  }
  return simulation.report();
}

}  // namespace shop
