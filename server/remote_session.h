// The client's side of a call that answers request after request: reads of rows
// and of the audit tree, loads of rows.

#ifndef DAYBOOK_SERVER_REMOTE_SESSION_H_
#define DAYBOOK_SERVER_REMOTE_SESSION_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "daybook/v1/service.grpc.pb.h"
#include "server/connection.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe: one request at a time.
template <typename Request, typename Reply>
class RemoteSession {
 public:
  using Call = grpc::ClientReaderWriter<Request, Reply>;
  using Method =
      std::unique_ptr<Call> (v1::StoreService::Stub::*)(grpc::ClientContext*);

  RemoteSession(Connector& connector, std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)), handle_(connector.Hold()) {}
  ~RemoteSession() {
    MutexLock lock(&mutex_);
    if (call_ == nullptr) return;
    // Once this is over the holder has let go of it too.
    call_->WritesDone();
    call_->Finish();
  }
  RemoteSession(const RemoteSession&) = delete;
  RemoteSession& operator=(const RemoteSession&) = delete;

  // The reply that comes unasked.
  absl::Status Start(Method method, Reply* reply) {
    MutexLock lock(&mutex_);
    call_ = (connection_->stub().*method)(&context_);
    return call_->Read(reply) ? absl::OkStatus() : End();
  }

  // After an error every other one fails likewise.
  absl::Status Ask(const Request& request, Reply* reply) {
    MutexLock lock(&mutex_);
    if (call_ == nullptr) return status_;
    if (call_->Write(request) && call_->Read(reply)) return absl::OkStatus();
    return End();
  }

 private:
  absl::Status End() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    status_ = connection_->Judge(call_->Finish());
    if (status_.ok()) status_ = absl::UnavailableError("the holder ended it");
    call_ = nullptr;
    return status_;
  }

  const std::shared_ptr<Connection> connection_;
  const OpenHandle handle_;
  grpc::ClientContext context_;
  Mutex mutex_;
  std::unique_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_SESSION_H_
