// The call Subscribe(): one subscription of the store for one of a client. It
// hands out a batch when it is asked for one, so nothing is queued for a client
// that does not ask; while it waits for events it has no thread.

#ifndef DAYBOOK_SERVER_SUBSCRIBE_CALL_H_
#define DAYBOOK_SERVER_SUBSCRIBE_CALL_H_

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "daybook/v1/service.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/batch_space.h"
#include "server/grpc_status.h"
#include "server/served_store.h"
#include "server/strand.h"
#include "server/wire.h"
#include "server/wire_info.h"
#include "server/wire_status.h"
#include "store/status_macros.h"

namespace daybook {

// Kept by gRPC until OnDone(), and by what was posted. All but the functions
// that gRPC calls run on the strand.
class SubscribeCall final
    : public grpc::ServerBidiReactor<v1::SubscribeRequest, v1::SubscribeReply>,
      public std::enable_shared_from_this<SubscribeCall> {
 public:
  static SubscribeCall* Start(ServedStore& served) {
    auto call = std::make_shared<SubscribeCall>(served);
    call->self_ = call;
    call->StartRead(&call->request_);
    return call.get();
  }

  explicit SubscribeCall(ServedStore& served)
      : served_(served), strand_(std::make_shared<Strand>(served.workers())) {}

  void OnReadDone(bool ok) override {
    Post([ok](SubscribeCall& call) {
      if (call.is_over_) return;
      if (!ok) {
        call.Drop(absl::OkStatus());
        return;
      }
      // The next request comes while this one is handled.
      const v1::SubscribeRequest request = std::move(call.request_);
      call.wants_read_ = true;
      call.ReadNext();
      if (const absl::Status status = call.Handle(request); !status.ok()) {
        call.End(status);
      }
    });
  }
  void OnWriteDone(bool ok) override {
    Post([ok](SubscribeCall& call) {
      call.replies_.pop_front();
      if (!ok) {
        call.replies_.clear();
        call.End(absl::CancelledError("the client is gone"));
      }
      call.WriteNext();
      call.ReadNext();
    });
  }
  void OnCancel() override {
    Post([](SubscribeCall& call) {
      call.Drop(absl::CancelledError("the client is gone"));
    });
  }
  void OnDone() override { self_.reset(); }

 private:
  static constexpr size_t kStepCountMax = 256;
  static constexpr size_t kRepliesMax = 16;
  // The client gives up by itself.
  static constexpr absl::Duration kWaitForEver = absl::Hours(1);

  template <typename Task>
  void Post(Task task) {
    strand_->Post([self = shared_from_this(),
                   task = std::move(task)]() mutable { task(*self); });
  }

  absl::Status Handle(const v1::SubscribeRequest& request) {
    switch (request.request_case()) {
      case v1::SubscribeRequest::kStart:
        return Begin(request.start());
      case v1::SubscribeRequest::kPull:
        if (subscription_ == nullptr) break;
        pull_ = request.pull().number();
        wait_until_ = Clock::System()->Monotonic() +
                      wire::ToDuration(request.pull().wait());
        is_pulled_ = true;
        space_.UsePlace(request.pull().place_begin(),
                        request.pull().place_size());
        return Advance();
      case v1::SubscribeRequest::kAcknowledge:
        if (subscription_ == nullptr) break;
        Acknowledge(request.acknowledge());
        return absl::OkStatus();
      case v1::SubscribeRequest::REQUEST_NOT_SET:
        return absl::InvalidArgumentError("a request without anything in it");
    }
    return absl::InvalidArgumentError("a subscription that was not started");
  }

  absl::Status Begin(const v1::SubscribeRequest::Start& start) {
    if (subscription_ != nullptr) {
      return absl::InvalidArgumentError("a subscription that began already");
    }
    SubscribeOptions options;
    options.filter = wire::FromMessage(start.filter());
    options.from = start.has_from() ? SubscribeFrom::At(Position(start.from()))
                                    : SubscribeFrom::End();
    options.name = start.name();
    options.accept_changed_filter = start.accept_changed_filter();
    options.durable_only = start.durable_only();
    count_max_ = std::max<uint64_t>(start.batch_count_max(), 1);
    options.batch_count_max = std::min<uint64_t>(count_max_, kStepCountMax);
    if (start.has_resume_at()) {
      skip_below_ = Position(start.resume_at());
      if (skip_below_ > served_.store.Head()) {
        return absl::DataLossError(
            absl::StrCat("the store has ", served_.store.Head().value(),
                         " events, and the subscriber was given those below ",
                         skip_below_.value()));
      }
      if (options.name.empty()) options.from = SubscribeFrom::At(skip_below_);
    }
    DAYBOOK_ASSIGN_OR_RETURN(subscription_, served_.store.Subscribe(options));
    // What the client has had counts as handed out, for it may acknowledge it.
    while (subscription_->next_position() < skip_below_) {
      DAYBOOK_RETURN_IF_ERROR(Take().status());
    }
    if (start.has_memory()) {
      space_.ShareMemory(SharedMemory::Open(
          {start.memory().process(), static_cast<int>(start.memory().file()),
           start.memory().token()}));
    }
    v1::SubscribeReply reply;
    reply.mutable_started()->set_next_position(
        std::max(subscription_->next_position(), skip_below_).value());
    Write(std::move(reply));
    return absl::OkStatus();
  }

  // Puts the next events into the batch: how many.
  absl::StatusOr<size_t> Take() {
    DAYBOOK_ASSIGN_OR_RETURN(const EventBatch batch,
                             subscription_->Next(absl::ZeroDuration()));
    size_t count = 0;
    for (const EventView& event : batch.events) {
      if (event.position < skip_below_) continue;
      space_.Put(event);
      ++count;
    }
    return count;
  }

  // Answers a pull if it can be; otherwise waits for what it wants.
  absl::Status Advance() {
    if (!is_pulled_) return absl::OkStatus();
    while (
        !space_.is_large() &&
        (space_.count() == 0 || space_.count() + kStepCountMax <= count_max_)) {
      const absl::StatusOr<size_t> count = Take();
      // Comes again at the next pull, once what came before it was given.
      if (!count.ok() && space_.count() > 0) break;
      DAYBOOK_RETURN_IF_ERROR(count.status());
      if (*count == 0) break;
    }
    if (space_.count() == 0) {
      const absl::Duration left = wait_until_ - Clock::System()->Monotonic();
      if (left > absl::ZeroDuration()) {
        Wait(left);
        return absl::OkStatus();
      }
    }
    is_pulled_ = false;
    v1::SubscribeReply reply;
    v1::SubscribeReply::Batch& batch = *reply.mutable_batch();
    batch.set_number(pull_);
    const std::optional<Position> left_from = space_.MoveTo(&batch);
    batch.set_next_position(
        left_from
            .value_or(std::max(subscription_->next_position(), skip_below_))
            .value());
    Write(std::move(reply));
    return absl::OkStatus();
  }

  // Sees to it that a timer rings when the wait is over, or before: then it
  // sees to it again. So a wait that events interrupt, none of them wanted, has
  // one timer for all of them.
  void SetTimer(absl::Duration left) {
    if (left >= kWaitForEver ||
        (!timers_.empty() && *timers_.begin() <= wait_until_)) {
      return;
    }
    timers_.insert(wait_until_);
    served_.workers().ScheduleAfter(
        left, [weak = weak_from_this(), at = wait_until_] {
          const auto self = weak.lock();
          if (self == nullptr) return;
          self->Post([at](SubscribeCall& call) {
            call.timers_.erase(at);
            call.AdvanceOrEnd();
          });
        });
  }

  void Wait(absl::Duration left) {
    SetTimer(left);
    if (is_notified_) return;
    is_notified_ = true;
    subscription_->NotifyWhenReady([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self == nullptr) return;
      self->Post([](SubscribeCall& call) {
        call.is_notified_ = false;
        call.AdvanceOrEnd();
      });
    });
  }

