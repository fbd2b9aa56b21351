#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include "bus/schedule_events.h"
#include "daybook/bus/schedules.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "store/thread.h"

namespace daybook {
namespace {

// A wall clock may be set while nobody looks; and what failed is tried again.
constexpr absl::Duration kPatience = absl::Seconds(1);
// How many are fired before it looks whether it is stopped.
constexpr size_t kFireCount = 64;

absl::StatusOr<std::unique_ptr<Subscription>> SubscribeToNews(
    EventStore& store) {
  SubscribeOptions options;
  options.filter.category = kScheduleCategory;
  options.from = SubscribeFrom::End();
  return store.Subscribe(options);
}

class ThreadScheduler final : public Scheduler {
 public:
  ThreadScheduler(EventStore* store, std::unique_ptr<Schedules> schedules,
                  std::shared_ptr<Subscription> news, Clock* clock)
      : store_(*store),
        schedules_(std::move(schedules)),
        clock_(*clock),
        news_(std::move(news)) {}
  ~ThreadScheduler() override {
    {
      MutexLock lock(&mutex_);
      stopped_ = true;
      stop_changed_.SignalAll();
      if (news_ != nullptr) news_->Cancel();
    }
    if (thread_.joinable()) thread_.join();
  }

  // Errors: kResourceExhausted.
  absl::Status Start() {
    DAYBOOK_ASSIGN_OR_RETURN(thread_, StartThread([this] { Run(); }));
    return absl::OkStatus();
  }

  absl::Status status() const override {
    MutexLock lock(&mutex_);
    return status_;
  }
  uint64_t fired_count() const override {
    MutexLock lock(&mutex_);
    return fired_count_;
  }
  uint64_t failed_count() const override {
    MutexLock lock(&mutex_);
    return failed_count_;
  }

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::Status listened;
    while (true) {
      const absl::StatusOr<FireResult> fired = schedules_->FireDue(kFireCount);
      absl::Status status = fired.status();
      if (fired.ok()) status = fired->problem;
      status.Update(listened);
      {
        MutexLock lock(&mutex_);
        if (fired.ok()) {
          fired_count_ += fired->fired_count;
          failed_count_ += fired->failed_count;
        }
        if (stopped_) return;
        status_ = std::move(status);
      }
      absl::Duration wait = kPatience;
      if (fired.ok() && fired->next_due.has_value()) {
        wait = std::clamp(*fired->next_due - clock_.Now(), absl::ZeroDuration(),
                          kPatience);
      }
      listened = Listen(wait);
      if (!listened.ok() && !Rest(listened)) return;
    }
  }

  // Whatever happens to a schedule is a reason to look again: waits for that,
  // for `wait` at most.
  absl::Status Listen(absl::Duration wait) ABSL_LOCKS_EXCLUDED(mutex_) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Subscription> news, News());
    absl::Status heard = news->Next(wait).status();
    if (heard.ok()) return heard;
    // It says the same for ever: the next one may do better.
    MutexLock lock(&mutex_);
    news_ = nullptr;
    return heard;
  }

  absl::StatusOr<std::shared_ptr<Subscription>> News()
      ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      MutexLock lock(&mutex_);
      if (news_ != nullptr) return news_;
    }
    DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Subscription> news,
                             SubscribeToNews(store_));
    MutexLock lock(&mutex_);
    if (stopped_) return absl::CancelledError("the scheduler is stopped");
    news_ = news;
    return news;
  }

  // After an error. False if that was the end.
  bool Rest(const absl::Status& error) ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    if (stopped_) return false;
    status_.Update(error);
    stop_changed_.WaitWithTimeout(&mutex_, kPatience);
    return !stopped_;
  }

  EventStore& store_;
  const std::unique_ptr<Schedules> schedules_;
  Clock& clock_;
  mutable Mutex mutex_;
  CondVar stop_changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  uint64_t fired_count_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t failed_count_ ABSL_GUARDED_BY(mutex_) = 0;
  // Null after an error.
  std::shared_ptr<Subscription> news_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Scheduler>> Scheduler::Start(
    EventStore& store, const SchedulesOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Subscription> news,
                           SubscribeToNews(store));
  auto scheduler = std::make_unique<ThreadScheduler>(
      &store, Schedules::Over(store, options), std::move(news),
      options.clock != nullptr ? options.clock : Clock::System());
  DAYBOOK_RETURN_IF_ERROR(scheduler->Start());
  return scheduler;
}

}  // namespace daybook
