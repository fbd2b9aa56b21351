// Dynamic product price (https://dcb.events/examples/dynamic-product-price): a
// customer pays the price that was shown, if it is the one of now, or was it
// until a moment ago. The decision rests on the products of the order, all of
// them, and on nothing else.

#ifndef DAYBOOK_EXAMPLES_DCB_PRODUCT_PRICE_H_
#define DAYBOOK_EXAMPLES_DCB_PRODUCT_PRICE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/replay/transact.h"
#include "examples/dcb/events.pb.h"

namespace example::dcb {

// For how long a price still holds after it was changed.
inline constexpr absl::Duration kPriceGrace = absl::Minutes(10);

// What each product of an order costs, as it was shown.
using ShownPrices = std::map<std::string, uint64_t>;

struct Prices {
  using State = v1::PriceState;
  using Events = daybook::EventSet<v1::ProductPriced, v1::ProductsOrdered>;
  static constexpr int kRevision = 1;

  static void Evolve(State& state, const v1::ProductPriced& priced) {
    *(*state.mutable_products())[priced.product()].add_prices() = priced;
  }
  static void Evolve(State&, const v1::ProductsOrdered&) {}
};

// Whether a product with these prices, in order, can be had for `cents`.
inline bool IsValidPrice(const v1::PriceState::Prices& known, uint64_t cents,
                         absl::Time now) {
  for (int i = 0; i < known.prices_size(); ++i) {
    if (known.prices(i).cents() != cents) continue;
    const bool is_of_now = i + 1 == known.prices_size();
    if (is_of_now) return true;
    const absl::Time replaced =
        absl::FromUnixSeconds(known.prices(i + 1).at_seconds());
    if (now - replaced <= kPriceGrace) return true;
  }
  return false;
}

// Decides whether an order at the prices that were shown is accepted.
inline auto PlaceOrder(const std::string& order, const ShownPrices& shown,
                       absl::Time now) {
  return [=](const v1::PriceState& state,
             daybook::EmitTo<Prices>& emit) -> absl::Status {
    v1::ProductsOrdered ordered;
    for (const auto& [product, cents] : shown) {
      const auto known = state.products().find(product);
      if (known == state.products().end()) {
        return absl::NotFoundError("there is no product " + product);
      }
      if (!IsValidPrice(known->second, cents, now)) {
        return absl::FailedPreconditionError("the price of " + product +
                                             " has changed");
      }
      v1::ProductsOrdered::Item* item = ordered.add_items();
      item->set_product(product);
      item->set_cents(cents);
    }
    emit("order-" + order, ordered);
    return absl::OkStatus();
  };
}

inline absl::Status OrderProducts(daybook::EventStore& store,
                                  const std::string& order,
                                  const ShownPrices& shown, absl::Time now) {
  daybook::Query products;
  for (const auto& [product, cents] : shown) {
    products.items.push_back({.tags = {"product:" + product}});
  }
  return daybook::Transact<Prices>(
             store, products, PlaceOrder(order, shown, now), {.attempts = 100})
      .status();
}

}  // namespace example::dcb

#endif  // DAYBOOK_EXAMPLES_DCB_PRODUCT_PRICE_H_