  void AdvanceOrEnd() {
    if (is_over_) return;
    if (const absl::Status status = Advance(); !status.ok()) End(status);
  }

  void Acknowledge(const v1::SubscribeRequest::Acknowledge& request) {
    v1::SubscribeReply reply;
    reply.mutable_acknowledged()->set_number(request.number());
    const absl::Status status =
        subscription_->Acknowledge(Position(request.position()));
    if (!status.ok()) {
      wire::ToMessage(status, reply.mutable_acknowledged()->mutable_error());
    }
    Write(std::move(reply));
  }

  void Write(v1::SubscribeReply reply) {
    replies_.push_back(std::move(reply));
    if (replies_.size() == 1 && !is_over_) StartWrite(&replies_.front());
  }
  void WriteNext() {
    if (!replies_.empty()) {
      StartWrite(&replies_.front());
    } else if (is_over_) {
      FinishOnce();
    }
  }

  // Who does not take answers is not heard any more.
  void ReadNext() {
    if (!wants_read_ || is_over_ || replies_.size() >= kRepliesMax) return;
    wants_read_ = false;
    StartRead(&request_);
  }

  void End(const absl::Status& status) {
    if (is_over_) return;
    is_over_ = true;
    if (subscription_ != nullptr) subscription_->Cancel();
    subscription_.reset();
    end_ = status;
    // What was answered is written first.
    if (replies_.empty()) FinishOnce();
  }
  // Nobody wants to know what was answered.
  void Drop(const absl::Status& status) {
    // gRPC has the first.
    if (replies_.size() > 1) replies_.erase(++replies_.begin(), replies_.end());
    End(status);
  }
  void FinishOnce() {
    if (std::exchange(is_finished_, true)) return;
    Finish(ToGrpc(end_));
  }

  ServedStore& served_;
  const std::shared_ptr<Strand> strand_;
  std::shared_ptr<SubscribeCall> self_;
  v1::SubscribeRequest request_;

  std::unique_ptr<Subscription> subscription_;
  uint64_t count_max_ = 0;
  // The client has had what is below.
  Position skip_below_;
  // Taken from the subscription, not sent yet.
  BatchSpace space_;

  bool is_pulled_ = false;
  uint64_t pull_ = 0;
  absl::Duration wait_until_;
  // When those ring that are set.
  std::set<absl::Duration> timers_;
  bool is_notified_ = false;

  // The first is being written.
  std::deque<v1::SubscribeReply> replies_;
  bool wants_read_ = false;
  bool is_over_ = false;
  absl::Status end_;
  bool is_finished_ = false;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SUBSCRIBE_CALL_H_
