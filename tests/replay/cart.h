// The decider that the tests of this room decide with.

#ifndef DAYBOOK_TESTS_REPLAY_CART_H_
#define DAYBOOK_TESTS_REPLAY_CART_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "daybook/projections/decider.h"
#include "tests/projections/cart.h"
#include "tests/projections/events.pb.h"
#include "tests/replay/cart.pb.h"

namespace daybook::testing {

struct Cart {
  using State = tests::v1::CartState;
  using Events = EventSet<tests::v1::CartOpened, tests::v1::ItemAdded>;
  static constexpr int kRevision = 1;

  static void Evolve(State& cart, const tests::v1::CartOpened& opened) {
    cart.set_cart(opened.cart());
    cart.set_changes(cart.changes() + 1);
  }
  static void Evolve(State& cart, const tests::v1::ItemAdded& added) {
    (*cart.mutable_quantities())[added.sku()] += added.quantity();
    cart.set_changes(cart.changes() + 1);
  }
};
static_assert(Decider<Cart>);

// A Cart that counts how many events are folded.
struct CountingCart {
  using State = Cart::State;
  using Events = Cart::Events;
  static constexpr int kRevision = 1;

  template <typename Event>
  static void Evolve(State& cart, const Event& event) {
    ++folded;
    Cart::Evolve(cart, event);
  }
  static inline std::atomic<int> folded = 0;
};
static_assert(Decider<CountingCart>);

inline uint32_t QuantityOf(const Cart::State& cart, const std::string& sku) {
  const auto found = cart.quantities().find(sku);
  return found == cart.quantities().end() ? 0 : found->second;
}

// A decision on a stream that adds `quantity` of `sku`.
template <Decider D>
auto AddTo(const std::string& sku, uint32_t quantity) {
  return [=](const typename D::State&, Emit<D>& emit) -> absl::Status {
    emit(Added(sku, quantity));
    return absl::OkStatus();
  };
}
inline auto Add(const std::string& sku, uint32_t quantity) {
  return AddTo<Cart>(sku, quantity);
}

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_REPLAY_CART_H_
