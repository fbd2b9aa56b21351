// Whether the holder of a store still answers. A process that was stopped keeps
// its sockets open: without this, whoever called it would wait for ever.

#ifndef DAYBOOK_SERVER_HEARTBEAT_H_
#define DAYBOOK_SERVER_HEARTBEAT_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "daybook/v1/service.grpc.pb.h"
#include "grpcpp/alarm.h"
#include "store/mutex.h"

namespace daybook {

// The client's side of Beat(): a message each `pause`, which is answered before
// the next one. Thread-safe. Lives until gRPC is through with it.
class Heartbeat final : public grpc::ClientBidiReactor<v1::Done, v1::Done>,
                        public std::enable_shared_from_this<Heartbeat> {
 public:
  // Calls `lost` once, on a thread of gRPC's, when a beat found no answer. A
  // call that ends is not lost: others see that by themselves.
  static std::shared_ptr<Heartbeat> Start(v1::StoreService::Stub& stub,
                                          absl::Duration pause,
                                          std::function<void()> lost);

  Heartbeat(absl::Duration pause, std::function<void()> lost)
      : pause_(pause), lost_(std::move(lost)) {}

  // Afterwards `lost` may be called once more, if it was about to be.
  void Stop();

  void OnReadDone(bool ok) override { DoneWithOne(ok); }
  void OnWriteDone(bool ok) override { DoneWithOne(ok); }
  void OnDone(const grpc::Status& /*status*/) override {
    const std::shared_ptr<Heartbeat> self = std::move(self_);
  }

 private:
  void SetAlarm() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Beat();
  void DoneWithOne(bool ok);

  const absl::Duration pause_;
  const std::function<void()> lost_;
  grpc::ClientContext context_;
  std::shared_ptr<Heartbeat> self_;
  // What gRPC has.
  const v1::Done beat_;
  v1::Done answer_;

  Mutex mutex_;
  // A new one each time: one that has just rung may still be running.
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
  // Of a beat: its writing and its reading.
  int unfinished_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_let_go_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_HEARTBEAT_H_
