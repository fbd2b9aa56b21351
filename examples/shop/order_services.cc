#include "examples/shop/order_services.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/projections/event_set.h"
#include "daybook/replay/transact.h"
#include "examples/shop/order.h"
#include "examples/shop/payment.h"

namespace shop {
namespace {

using daybook::Emit;
using daybook::EventView;
using daybook::Overloaded;
using daybook::Transact;
using daybook::TransactOptions;

// Many orders want the same article at once.
constexpr int kAttempts = 100;
constexpr size_t kCachedStockCount = 10'000;

using Questions =
    daybook::EventSet<ReservationAsked, ChargeAsked, ShippingAsked, RefundAsked,
                      ReleaseAsked, CancellationAsked>;

// Who asked has to hear of a refusal: `decision`, or an event that says why
// not.
template <daybook::Decider D, daybook::EventMessage Refusal>
Decision<D> OrSay(Refusal refusal, Decision<D> decision) {
  return [refusal = std::move(refusal), decision = std::move(decision)](
             const typename D::State& now, Emit<D>& emit) -> absl::Status {
    const absl::Status decided = decision(now, emit);
    if (!decided.ok()) {
      Refusal refused = refusal;
      refused.set_reason(std::string(decided.message()));
      emit(refused);
    }
    return absl::OkStatus();
  };
}

// Puts the order into one parcel.
Decision<Order> ShipInParcel(const std::string& order, uint64_t count_max) {
  return [ship = Ship(order), count_max](const OrderState& now,
                                         Emit<Order>& emit) -> absl::Status {
    uint64_t count = 0;
    for (const Line& line : now.lines()) count += line.quantity();
    if (count > count_max) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "of ", count, " articles a parcel holds only ", count_max));
    }
    return ship(now, emit);
  };
}

// Of an answer: its key, and what it answers.
template <daybook::Decider D>
TransactOptions<D> To(const EventView& question) {
  const std::string id = question.id.ToString();
  TransactOptions<D> options;
  options.append_key = "answer " + id;
  options.metadata.causation_id = id;
  options.metadata.correlation_id = question.metadata().correlation_id;
  options.attempts = kAttempts;
  return options;
}

}  // namespace

OrderServices::OrderServices(daybook::EventStore& store,
                             const OrderServicesOptions& options)
    : store_(store), options_(options), stock_(store, kCachedStockCount) {}

absl::StatusOr<std::unique_ptr<OrderServices>> OrderServices::Open(
    daybook::EventStore& store, const OrderServicesOptions& options) {
  auto services =
      std::unique_ptr<OrderServices>(new OrderServices(store, options));
  absl::Status listening = services->Listen();
  if (!listening.ok()) return listening;
  return services;
}

absl::Status OrderServices::Listen() {
  daybook::SubscribeOptions subscribe;
  subscribe.filter.category = "fulfilment";
  subscribe.name = "order-services";
  auto questions = store_.Subscribe(subscribe);
  if (!questions.ok()) return questions.status();
  questions_ = *std::move(questions);
  checkpoint_ = questions_->next_position();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> OrderServices::Step(absl::Duration timeout) {
  if (questions_ == nullptr) {
    absl::Status listening = Listen();
    if (!listening.ok()) return listening;
  }
  absl::StatusOr<uint64_t> count = AnswerNext(timeout);
  // A subscription goes on behind what it gave; a new one begins behind what
  // was acknowledged.
  if (!count.ok()) questions_ = nullptr;
  return count;
}

absl::StatusOr<uint64_t> OrderServices::AnswerNext(absl::Duration timeout) {
  const auto batch = questions_->Next(timeout);
  if (!batch.ok()) return batch.status();
  for (const EventView& question : batch->events) {
    absl::Status answered = Answer(question);
    if (!answered.ok()) return answered;
    answered = questions_->Acknowledge(question.position);
    if (!answered.ok()) return answered;
    checkpoint_ = question.position.Next();
  }
  checkpoint_ = batch->next_position;
  return batch->events.size();
}

absl::Status OrderServices::Answer(const EventView& question) {
  TransactOptions<Stock> to_stock = To<Stock>(question);
  to_stock.cache = &stock_;
  return Questions::Visit(
      question,
      Overloaded{
          // Stock.
          [&](const ReservationAsked& asked) {
            StockRefused refused;
            refused.set_sku(asked.sku());
            refused.set_order(asked.order());
            refused.set_quantity(asked.quantity());
            return Transact<Stock>(
                       store_, "stock-" + asked.sku(),
                       OrSay(refused, Reserve(asked.sku(), asked.order(),
                                              asked.quantity())),
                       to_stock)
                .status();
          },
          [&](const ReleaseAsked& asked) {
            return Transact<Stock>(
                       store_, "stock-" + asked.sku(),
                       Release(asked.sku(), asked.order(), asked.quantity()),
                       to_stock)
                .status();
          },
          // The bank.
          [&](const ChargeAsked& asked) {
            ChargeRefused refused;
            refused.set_order(asked.order());
            refused.set_cents(asked.cents());
            return Transact<Payment>(
                       store_, "payment-" + asked.order(),
                       OrSay(refused, Charge(asked.order(), asked.cents(),
                                             options_.charge_cents_max)),
                       To<Payment>(question))
                .status();
          },
          [&](const RefundAsked& asked) {
            return Transact<Payment>(store_, "payment-" + asked.order(),
                                     Refund(asked.order(), asked.cents()),
                                     To<Payment>(question))
                .status();
          },
          // The carrier.
          [&](const ShippingAsked& asked) {
            ShippingRefused refused;
            refused.set_order(asked.order());
            return Transact<Order>(
                       store_, "order-" + asked.order(),
                       OrSay(refused, ShipInParcel(asked.order(),
                                                   options_.parcel_count_max)),
                       To<Order>(question))
                .status();
          },
          // The order desk.
          [&](const CancellationAsked& asked) {
            absl::Status cancelled =
                Transact<Order>(store_, "order-" + asked.order(),
                                Cancel(asked.order(), asked.reason()),
                                To<Order>(question))
                    .status();
            // The customer was faster.
            if (absl::IsFailedPrecondition(cancelled)) return absl::OkStatus();
            return cancelled;
          }});
}

}  // namespace shop
