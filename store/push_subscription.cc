#include "daybook/store/push_subscription.h"

#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "store/caught.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "store/thread.h"

namespace daybook {

// What goes on; kept by the thread or the tasks that are at it.
class PushSubscription::Run : public std::enable_shared_from_this<Run> {
 public:
  Run(std::unique_ptr<Subscription> subscription, BatchHandler handler,
      std::shared_ptr<Executor> executor)
      : handler_(std::move(handler)),
        executor_(std::move(executor)),
        subscription_(std::move(subscription)) {}

  // Errors: kResourceExhausted.
  absl::Status Start() {
    if (executor_ != nullptr) {
      ScheduleStep();
      return absl::OkStatus();
    }
    DAYBOOK_ASSIGN_OR_RETURN(
        thread_, StartThread([self = shared_from_this()] {
          while (self->Step(absl::InfiniteDuration()).has_value()) {
          }
        }));
    return absl::OkStatus();
  }

  void Cancel() {
    MutexLock lock(&mutex_);
    if (subscription_ != nullptr) subscription_->Cancel();
  }

  // Waits for the end. Not on the handler's thread: it ends by itself.
  void Join() {
    {
      MutexLock lock(&mutex_);
      if (handled_by_ == std::this_thread::get_id()) {
        if (thread_.joinable()) thread_.detach();
        return;
      }
      while (!ended_) changed_.Wait(&mutex_);
    }
    if (thread_.joinable()) thread_.join();
  }

  absl::Status status() const {
    MutexLock lock(&mutex_);
    return status_;
  }

  absl::Status Await(absl::Duration timeout) const {
    const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
    MutexLock lock(&mutex_);
    while (!ended_) {
      const absl::Duration left = deadline - Clock::System()->Monotonic();
      if (left <= absl::ZeroDuration()) {
        return absl::DeadlineExceededError("the subscription goes on");
      }
      changed_.WaitWithTimeout(&mutex_, left);
    }
    return status_;
  }

  Position next_position() const {
    MutexLock lock(&mutex_);
    return subscription_ != nullptr ? subscription_->next_position()
                                    : next_position_;
  }

 private:
  void ScheduleStep() {
    executor_->Schedule([self = shared_from_this()] {
      const std::optional<bool> found = self->Step(absl::ZeroDuration());
      if (!found.has_value()) return;
      if (*found) {
        self->ScheduleStep();
      } else {
        self->subscription_->NotifyWhenReady([self] { self->ScheduleStep(); });
      }
    });
  }

  // Hands out a batch if there is one: whether there was. Nothing: it has
  // ended.
  std::optional<bool> Step(absl::Duration timeout) {
    absl::StatusOr<EventBatch> batch = subscription_->Next(timeout);
    absl::Status status = batch.status();
    if (status.ok() && batch->events.empty()) return false;
    if (status.ok()) status = Handle(*batch);
    if (status.ok()) status = subscription_->Acknowledge();
    if (status.ok()) return true;
    End(std::move(status));
    return std::nullopt;
  }

  void End(absl::Status status) {
    std::unique_ptr<Subscription> ended;
    {
      MutexLock lock(&mutex_);
      next_position_ = subscription_->next_position();
      ended.swap(subscription_);
    }
    // Before its end is told: the next one of its name may begin then.
    ended.reset();
    MutexLock lock(&mutex_);
    status_ = std::move(status);
    ended_ = true;
    changed_.SignalAll();
  }

  absl::Status Handle(const EventBatch& batch) {
    {
      MutexLock lock(&mutex_);
      handled_by_ = std::this_thread::get_id();
    }
    absl::Status status =
        Caught("the handler", [&] { return handler_(batch); });
    MutexLock lock(&mutex_);
    handled_by_ = std::thread::id();
    return status;
  }

  const BatchHandler handler_;
  const std::shared_ptr<Executor> executor_;
  // Null once it has ended. Set to that by who steps, while the mutex is held.
  std::unique_ptr<Subscription> subscription_;
  std::thread thread_;

  mutable Mutex mutex_;
  Position next_position_ ABSL_GUARDED_BY(mutex_);
  mutable CondVar changed_;
  std::thread::id handled_by_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<PushSubscription>> PushSubscription::Start(
    EventStore& store, const SubscribeOptions& options, BatchHandler handler,
    const PushOptions& push_options) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Subscription> subscription,
                           store.Subscribe(options));
  auto run = std::make_shared<Run>(std::move(subscription), std::move(handler),
                                   push_options.executor);
  DAYBOOK_RETURN_IF_ERROR(run->Start());
  return std::unique_ptr<PushSubscription>(
      new PushSubscription(std::move(run)));
}

PushSubscription::PushSubscription(std::shared_ptr<Run> run)
    : run_(std::move(run)) {}

PushSubscription::~PushSubscription() {
  Cancel();
  run_->Join();
}

void PushSubscription::Cancel() { run_->Cancel(); }

absl::Status PushSubscription::status() const { return run_->status(); }

absl::Status PushSubscription::Await(absl::Duration timeout) const {
  return run_->Await(timeout);
}

Position PushSubscription::next_position() const {
  return run_->next_position();
}

}  // namespace daybook
