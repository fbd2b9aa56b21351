// The call AppendMany(): many appends in flight, answered as they end: those of
// one commit together, so the busier it is the less each append costs.

#ifndef DAYBOOK_SERVER_APPEND_MANY_CALL_H_
#define DAYBOOK_SERVER_APPEND_MANY_CALL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"
#include "daybook/v1/service.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/append_call.h"
#include "server/served_store.h"
#include "server/wire.h"
#include "server/wire_status.h"
#include "store/errors_internal.h"
#include "store/mutex.h"

namespace daybook {

// Kept by gRPC until OnDone(), and by each append that is under way.
class AppendManyCall final
    : public grpc::ServerBidiReactor<v1::AppendManyRequest,
                                     v1::AppendManyReply>,
      public std::enable_shared_from_this<AppendManyCall> {
 public:
  static AppendManyCall* Start(ServedStore& served) {
    auto call = std::make_shared<AppendManyCall>(served);
    call->self_ = call;
    call->StartRead(&call->request_);
    return call.get();
  }

  explicit AppendManyCall(ServedStore& served) : served_(served) {}

  void OnReadDone(bool ok) override {
    Step([&] {
      mutex_.AssertHeld();
      is_reading_ = false;
      if (!ok) {
        no_more_ = true;
        return;
      }
      unanswered_ += request_.appends_size();
      read_at_ = Clock::System()->Monotonic();
      next_ = 0;
    });
    if (!ok) return;
    served_.workers().Schedule([self = shared_from_this()] { self->Submit(); });
  }
  void OnWriteDone(bool ok) override {
    Step([&] {
      mutex_.AssertHeld();
      is_writing_ = false;
      unanswered_ -= writing_.appends_size();
      if (!ok) Break();
    });
  }
  void OnCancel() override {
    Step([this] {
      mutex_.AssertHeld();
      Break();
    });
  }
  void OnDone() override { self_.reset(); }

 private:
  // Answers that the client did not take count too; then nothing more is read.
  static constexpr int kUnansweredMax = 16'384;

  // Queues what was read, in its order. Where the store has no room, that
  // append and those after it have their turn later.
  void Submit() {
    for (; next_ < request_.appends_size(); ++next_) {
      const v1::AppendManyRequest::Item& item = request_.appends(next_);
      if (!append_.has_value()) {
        append_ = wire::FromMessage(item.call().request());
        pause_ = RoomPause();
      }
      absl::Status refused = append_->status();
      if (refused.ok()) {
        refused = TryAppend(served_.store, **append_,
                            [self = shared_from_this(), number = item.number()](
                                const absl::StatusOr<AppendResult>& result) {
                              self->Answer(number, result);
                            });
        const absl::Duration deadline =
            read_at_ + wire::ToDuration(item.call().queue_timeout());
        if (!refused.ok() && Clock::System()->Monotonic() < deadline) {
          SubmitLater();
          return;
        }
      }
      append_.reset();
      if (refused.ok()) continue;
      Answer(item.number(), Refused(std::move(refused)));
    }
    Step([this] {
      mutex_.AssertHeld();
      wants_read_ = true;
    });
  }

  void SubmitLater() {
    {
      MutexLock lock(&mutex_);
      // What has no place yet of a client that is gone is dropped.
      if (is_broken_) return;
    }
    served_.workers().ScheduleAfter(
        pause_.Next(), [self = shared_from_this()] { self->Submit(); });
  }

  // A commit answers many, one after the other: in one message, by another
  // thread, while that one goes on with the next commit.
  void Answer(uint64_t number, const absl::StatusOr<AppendResult>& result) {
    Step([&] {
      mutex_.AssertHeld();
      // Nobody waits for it, and the server may be gone.
      if (is_broken_) return;
      if (unanswered_ > 1 && !is_writing_ && !is_held_back_) HoldBack();
      v1::AppendManyReply::Item& item = *waiting_.add_appends();
      item.set_number(number);
      if (result.ok()) {
        wire::ToMessage(*result, item.mutable_result());
      } else {
        wire::ToMessage(result.status(), item.mutable_error());
      }
    });
  }

  // Under the lock: it is not finished, nor the server gone, before what is
  // scheduled here has had the lock.
  void HoldBack() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    is_held_back_ = true;
    served_.workers().Schedule([self = shared_from_this()] {
      self->Step([&] {
        self->mutex_.AssertHeld();
        self->is_held_back_ = false;
      });
    });
  }

  // The client is gone: nobody waits for answers.
  void Break() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    is_broken_ = true;
    no_more_ = true;
    unanswered_ -= waiting_.appends_size();
    waiting_.Clear();
  }

  // Makes a change, and then what follows from it, outside the lock.
  template <typename Change>
  void Step(Change change) {
    bool write = false;
    bool read = false;
    bool finish = false;
    {
      MutexLock lock(&mutex_);
      change();
      if (is_broken_) Break();
      if (!is_writing_ && !is_held_back_ && waiting_.appends_size() > 0) {
        writing_.Clear();
        writing_.Swap(&waiting_);
        write = is_writing_ = true;
      }
      if (wants_read_ && !no_more_ && unanswered_ < kUnansweredMax) {
        read = is_reading_ = true;
        wants_read_ = false;
      }
      // Of a client that is gone, the appends go on by themselves, and may
      // outlive the server. Nothing may be begun once it is finished, and what
      // was decided under the lock is done outside.
      if (no_more_ && !is_writing_ && !is_reading_ && !is_held_back_ &&
          (unanswered_ == 0 || is_broken_) && !is_finished_) {
        finish = is_finished_ = true;
      }
    }
    if (write) StartWrite(&writing_);
    if (read) StartRead(&request_);
    if (finish) Finish(grpc::Status::OK);
  }

  ServedStore& served_;
  std::shared_ptr<AppendManyCall> self_;
  // Of the one reading at a time: what was read, when, and which of it comes
  // next.
  v1::AppendManyRequest request_;
  absl::Duration read_at_;
  int next_ = 0;
  // The next one, where it was tried before.
  std::optional<absl::StatusOr<AppendRequest>> append_;
  RoomPause pause_;

  Mutex mutex_;
  // What gRPC has, and what comes next.
  v1::AppendManyReply writing_;
  v1::AppendManyReply waiting_ ABSL_GUARDED_BY(mutex_);
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  // More answers are about to come.
  bool is_held_back_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = true;
  int unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool wants_read_ ABSL_GUARDED_BY(mutex_) = false;
  bool no_more_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_broken_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_APPEND_MANY_CALL_H_
