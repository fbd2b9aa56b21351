// One call of Subscribe() at the client's side. A subscription has one after
// the other, as the holder comes and goes.

#ifndef DAYBOOK_SERVER_SUBSCRIBE_STREAM_H_
#define DAYBOOK_SERVER_SUBSCRIBE_STREAM_H_

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "daybook/store/runtime.h"
#include "daybook/v1/service.grpc.pb.h"
#include "server/connection.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe. Lives until gRPC is through with it.
class SubscribeStream final
    : public grpc::ClientBidiReactor<v1::SubscribeRequest, v1::SubscribeReply>,
      public std::enable_shared_from_this<SubscribeStream> {
 public:
  // Called on gRPC's threads, one at a time, and must not block: for each
  // reply, and once with null at the end.
  using Heard =
      std::function<void(SubscribeStream* stream, v1::SubscribeReply* reply)>;

  SubscribeStream(std::shared_ptr<Connection> connection, Heard heard)
      : connection_(std::move(connection)), heard_(std::move(heard)) {}

  // Before all else, once. From here on things are heard: whoever listens must
  // know the stream by then, or misses its end.
  void Begin() {
    self_ = shared_from_this();
    connection_->stub().async()->Subscribe(&context_, this);
    // Writes begin on any thread.
    AddHold();
    StartRead(&reply_);
    StartCall();
  }

  void Send(v1::SubscribeRequest request) {
    {
      MutexLock lock(&mutex_);
      if (is_ending_) return;
      waiting_.push_back(std::move(request));
    }
    WriteIfIdle();
  }

  // Sends what was to be sent; then the holder closes the subscription.
  void HalfClose() {
    {
      MutexLock lock(&mutex_);
      is_ending_ = true;
    }
    WriteIfIdle();
  }
  void Cancel() { context_.TryCancel(); }

  // Why it ended; OK before.
  absl::Status end() const {
    MutexLock lock(&mutex_);
    return end_;
  }
  // Whether it has ended. False after `timeout`.
  bool AwaitEnd(absl::Duration timeout) {
    const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
    MutexLock lock(&mutex_);
    while (!is_over_) {
      const absl::Duration left = deadline - Clock::System()->Monotonic();
      if (left <= absl::ZeroDuration()) return false;
      changed_.WaitWithTimeout(&mutex_, left);
    }
    return true;
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      heard_(this, &reply_);
      StartRead(&reply_);
      return;
    }
    {
      MutexLock lock(&mutex_);
      is_broken_ = true;
    }
    LetGoIfBroken();
  }
  void OnWriteDone(bool ok) override { WrittenOne(ok); }
  void OnWritesDoneDone(bool ok) override { WrittenOne(ok); }
  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<SubscribeStream> self = std::move(self_);
    absl::Status end = connection_->Judge(status);
    if (end.ok()) end = absl::UnavailableError("the subscription was closed");
    {
      MutexLock lock(&mutex_);
      end_ = std::move(end);
    }
    heard_(this, nullptr);
    MutexLock lock(&mutex_);
    is_over_ = true;
    changed_.SignalAll();
  }

 private:
  void WrittenOne(bool ok) {
    {
      MutexLock lock(&mutex_);
      is_writing_ = false;
      if (!ok) is_broken_ = true;
    }
    WriteIfIdle();
    LetGoIfBroken();
  }

  void WriteIfIdle() {
    bool last = false;
    {
      MutexLock lock(&mutex_);
      if (is_writing_ || is_broken_) return;
      if (waiting_.empty()) {
        if (!is_ending_ || std::exchange(is_half_closed_, true)) return;
        last = true;
      } else {
        writing_ = std::move(waiting_.front());
        waiting_.pop_front();
      }
      is_writing_ = true;
    }
    if (last) {
      StartWritesDone();
    } else {
      StartWrite(&writing_);
    }
  }

  void LetGoIfBroken() {
    {
      MutexLock lock(&mutex_);
      if (!is_broken_ || is_writing_ || std::exchange(is_let_go_, true)) return;
    }
    RemoveHold();
  }

  const std::shared_ptr<Connection> connection_;
  const Heard heard_;
  grpc::ClientContext context_;
  std::shared_ptr<SubscribeStream> self_;
  v1::SubscribeReply reply_;
  // What gRPC has.
  v1::SubscribeRequest writing_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<v1::SubscribeRequest> waiting_ ABSL_GUARDED_BY(mutex_);
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_broken_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_let_go_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SUBSCRIBE_STREAM_H_
