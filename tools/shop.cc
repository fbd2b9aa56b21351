#include "tools/shop.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "daybook/projections/typed_event.h"
#include "tools/shop.pb.h"
#include "tools/skew.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

namespace v1 = daybook::shop::v1;

constexpr uint64_t kArticles = 1000;
constexpr size_t kItemsMax = 12;
constexpr uint32_t kQuantityMax = 4;
// Between two events, on average half of it.
constexpr int64_t kGapMicrosMax = 200'000;
constexpr uint64_t kCartsPerCustomer = 3;

std::string Sku(uint32_t article) { return absl::StrFormat("A-%04d", article); }

// 1.49 to 99.49, the same for an article at all times.
uint64_t PriceCents(uint32_t article) {
  return 149 + uint64_t{article} * 7919 % 99 * 100;
}

}  // namespace

Shop::Shop(uint64_t seed, uint64_t stream_count)
    : random_(seed),
      ids_(IdSource::Seeded(seed)),
      now_(absl::FromCivil(absl::CivilDay(2024, 1, 1), absl::UTCTimeZone())),
      carts_(stream_count / 2) {}

absl::Status Shop::Register(EventStore& store) {
  return RegisterEvents<v1::CartOpened, v1::ItemAdded, v1::ItemRemoved,
                        v1::CartCheckedOut, v1::OrderPlaced, v1::OrderPaid,
                        v1::OrderShipped>(store);
}

void Shop::Step(uint64_t room, std::vector<StreamEvent>& events) {
  events_ = &events;
  const uint64_t number = ChooseSkewed(random_, carts_.size());
  const Cart& cart = carts_[number - 1];
  const uint64_t roll = ChooseEvenly(random_, 100);
  switch (cart.phase) {
    case Phase::kEmpty:
      return Open(number);
    case Phase::kPlaced:
      return Pay(number);
    case Phase::kPaid:
      return Ship(number);
    case Phase::kShopping:
      break;
  }
  // Checking out takes two events.
  const bool wants_out = roll < 20 || cart.items.size() == kItemsMax;
  if (!cart.items.empty() && wants_out && room >= 2) return CheckOut(number);
  if (!cart.items.empty() && (roll < 35 || cart.items.size() == kItemsMax)) {
    return RemoveItem(number);
  }
  return AddItem(number);
}

template <typename M>
void Shop::Emit(std::string_view room, uint64_t number, const M& message) {
  now_ += absl::Microseconds(
      static_cast<int64_t>(ChooseEvenly(random_, kGapMicrosMax)));
  // Neither fails: a test makes one of each.
  absl::StatusOr<NewEvent> event = EventTypeOf<M>()->MakeEvent(message);
  assert(event.ok());
  event->occurred_at = now_;
  event->id = ids_->NewId(now_);
  events_->push_back({Concat(room, "-", number), *std::move(event)});
}

void Shop::Open(uint64_t number) {
  v1::CartOpened opened;
  opened.set_cart(number);
  opened.set_customer(CustomerOf(number));
  carts_[number - 1].phase = Phase::kShopping;
  Emit("cart", number, opened);
}

void Shop::AddItem(uint64_t number) {
  std::vector<Item>& items = carts_[number - 1].items;
  const Item item = {
      .article = static_cast<uint32_t>(ChooseSkewed(random_, kArticles)),
      .quantity =
          static_cast<uint32_t>(1 + ChooseEvenly(random_, kQuantityMax))};
  const auto found = std::find_if(
      items.begin(), items.end(),
      [&](const Item& other) { return other.article == item.article; });
  if (found == items.end()) {
    items.push_back(item);
  } else {
    found->quantity += item.quantity;
  }
  v1::ItemAdded added;
  added.set_cart(number);
  added.set_customer(CustomerOf(number));
  added.set_sku(Sku(item.article));
  added.set_quantity(item.quantity);
  added.set_price_cents(PriceCents(item.article));
  Emit("cart", number, added);
}

void Shop::RemoveItem(uint64_t number) {
  std::vector<Item>& items = carts_[number - 1].items;
  const auto place =
      static_cast<std::ptrdiff_t>(ChooseEvenly(random_, items.size()));
  const Item item = items[static_cast<size_t>(place)];
  items.erase(items.begin() + place);
  v1::ItemRemoved removed;
  removed.set_cart(number);
  removed.set_customer(CustomerOf(number));
  removed.set_sku(Sku(item.article));
  removed.set_quantity(item.quantity);
  Emit("cart", number, removed);
}

void Shop::CheckOut(uint64_t number) {
  Cart& cart = carts_[number - 1];
  cart.order = ++last_order_;
  v1::OrderPlaced placed;
  placed.set_order(cart.order);
  placed.set_cart(number);
  placed.set_customer(CustomerOf(number));
  cart.total_cents = 0;
  for (const Item& item : cart.items) {
    v1::OrderLine& line = *placed.add_lines();
    line.set_sku(Sku(item.article));
    line.set_quantity(item.quantity);
    line.set_price_cents(PriceCents(item.article));
    cart.total_cents += item.quantity * PriceCents(item.article);
  }
  placed.set_total_cents(cart.total_cents);
  v1::CartCheckedOut checked_out;
  checked_out.set_cart(number);
  checked_out.set_customer(CustomerOf(number));
  checked_out.set_order(cart.order);
  checked_out.set_total_cents(cart.total_cents);
  cart.items.clear();
  cart.phase = Phase::kPlaced;

  Emit("cart", number, checked_out);
  Emit("order", number, placed);
}

void Shop::Pay(uint64_t number) {
  Cart& cart = carts_[number - 1];
  v1::OrderPaid paid;
  paid.set_order(cart.order);
  paid.set_customer(CustomerOf(number));
  paid.set_amount_cents(cart.total_cents);
  paid.set_method(static_cast<v1::PaymentMethod>(1 + ChooseEvenly(random_, 3)));
  cart.phase = Phase::kPaid;
  Emit("order", number, paid);
}

void Shop::Ship(uint64_t number) {
  Cart& cart = carts_[number - 1];
  v1::OrderShipped shipped;
  shipped.set_order(cart.order);
  shipped.set_customer(CustomerOf(number));
  shipped.set_parcel(
      absl::StrFormat("P%010d", ChooseEvenly(random_, 10'000'000'000)));
  cart.phase = Phase::kEmpty;
  Emit("order", number, shipped);
}

uint64_t Shop::CustomerOf(uint64_t number) const {
  return (number - 1) / kCartsPerCustomer + 1;
}

}  // namespace daybook::tools
