// No double submission
// (https://dcb.events/examples/prevent-record-duplication): a form that is sent
// twice places one order. The form bears a key, made when it was shown; as the
// append key it makes the second sending a repetition, answered as the first.

#ifndef DAYBOOK_EXAMPLES_DCB_DOUBLE_SUBMISSION_H_
#define DAYBOOK_EXAMPLES_DCB_DOUBLE_SUBMISSION_H_

#include <string>

#include "absl/status/statusor.h"
#include "daybook/replay/transact.h"
#include "examples/dcb/events.pb.h"

namespace example::dcb {

struct Orders {
  using State = v1::OrderState;
  using Events = daybook::EventSet<v1::OrderPlaced>;
  static constexpr int kRevision = 1;

  static void Evolve(State& orders, const v1::OrderPlaced&) {
    orders.set_count(orders.count() + 1);
  }
};

// Numbers the orders of a customer: anna/1, anna/2 ...
inline auto Place(const std::string& customer, const std::string& sku) {
  return [=](const v1::OrderState& orders,
             daybook::Emit<Orders>& emit) -> absl::StatusOr<v1::OrderReceipt> {
    v1::OrderReceipt receipt;
    receipt.set_order(customer + "/" + std::to_string(orders.count() + 1));
    v1::OrderPlaced placed;
    placed.set_order(receipt.order());
    placed.set_sku(sku);
    emit(placed);
    return receipt;
  };
}

inline absl::StatusOr<daybook::Transacted<v1::OrderReceipt>> SubmitForm(
    daybook::EventStore& store, const std::string& form_key,
    const std::string& customer, const std::string& sku) {
  return daybook::Transact<Orders>(store, "customer-" + customer,
                                   Place(customer, sku),
                                   {.append_key = form_key, .attempts = 100});
}

}  // namespace example::dcb

#endif  // DAYBOOK_EXAMPLES_DCB_DOUBLE_SUBMISSION_H_
