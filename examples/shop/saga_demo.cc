#include "examples/shop/saga_demo.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "daybook/projections/event_set.h"
#include "daybook/replay/fold.h"
#include "examples/shop/cart.h"
#include "examples/shop/order_saga.h"
#include "examples/shop/order_services.h"
#include "examples/shop/payment.h"
#include "examples/shop/shop.h"
#include "examples/shop/stock.h"

namespace shop {
namespace {

using daybook::EventStore;
using daybook::EventView;
using daybook::Fold;

struct Item {
  std::string sku;
  uint32_t quantity;
  uint64_t price_cents;
};
struct Story {
  std::string order;
  std::string_view what;
  std::vector<Item> items;
};

const std::vector<Story>& Stories() {
  static const auto* const kStories =
      new std::vector<Story>{{"saga-well",
                              "everything goes well",
                              {{"saga-tea", 2, 4'50}, {"saga-cup", 1, 9'00}}},
                             {"saga-sold-out",
                              "there are not so many cups",
                              {{"saga-tea", 1, 4'50}, {"saga-cup", 5, 9'00}}},
                             {"saga-dear",
                              "the customer can't pay that much",
                              {{"saga-tea", 1, 4'50}, {"saga-pot", 1, 600'00}}},
                             {"saga-heavy",
                              "no parcel holds that many",
                              {{"saga-tea", 25, 4'50}, {"saga-cup", 1, 9'00}}}};
  return *kStories;
}

// --- What is done ------------------------------------------------------------

absl::Status StockUp(EventStore& store, Shop& shop, const std::string& sku,
                     uint32_t quantity) {
  const auto stock = Fold<Stock>(store, "stock-" + sku);
  if (!stock.ok()) return stock.status();
  if (stock->place.revision.has_value()) return absl::OkStatus();
  return shop.ReceiveStock(sku, quantity);
}

absl::Status PlaceOrder(EventStore& store, Shop& shop, const Story& story) {
  const auto cart = Fold<Cart>(store, "cart-" + story.order);
  if (!cart.ok()) return cart.status();
  if (cart->state.lines().empty()) {
    std::vector<Decision<Cart>> fill;
    for (const Item& item : story.items) {
      fill.push_back(
          AddItem(story.order, item.sku, item.quantity, item.price_cents));
    }
    absl::Status filled = shop.ChangeCart(story.order, fill);
    if (!filled.ok()) return filled;
  }
  return shop.PlaceOrder(story.order);
}

// Until nothing is left to ask or to answer.
absl::Status CarryOut(EventStore& store) {
  const auto saga = OpenOrderSaga(store);
  if (!saga.ok()) return saga.status();
  const auto services = OrderServices::Open(store);
  if (!services.ok()) return services.status();
  while ((*saga)->checkpoint() < store.Head() ||
         (*services)->checkpoint() < store.Head()) {
    auto step = (*saga)->Step(absl::ZeroDuration());
    if (!step.ok()) return step.status();
    step = (*services)->Step(absl::ZeroDuration());
    if (!step.ok()) return step.status();
  }
  return absl::OkStatus();
}

// --- What is told ------------------------------------------------------------

// Why not, of an event that says so.
absl::StatusOr<std::string> ReasonOf(const EventView& event) {
  using Refusals = daybook::EventSet<StockRefused, ChargeRefused,
                                     ShippingRefused, OrderCancelled>;
  std::string reason;
  const auto take = [&](const auto& message) { reason = message.reason(); };
  absl::Status visited = Refusals::Visit(
      event, daybook::Overloaded{
                 [&](const StockRefused& refused) { take(refused); },
                 [&](const ChargeRefused& refused) { take(refused); },
                 [&](const ShippingRefused& refused) { take(refused); },
                 [&](const OrderCancelled& cancelled) { take(cancelled); }});
  if (!visited.ok()) return visited;
  return reason;
}

absl::Status Tell(EventStore& store, const Story& story, std::ostream& out) {
  out << absl::StreamFormat("%s: %s\n", story.order, std::string(story.what));
  auto events =
      store.ReadQuery({.items = {{.tags = {"order:" + story.order}}}});
  if (!events.ok()) return events.status();
  for (const EventView& event : *events) {
    // Accounting, which the saga does not look at.
    if (daybook::Is<ItemSold>(event) || daybook::Is<SaleCancelled>(event)) {
      continue;
    }
    const auto reason = ReasonOf(event);
    if (!reason.ok()) return reason.status();
    out << absl::StreamFormat("%6d  %-24s %s%s%s\n", event.position.value(),
                              std::string(event.stream),
                              std::string(event.type),
                              reason->empty() ? "" : ": ", *reason);
  }
  if (!events->status().ok()) return events->status();
  const auto payment = Fold<Payment>(store, "payment-" + story.order);
  if (!payment.ok()) return payment.status();
  out << absl::StreamFormat("        paid, in the end: %d cents\n\n",
                            payment->state.cents());
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowSaga(EventStore& store, std::ostream& out) {
  const std::vector<Item> supplies = {
      {"saga-tea", 100, 0}, {"saga-cup", 3, 0}, {"saga-pot", 1, 0}};
  Shop shop(store);
  for (const Item& item : supplies) {
    absl::Status stocked = StockUp(store, shop, item.sku, item.quantity);
    if (!stocked.ok()) return stocked;
  }
  for (const Story& story : Stories()) {
    absl::Status placed = PlaceOrder(store, shop, story);
    if (!placed.ok()) return placed;
  }
  absl::Status done = CarryOut(store);
  if (!done.ok()) return done;

  for (const Story& story : Stories()) {
    absl::Status told = Tell(store, story, out);
    if (!told.ok()) return told;
  }
  for (const Item& item : supplies) {
    const auto stock = Fold<Stock>(store, "stock-" + item.sku);
    if (!stock.ok()) return stock.status();
    out << absl::StreamFormat("of %d %s are left: %d\n", item.quantity,
                              item.sku, stock->state.available());
  }
  return absl::OkStatus();
}

}  // namespace shop
