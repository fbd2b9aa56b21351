#include "daybook/bus/group_handler.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iterator>
#include <list>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

constexpr absl::Duration kPollTimeout = absl::Seconds(1);
// What failed is tried again, later.
constexpr absl::Duration kPatience = absl::Seconds(1);
// How late a call that takes too long may be noticed, at most.
constexpr absl::Duration kWatchInterval = absl::Milliseconds(50);

class WorkerPool final : public GroupHandler {
 public:
  WorkerPool(std::shared_ptr<ConsumerGroup> group, std::string name,
             DeliveryHandler handler, const GroupHandlerOptions& options,
             const Membership& membership)
      : group_(std::move(group)),
        name_(std::move(name)),
        handler_(std::move(handler)),
        options_(options),
        worker_count_(std::max(options.worker_count, 1)),
        lease_(membership.lease),
        member_(membership.id) {
    MutexLock lock(&mutex_);
    for (int i = 0; i < worker_count_; ++i) AddWorker();
    watcher_ = std::thread([this] { Watch(); });
  }
  ~WorkerPool() override {
    {
      MutexLock lock(&mutex_);
      stopped_ = true;
      stop_changed_.SignalAll();
    }
    watcher_.join();
    // Nobody adds or removes workers any more.
    InterruptOne();
    for (Worker& worker : workers_) worker.thread.join();
    MutexLock lock(&mutex_);
    group_->Leave(member_).IgnoreError();
  }

  absl::Status status() const override {
    MutexLock lock(&mutex_);
    if (!end_.ok()) return end_;
    for (const Worker& worker : workers_) {
      if (!worker.status.ok()) return worker.status;
    }
    return absl::OkStatus();
  }
  int hanging_count() const override {
    MutexLock lock(&mutex_);
    return hanging_count_;
  }

 private:
  // A thread, and what it is at.
  struct Worker {
    std::thread thread;
    // Of the call under way; 0 for none, or one that hangs.
    uint64_t delivery = 0;
    uint64_t member = 0;
    absl::Duration begin;
    // Its call took too long.
    bool hangs = false;
    // Why it got no event last time.
    absl::Status status;
    bool ended = false;
  };

