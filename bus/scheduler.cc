#include <algorithm>
#include <thread>
#include <utility>

#include "bus/schedule_events.h"
#include "daybook/bus/schedules.h"
#include "store/mutex.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// A wall clock may be set while nobody looks; and what failed is tried again.
constexpr absl::Duration kPatience = absl::Seconds(1);

class ThreadScheduler final : public Scheduler {
 public:
  ThreadScheduler(std::unique_ptr<Schedules> schedules,
                  std::unique_ptr<Subscription> news, Clock* clock)
      : schedules_(std::move(schedules)),
        news_(std::move(news)),
        clock_(*clock),
        thread_([this] { Run(); }) {}
  ~ThreadScheduler() override {
    news_->Cancel();
    thread_.join();
  }

  absl::Status status() const override {
    MutexLock lock(&mutex_);
    return status_;
  }

 private:
  void Run() {
    while (true) {
      const absl::StatusOr<FireResult> fired = schedules_->FireDue();
      {
        MutexLock lock(&mutex_);
        status_ = fired.status();
      }
      absl::Duration wait = kPatience;
      if (fired.ok() && fired->next_due.has_value()) {
        wait = std::clamp(*fired->next_due - clock_.Now(), absl::ZeroDuration(),
                          kPatience);
      }
      // Whatever happens to a schedule is a reason to look again.
      if (!news_->Next(wait).ok()) return;
    }
  }

  const std::unique_ptr<Schedules> schedules_;
  const std::unique_ptr<Subscription> news_;
  Clock& clock_;
  mutable Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  // Last, as it uses the rest.
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Scheduler>> Scheduler::Start(
    EventStore& store, const SchedulesOptions& options) {
  SubscribeOptions news;
  news.filter.category = kScheduleCategory;
  news.from = SubscribeFrom::End();
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Subscription> subscription,
                           store.Subscribe(news));
  return std::make_unique<ThreadScheduler>(
      Schedules::Over(store, options), std::move(subscription),
      options.clock != nullptr ? options.clock : Clock::System());
}

}  // namespace daybook
