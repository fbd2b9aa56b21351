#include "examples/shop/payment.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace shop {

using daybook::Emit;

void Payment::Evolve(PaymentState& payment, const Charged& charged) {
  payment.set_cents(payment.cents() + charged.cents());
}

// That it was asked for changes nothing.
void Payment::Evolve(PaymentState& /*payment*/,
                     const ChargeRefused& /*refused*/) {}

void Payment::Evolve(PaymentState& payment, const Refunded& refunded) {
  payment.set_cents(payment.cents() - refunded.cents());
}

Decision<Payment> Charge(std::string order, uint64_t cents,
                         uint64_t cents_max) {
  Charged charged;
  charged.set_order(std::move(order));
  charged.set_cents(cents);
  return [charged, cents_max](const PaymentState& /*now*/,
                              Emit<Payment>& emit) -> absl::Status {
    if (charged.cents() > cents_max) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "of ", charged.cents(), " cents the card pays only ", cents_max));
    }
    emit(charged);
    return absl::OkStatus();
  };
}

Decision<Payment> Refund(std::string order, uint64_t cents) {
  Refunded refunded;
  refunded.set_order(std::move(order));
  refunded.set_cents(cents);
  return
      [refunded](const PaymentState& now, Emit<Payment>& emit) -> absl::Status {
        if (now.cents() < refunded.cents()) {
          return absl::FailedPreconditionError("so much was not paid");
        }
        emit(refunded);
        return absl::OkStatus();
      };
}

}  // namespace shop
