// The subscriptions of one open store, whatever its engine.

#ifndef DAYBOOK_STORE_SUBSCRIPTIONS_H_
#define DAYBOOK_STORE_SUBSCRIPTIONS_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/subscription.h"
#include "store/checkpoint_keeper.h"
#include "store/event_feed.h"
#include "store/head_watch.h"
#include "store/log_subscription.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class Subscriptions {
 public:
  // What an engine brings.
  struct Engine {
    // There until Close() returned.
    EventStore* store;
    Clock* clock;
    CheckpointKeeper::Schedule schedule;
    // Announced after each commit: what can be read, and what of that is on
    // stable storage.
    std::shared_ptr<HeadWatch> watch;
    std::shared_ptr<HeadWatch> durable_watch;
    // `filter` outlives the feed. Errors: kUnavailable.
    std::function<absl::StatusOr<std::unique_ptr<EventFeed>>(
        const EventFilter& filter)>
        make_feed;
  };

  explicit Subscriptions(Engine engine);

  // As EventStore.
  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options);
  CheckpointKeeper& checkpoints() { return *keeper_; }

  // Writes what was acknowledged. From then on nobody uses the store, and every
  // call fails with kUnavailable; those that wait end. Idempotent.
  void Close();

 private:
  const Engine engine_;
  const std::shared_ptr<CheckpointKeeper> keeper_;

  Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::weak_ptr<LogSubscription::Gate>> gates_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_SUBSCRIPTIONS_H_
