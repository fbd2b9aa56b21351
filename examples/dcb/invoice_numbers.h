// Invoice numbers without a gap (https://dcb.events/examples/invoice-number):
// each invoice has the number after the last one's. The decision rests on all
// invoices; the fold keeps one number of them, and a cache keeps the fold.

#ifndef DAYBOOK_EXAMPLES_DCB_INVOICE_NUMBERS_H_
#define DAYBOOK_EXAMPLES_DCB_INVOICE_NUMBERS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/replay/transact.h"
#include "examples/dcb/events.pb.h"

namespace example::dcb {

struct Invoices {
  using State = v1::InvoiceNumber;
  using Events = daybook::EventSet<v1::InvoiceCreated>;
  static constexpr int kRevision = 1;

  static void Evolve(State& last, const v1::InvoiceCreated& created) {
    last.set_number(created.number());
  }
};

// Makes an invoice of the next number, and gives that.
inline auto CreateInvoice(uint64_t cents) {
  return [=](const v1::InvoiceNumber& last, daybook::EmitTo<Invoices>& emit)
             -> absl::StatusOr<v1::InvoiceNumber> {
    v1::InvoiceCreated created;
    created.set_number(last.number() + 1);
    created.set_cents(cents);
    emit("invoice-" + std::to_string(created.number()), created);
    return last;  // by now the one just made
  };
}

inline absl::StatusOr<uint64_t> Bill(daybook::EventStore& store,
                                     daybook::StateCache<Invoices>& cache,
                                     uint64_t cents) {
  const auto created = daybook::Transact<Invoices>(
      store, {.items = {{.types = {"invoice.created"}}}}, CreateInvoice(cents),
      {.attempts = 1000, .cache = &cache});
  if (!created.ok()) return created.status();
  return created->result.number();
}

}  // namespace example::dcb

#endif  // DAYBOOK_EXAMPLES_DCB_INVOICE_NUMBERS_H_
