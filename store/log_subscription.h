// The subscription of a store in this process: a position, a feed to read on
// from there, and a watch that says when there is more.

#ifndef DAYBOOK_STORE_LOG_SUBSCRIPTION_H_
#define DAYBOOK_STORE_LOG_SUBSCRIPTION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "absl/base/thread_annotations.h"
#include "daybook/store/subscription.h"
#include "store/checkpoint_keeper.h"
#include "store/event_feed.h"
#include "store/head_watch.h"
#include "store/mutex.h"

namespace daybook {

class LogSubscription final : public Subscription {
 public:
  // Held while the store is used; closed when it may not be any more.
  struct Gate {
    Mutex mutex;
    bool closed ABSL_GUARDED_BY(mutex) = false;
  };

  struct Parts {
    std::shared_ptr<Gate> gate;
    // Of what may be read.
    std::shared_ptr<HeadWatch> watch;
    // Both null: not durable.
    std::shared_ptr<CheckpointKeeper> keeper;
    std::shared_ptr<CheckpointKeeper::Entry> checkpoint;
  };

  LogSubscription(const SubscribeOptions& options, Position begin, Parts parts)
      : options_(options),
        parts_(std::move(parts)),
        scanned_(begin),
        handed_out_(begin.value()) {}
  ~LogSubscription() override;

  // It refers to filter() of this. Before anything else.
  void SetFeed(std::unique_ptr<EventFeed> feed) { feed_ = std::move(feed); }
  const EventFilter& filter() const { return options_.filter; }

  absl::StatusOr<EventBatch> Next(absl::Duration timeout) override;
  void NotifyWhenReady(absl::AnyInvocable<void() &&> ready) override;
  absl::Status Acknowledge(Position position) override;
  absl::Status Acknowledge() override;
  void Cancel() override { parts_.watch->Cancel(&canceller_); }
  Position next_position() const override {
    return Position(handed_out_.load());
  }

 private:
  // OK while it goes on.
  absl::Status WhyOver() const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(parts_.gate->mutex);
  // Reads on, below `end`.
  absl::Status Look(Position end)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(parts_.gate->mutex);
  // What is to be handed out of `left_`, which may be nothing.
  EventBatch HandOut() ABSL_EXCLUSIVE_LOCKS_REQUIRED(parts_.gate->mutex);
  absl::Status RaiseCheckpoint(Position position)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(acknowledge_mutex_);

  const SubscribeOptions options_;
  const Parts parts_;
  HeadWatch::Canceller canceller_;

  // --- By whoever calls Next(), with the gate's mutex ---
  std::unique_ptr<EventFeed> feed_;
  Position scanned_;
  // Read, and not handed out yet.
  std::span<const EventView> left_;
  absl::Status failure_;

  std::atomic<uint64_t> handed_out_;

  Mutex acknowledge_mutex_;
  // The last event that was handed out and not acknowledged, if any.
  std::optional<Position> unacknowledged_ ABSL_GUARDED_BY(acknowledge_mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_SUBSCRIPTION_H_
