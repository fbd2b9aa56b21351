// The payment of an order: charged, and given back.

#ifndef DAYBOOK_EXAMPLES_SHOP_PAYMENT_H_
#define DAYBOOK_EXAMPLES_SHOP_PAYMENT_H_

#include <cstdint>
#include <string>

#include "daybook/projections/decider.h"
#include "examples/shop/decision.h"
#include "examples/shop/events.pb.h"
#include "examples/shop/states.pb.h"

namespace shop {

struct Payment {
  using State = PaymentState;
  using Events = daybook::EventSet<Charged, ChargeRefused, Refunded>;
  static constexpr int kRevision = 1;

  static void Evolve(PaymentState& payment, const Charged& charged);
  static void Evolve(PaymentState& payment, const ChargeRefused& refused);
  static void Evolve(PaymentState& payment, const Refunded& refunded);
};
static_assert(daybook::Decider<Payment>);

// Of a customer who can pay `cents_max` at once.
Decision<Payment> Charge(std::string order, uint64_t cents, uint64_t cents_max);

// Gives back what was paid.
Decision<Payment> Refund(std::string order, uint64_t cents);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_PAYMENT_H_