  void AddWorker() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ++working_count_;
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, &worker] {
      Work(worker);
      {
        MutexLock lock(&mutex_);
        worker.ended = true;
      }
    });
  }

  void Work(Worker& worker) ABSL_LOCKS_EXCLUDED(mutex_) {
    while (true) {
      uint64_t member;
      {
        MutexLock lock(&mutex_);
        if (stopped_ || !end_.ok()) break;
        member = member_;
      }
      const absl::StatusOr<std::vector<Delivery>> deliveries =
          group_->Poll(member, 1, kPollTimeout);
      if (!deliveries.ok()) {
        HandleFailure(member, deliveries.status(), worker);
        continue;
      }
      {
        MutexLock lock(&mutex_);
        worker.status = absl::OkStatus();
      }
      if (deliveries->empty()) continue;
      if (!Handle(deliveries->front(), member, worker)) break;
    }
    // The next one who waits.
    InterruptOne();
  }

  void InterruptOne() ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    if (stopped_) group_->Interrupt(member_);
  }

  // False if the worker is needed no more: its call hung, and others do its
  // work.
  bool Handle(const Delivery& delivery, uint64_t member, Worker& worker)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      MutexLock lock(&mutex_);
      worker.delivery = delivery.id;
      worker.member = member;
      worker.begin = Clock::System()->Monotonic();
    }
    const absl::Status handled = Call(delivery);
    {
      MutexLock lock(&mutex_);
      worker.delivery = 0;
      if (std::exchange(worker.hangs, false)) {
        // The event was taken back meanwhile.
        --hanging_count_;
        if (working_count_ >= worker_count_) return false;
        ++working_count_;
        return true;
      }
    }
    // An answer that comes too late changes nothing.
    if (handled.ok()) {
      group_->Ack(member, delivery.id).IgnoreError();
    } else if (absl::IsInvalidArgument(handled)) {
      group_->Park(member, delivery.id, handled.ToString()).IgnoreError();
    } else {
      group_->Nack(member, delivery.id, {.cause = handled.ToString()})
          .IgnoreError();
    }
    return true;
  }

  absl::Status Call(const Delivery& delivery) const {
    try {
      return handler_(delivery);
    } catch (const std::exception& exception) {
      return absl::UnknownError(
          absl::StrCat("the handler threw: ", exception.what()));
    } catch (...) {
      return absl::UnknownError("the handler threw");
    }
  }

  // Joins again if that is all it takes; otherwise waits, and what failed is
  // tried again, unless the group is closed.
  void HandleFailure(uint64_t member, absl::Status failure, Worker& worker)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    if (member_ != member || stopped_) return;
    if (absl::IsNotFound(failure)) {
      const absl::StatusOr<Membership> joined = group_->Join(name_);
      failure = joined.status();
      if (joined.ok()) member_ = joined->id;
    }
    worker.status = failure;
    if (absl::IsUnavailable(failure)) {
      end_.Update(failure);
    } else if (!failure.ok()) {
      stop_changed_.WaitWithTimeout(&mutex_, kPatience);
    }
  }

  // Keeps the lease, looks after calls that take too long, and tidies up.
  void Watch() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::Duration renewed = Clock::System()->Monotonic();
    while (true) {
      std::list<Worker> ended;
      {
        MutexLock lock(&mutex_);
        stop_changed_.WaitWithTimeout(
            &mutex_, std::min({kWatchInterval, options_.timeout, lease_ / 4}));
        if (stopped_) return;
        const absl::Duration now = Clock::System()->Monotonic();
        if (now - renewed >= lease_ / 4) {
          renewed = now;
          // Who is not known any more learns it from Poll().
          group_->Renew(member_).IgnoreError();
        }
        for (auto it = workers_.begin(); it != workers_.end();) {
          const auto next = std::next(it);
          if (it->ended) {
            ended.splice(ended.end(), workers_, it);
          } else if (it->delivery != 0 && now - it->begin >= options_.timeout) {
            GiveUp(*it);
          }
          it = next;
        }
      }
      for (Worker& worker : ended) worker.thread.join();
    }
  }

  // Of a call that takes too long.
  void GiveUp(Worker& worker) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    group_
        ->Nack(worker.member, worker.delivery,
               {.cause = absl::StrCat("the handler took longer than ",
                                      absl::FormatDuration(options_.timeout))})
        .IgnoreError();
    worker.delivery = 0;
    worker.hangs = true;
    ++hanging_count_;
    --working_count_;
    // When one returns, it takes the place of one that does not.
    if (hanging_count_ <= options_.hanging_count_max) AddWorker();
  }

  const std::shared_ptr<ConsumerGroup> group_;
  const std::string name_;
  const DeliveryHandler handler_;
  const GroupHandlerOptions options_;
  const int worker_count_;
  const absl::Duration lease_;

  mutable Mutex mutex_;
  CondVar stop_changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // That the group is closed; OK until then.
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
  uint64_t member_ ABSL_GUARDED_BY(mutex_);
  int hanging_count_ ABSL_GUARDED_BY(mutex_) = 0;
  // Threads whose call does not hang, if they are at one.
  int working_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<Worker> workers_ ABSL_GUARDED_BY(mutex_);
  std::thread watcher_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GroupHandler>> GroupHandler::Start(
    std::shared_ptr<ConsumerGroup> group, std::string member_name,
    DeliveryHandler handler, const GroupHandlerOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const Membership membership,
                           group->Join(member_name));
  return std::make_unique<WorkerPool>(std::move(group), std::move(member_name),
                                      std::move(handler), options, membership);
}

}  // namespace daybook
