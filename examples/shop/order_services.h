// Whom the saga asks: stock, bank, carrier and the order desk. They stand for
// programs of their own, which follow the questions and answer each by an event
// in a stream of theirs.
//
// A question may reach them twice, when they die before they could say that it
// was answered. Its id is the answer's append key, so that it has one answer,
// the first. A service whose effect is outside the store hands the id on, as
// what its own partner tells repetitions by.

#ifndef DAYBOOK_EXAMPLES_SHOP_ORDER_SERVICES_H_
#define DAYBOOK_EXAMPLES_SHOP_ORDER_SERVICES_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/replay/state_cache.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/subscription.h"
#include "examples/shop/stock.h"

namespace shop {

// What they refuse; stock refuses what is sold out.
struct OrderServicesOptions {
  // What a customer can pay at once.
  uint64_t charge_cents_max = 500'00;
  // How many articles the carrier takes in a parcel.
  uint64_t parcel_count_max = 20;
};

// One thread at a time.
class OrderServices {
 public:
  // Follows the questions under the name "order-services", of which there is
  // one at a time. The store must outlive it. Errors: as
  // EventStore::Subscribe().
  static absl::StatusOr<std::unique_ptr<OrderServices>> Open(
      daybook::EventStore& store, const OrderServicesOptions& options = {});

  // Answers what was asked since; waits up to `timeout` for the first question.
  // Returns how many there were. On error the next call begins with the
  // question that failed.
  absl::StatusOr<uint64_t> Step(absl::Duration timeout);

  // Answers one question, unless it has an answer.
  absl::Status Answer(const daybook::EventView& question);

  // Every question below was answered.
  daybook::Position checkpoint() const { return checkpoint_; }

 private:
  OrderServices(daybook::EventStore& store,
                const OrderServicesOptions& options);

  absl::Status Listen();
  absl::StatusOr<uint64_t> AnswerNext(absl::Duration timeout);

  daybook::EventStore& store_;
  const OrderServicesOptions options_;
  // Null after an error.
  std::unique_ptr<daybook::Subscription> questions_;
  daybook::Position checkpoint_;
  daybook::StateCache<Stock> stock_;
};

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_ORDER_SERVICES_H_
