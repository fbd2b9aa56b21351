// Calls as gRPC wants them: objects whose functions it calls on threads of its
// own, which must not wait. So each hands what the store does to an executor.

#ifndef DAYBOOK_SERVER_CALLS_H_
#define DAYBOOK_SERVER_CALLS_H_

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/runtime.h"
#include "daybook/v1/service.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/grpc_status.h"

namespace daybook {

// One request, one reply, made by `work` on a thread of `executor`.
template <typename Work>
grpc::ServerUnaryReactor* RunUnary(grpc::CallbackServerContext* context,
                                   Executor& executor, Work work) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  executor.Schedule([reactor, work = std::move(work)]() mutable {
    reactor->Finish(ToGrpc(work()));
  });
  return reactor;
}

// One request that is asked again until it is no longer kDeadlineExceeded, or
// `timeout` is over: a wait that holds no thread.
class WaitCall final : public grpc::ServerUnaryReactor {
 public:
  WaitCall(Executor& executor, absl::Duration timeout,
           std::function<absl::Status()> ask)
      : executor_(executor),
        deadline_(Clock::System()->Monotonic() + timeout),
        ask_(std::move(ask)) {
    executor_.Schedule([this] { Ask(absl::Milliseconds(1)); });
  }

  void OnCancel() override { cancelled_ = true; }
  void OnDone() override { delete this; }

 private:
  static constexpr absl::Duration kPauseMax = absl::Milliseconds(20);

  void Ask(absl::Duration pause) {
    const absl::Status status = ask_();
    const absl::Duration left = deadline_ - Clock::System()->Monotonic();
    if (!absl::IsDeadlineExceeded(status) || left <= absl::ZeroDuration() ||
        cancelled_) {
      Finish(ToGrpc(status));
      return;
    }
    executor_.ScheduleAfter(std::min(pause, left), [this, pause] {
      Ask(std::min(2 * pause, kPauseMax));
    });
  }

  Executor& executor_;
  const absl::Duration deadline_;
  const std::function<absl::Status()> ask_;
  std::atomic<bool> cancelled_ = false;
};

// One request, many replies. The next one is made once gRPC has taken the one
// before: who does not read costs one reply.
template <typename Reply>
class StreamCall final : public grpc::ServerWriteReactor<Reply> {
 public:
  // Makes the next reply: true; false at the end.
  using Produce = std::function<absl::StatusOr<bool>(Reply* reply)>;

  StreamCall(Executor& executor, Produce produce)
      : executor_(executor), produce_(std::move(produce)) {
    executor_.Schedule([this] { Step(); });
  }

  void OnCancel() override { cancelled_ = true; }
  void OnDone() override { delete this; }
  void OnWriteDone(bool ok) override {
    if (!ok) {
      this->Finish(grpc::Status::CANCELLED);
      return;
    }
    executor_.Schedule([this] { Step(); });
  }

 private:
  void Step() {
    if (cancelled_) {
      this->Finish(grpc::Status::CANCELLED);
      return;
    }
    reply_.Clear();
    const absl::StatusOr<bool> more = produce_(&reply_);
    if (more.ok() && *more) {
      this->StartWrite(&reply_);
    } else {
      this->Finish(ToGrpc(more.status()));
    }
  }

  Executor& executor_;
  const Produce produce_;
  Reply reply_;
  std::atomic<bool> cancelled_ = false;
};

// Answers each message as it comes, without waiting for anything.
class BeatCall final : public grpc::ServerBidiReactor<v1::Done, v1::Done> {
 public:
  BeatCall() { StartRead(&beat_); }

  void OnCancel() override {}  // What is under way fails.
  void OnDone() override { delete this; }
  void OnReadDone(bool ok) override {
    if (ok) {
      StartWrite(&answer_);
    } else {
      Finish(grpc::Status::OK);
    }
  }
  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&beat_);
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

 private:
  v1::Done beat_;
  const v1::Done answer_;
};

// A reply unasked, then one for each request, until the client half-closes.
template <typename Request, typename Reply>
class SessionCall final : public grpc::ServerBidiReactor<Request, Reply> {
 public:
  // `request` is null the first time. An error ends the call.
  using Handle =
      std::function<absl::Status(const Request* request, Reply* reply)>;

  SessionCall(Executor& executor, Handle handle)
      : executor_(executor), handle_(std::move(handle)) {
    executor_.Schedule([this] { Answer(nullptr); });
  }

  void OnCancel() override {}  // What is under way fails.
  void OnDone() override { delete this; }
  void OnReadDone(bool ok) override {
    if (!ok) {
      this->Finish(grpc::Status::OK);
      return;
    }
    executor_.Schedule([this] { Answer(&request_); });
  }
  void OnWriteDone(bool ok) override {
    if (ok) {
      this->StartRead(&request_);
    } else {
      this->Finish(grpc::Status::CANCELLED);
    }
  }

 private:
  void Answer(const Request* request) {
    reply_.Clear();
    if (const absl::Status status = handle_(request, &reply_); status.ok()) {
      this->StartWrite(&reply_);
    } else {
      this->Finish(ToGrpc(status));
    }
  }

  Executor& executor_;
  const Handle handle_;
  Request request_;
  Reply reply_;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_CALLS_H_
