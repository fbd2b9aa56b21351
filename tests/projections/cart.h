// A cart's events, and the smallest decider on them.

#ifndef DAYBOOK_TESTS_PROJECTIONS_CART_H_
#define DAYBOOK_TESTS_PROJECTIONS_CART_H_

#include <cstdint>
#include <string>

#include "daybook/projections/decider.h"
#include "tests/projections/events.pb.h"

namespace daybook::testing {

inline tests::v1::CartOpened Opened(const std::string& cart) {
  tests::v1::CartOpened opened;
  opened.set_cart(cart);
  return opened;
}

inline tests::v1::ItemAdded Added(const std::string& sku, uint32_t quantity) {
  tests::v1::ItemAdded added;
  added.set_sku(sku);
  added.set_quantity(quantity);
  return added;
}

// Any message can be a state; this one keeps which cart it is and how many
// articles are in it.
struct SmallCart {
  using State = tests::v1::ItemAdded;
  using Events = EventSet<tests::v1::CartOpened, tests::v1::ItemAdded>;
  static constexpr int kRevision = 1;

  static void Evolve(State& state, const tests::v1::CartOpened& opened) {
    state.set_cart(opened.cart());
  }
  static void Evolve(State& state, const tests::v1::ItemAdded& added) {
    state.set_quantity(state.quantity() + added.quantity());
  }
};
static_assert(Decider<SmallCart>);

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_PROJECTIONS_CART_H_
