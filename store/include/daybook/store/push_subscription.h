// A subscription that calls a handler.
//
//   SubscribeOptions options;
//   options.filter.category = "order";
//   options.name = "mailer";
//   auto mailer = PushSubscription::Start(
//       *store, options, [&](const EventBatch& batch) {
//         for (const EventView& event : batch.events) Send(event);
//         return absl::OkStatus();
//       });
//
// Order, start, filter and name are those of a subscription: subscription.h. A
// batch that the handler returned OK for is acknowledged. Any other return ends
// the subscription, with the batch not acknowledged: the next one of the name
// is given it again.

#ifndef DAYBOOK_STORE_PUSH_SUBSCRIPTION_H_
#define DAYBOOK_STORE_PUSH_SUBSCRIPTION_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/runtime.h"
#include "daybook/store/subscription.h"

namespace daybook {

// Called for one batch at a time, in order, never with an empty one. What it
// throws ends the subscription with kUnknown. It may block and may use the
// store, but not close or destroy it.
using BatchHandler = std::function<absl::Status(const EventBatch& batch)>;

struct PushOptions {
  // Where the handler runs: on threads of this executor, a batch a task, so
  // that many subscriptions share few threads; must run its tasks until the
  // subscription is destroyed. Not StoreOptions::executor: handlers that append
  // would wait there for a commit that waits for a thread. Null: on a thread
  // that belongs to the subscription, which is a little quicker to see an
  // event.
  std::shared_ptr<Executor> executor;
};

// Thread-safe.
class PushSubscription {
 public:
  // Errors: as EventStore::Subscribe(); without an executor kResourceExhausted
  // if the machine or a limit has no thread to give: the name is free again.
  // `store` must outlive it, or be closed before. Close the store after its
  // push subscriptions: a batch that is being handled while the store closes is
  // not acknowledged.
  static absl::StatusOr<std::unique_ptr<PushSubscription>> Start(
      EventStore& store, const SubscribeOptions& options, BatchHandler handler,
      const PushOptions& push_options = PushOptions());

  // Cancel(), and waits until the handler has returned. On the handler's own
  // thread it does not wait.
  ~PushSubscription();

  PushSubscription(const PushSubscription&) = delete;
  PushSubscription& operator=(const PushSubscription&) = delete;

  // Hands out no more batches; the one that is being handled is acknowledged
  // once that is done. Idempotent.
  void Cancel();

  // Why it ended: kCancelled, kUnavailable when the store was closed, what the
  // handler returned, or as Subscription::Next(). OK while it runs.
  absl::Status status() const;
  // Waits until it has ended, and says why. Errors further: kDeadlineExceeded.
  absl::Status Await(absl::Duration timeout) const;

  // The next event that it will look at.
  Position next_position() const;

 private:
  class Run;

  explicit PushSubscription(std::shared_ptr<Run> run);

  const std::shared_ptr<Run> run_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_PUSH_SUBSCRIPTION_H_
