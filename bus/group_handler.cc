#include "daybook/bus/group_handler.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iterator>
#include <list>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "store/thread.h"

namespace daybook {
namespace {

constexpr absl::Duration kPollTimeout = absl::Seconds(1);
// What failed is tried again, later.
constexpr absl::Duration kPatience = absl::Seconds(1);
// So is looking for who holds the group, soon: it costs little.
constexpr absl::Duration kLookAgainAfter = absl::Milliseconds(100);

class WorkerPool final : public GroupHandler {
 public:
  WorkerPool(std::shared_ptr<ConsumerGroup> group, std::string name,
             DeliveryHandler handler, const GroupHandlerOptions& options)
      : group_(std::move(group)),
        name_(std::move(name)),
        handler_(std::move(handler)),
        options_(options),
        worker_count_(std::max(options.worker_count, 1)) {}
  ~WorkerPool() override {
    {
      MutexLock lock(&mutex_);
      stopped_ = true;
      ended_.SignalAll();
      look_changed_.SignalAll();
    }
    if (watcher_.joinable()) watcher_.join();
    // Nobody adds or removes workers any more.
    InterruptOne();
    for (Worker& worker : workers_) worker.thread.join();
    group_->Leave(member()).IgnoreError();
  }

  // Called once, by who made it, who is `membership` now. Errors:
  // kResourceExhausted; then it is to be destroyed.
  absl::Status Start(const Membership& membership) {
    MutexLock lock(&mutex_);
    Become(membership);
    for (int i = 0; i < worker_count_; ++i) {
      DAYBOOK_RETURN_IF_ERROR(AddWorker());
    }
    DAYBOOK_ASSIGN_OR_RETURN(watcher_, StartThread([this] { Watch(); }));
    return absl::OkStatus();
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
  // A call that took too long, by what it was given.
  struct Late {
    uint64_t member = 0;
    uint64_t delivery = 0;
  };

  // The group may be another process's, whose answers take their time: none of
  // its calls is made with the mutex held.

  uint64_t member() const ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    return member_;
  }
  void Become(const Membership& membership)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    member_ = membership.id;
    renew_after_ = membership.lease / 4;
    renew_at_ = Clock::System()->Monotonic() + renew_after_;
    LookBy(renew_at_);
  }

  // Errors: kResourceExhausted.
  absl::Status AddWorker() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Worker& worker = workers_.emplace_back();
    absl::StatusOr<std::thread> thread = StartThread([this, &worker] {
      Work(worker);
      MutexLock lock(&mutex_);
      worker.ended = true;
      LookBy(absl::ZeroDuration());
    });
    if (!thread.ok()) {
      workers_.pop_back();
      return thread.status();
    }
    worker.thread = *std::move(thread);
    ++working_count_;
    return absl::OkStatus();
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
    {
      MutexLock lock(&mutex_);
      if (!stopped_) return;
    }
    group_->Interrupt(member());
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
      LookBy(worker.begin + options_.timeout);
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
    if (absl::IsNotFound(failure)) failure = JoinInPlaceOf(member);
    const bool is_closed = !failure.ok() && group_->is_closed();
    MutexLock lock(&mutex_);
    if (stopped_) return;
    worker.status = failure;
    if (is_closed) {
      end_.Update(failure);
      ended_.SignalAll();
    } else if (!failure.ok() && end_.ok()) {
      ended_.WaitWithTimeout(
          &mutex_, absl::IsUnavailable(failure) ? kLookAgainAfter : kPatience);
    }
  }

  // One does, and those who come meanwhile wait for what comes of it.
  absl::Status JoinInPlaceOf(uint64_t member) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      MutexLock lock(&mutex_);
      if (is_joining_) {
        while (is_joining_) joined_.Wait(&mutex_);
        return join_status_;
      }
      if (member_ != member || stopped_) return absl::OkStatus();
      is_joining_ = true;
    }
    const absl::StatusOr<Membership> joined = group_->TryJoin(name_);
    MutexLock lock(&mutex_);
    if (joined.ok()) Become(*joined);
    is_joining_ = false;
    join_status_ = joined.status();
    joined_.SignalAll();
    return join_status_;
  }

  // Keeps the lease, looks after calls that take too long, and tidies up.
  void Watch() ABSL_LOCKS_EXCLUDED(mutex_) {
    while (true) {
      std::optional<uint64_t> renewed;
      std::vector<Late> late;
      std::list<Worker> ended;
      {
        MutexLock lock(&mutex_);
        const absl::Duration now = AwaitLook();
        if (stopped_) return;
        if (now >= renew_at_) {
          renew_at_ = now + renew_after_;
          renewed = member_;
        }
        for (auto it = workers_.begin(); it != workers_.end();) {
          const auto next = std::next(it);
          if (it->ended) {
            ended.splice(ended.end(), workers_, it);
          } else if (it->delivery != 0 && now - it->begin >= options_.timeout) {
            late.push_back(GiveUp(*it));
          }
          it = next;
        }
        // Whoever begins a call from here on says when to look after it.
        look_at_ = renew_at_;
        for (const Worker& worker : workers_) {
          if (worker.delivery == 0) continue;
          look_at_ = std::min(look_at_, worker.begin + options_.timeout);
        }
      }
      // Who is not known any more learns it from Poll().
      if (renewed.has_value()) group_->Renew(*renewed).IgnoreError();
      for (const Late& call : late) TakeBack(call);
      for (Worker& worker : ended) worker.thread.join();
    }
  }

  // Until there is something to look after, or the end. Returns what time it
  // is.
  absl::Duration AwaitLook() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (true) {
      const absl::Duration now = Clock::System()->Monotonic();
      if (stopped_ || now >= look_at_) return now;
      look_changed_.WaitWithTimeout(&mutex_, look_at_ - now);
    }
  }
  void LookBy(absl::Duration time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (time >= look_at_) return;
    look_at_ = time;
    look_changed_.Signal();
  }

  // Of a call that takes too long. Its event is to be taken back.
  Late GiveUp(Worker& worker) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const Late late = {worker.member, worker.delivery};
    worker.delivery = 0;
    worker.hangs = true;
    ++hanging_count_;
    --working_count_;
    // When one returns, it takes the place of one that does not, also where no
    // thread could.
    if (hanging_count_ <= options_.hanging_count_max) AddWorker().IgnoreError();
    return late;
  }
  void TakeBack(const Late& call) {
    group_
        ->Nack(call.member, call.delivery,
               {.cause = absl::StrCat("the handler took longer than ",
                                      absl::FormatDuration(options_.timeout))})
        .IgnoreError();
  }

  const std::shared_ptr<ConsumerGroup> group_;
  const std::string name_;
  const DeliveryHandler handler_;
  const GroupHandlerOptions options_;
  const int worker_count_;

  mutable Mutex mutex_;
  // Told to who waits to try again.
  CondVar ended_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // That the group is closed; OK until then.
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
  uint64_t member_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration renew_after_ ABSL_GUARDED_BY(mutex_);
  absl::Duration renew_at_ ABSL_GUARDED_BY(mutex_);
  // Somebody joins again, and what came of it last time.
  CondVar joined_;
  bool is_joining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status join_status_ ABSL_GUARDED_BY(mutex_);
  // When the watcher looks next, at the latest.
  CondVar look_changed_;
  absl::Duration look_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
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
  auto pool = std::make_unique<WorkerPool>(
      std::move(group), std::move(member_name), std::move(handler), options);
  DAYBOOK_RETURN_IF_ERROR(pool->Start(membership));
  return pool;
}

}  // namespace daybook
