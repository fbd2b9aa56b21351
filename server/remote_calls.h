// Calls of one request and one reply at the client's side, and what it means
// when they fail.

#ifndef DAYBOOK_SERVER_REMOTE_CALLS_H_
#define DAYBOOK_SERVER_REMOTE_CALLS_H_

#include <cstddef>
#include <memory>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "daybook/v1/service.grpc.pb.h"
#include "server/connection.h"
#include "server/grpc_status.h"
#include "store/errors_internal.h"
#include "store/mutex.h"
#include "store/status_macros.h"

namespace daybook {

// Thread-safe. `connector` must outlive it. `method` is one of the stub's.
class RemoteCalls {
 public:
  explicit RemoteCalls(Connector& connector) : connector_(connector) {}

  template <typename Method, typename Request, typename Reply>
  absl::Status Call(Method method, const Request& request, Reply* reply) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Connection> connection,
                             connector_.Use());
    grpc::ClientContext context;
    return connection->Judge(
        (connection->stub().*method)(&context, request, reply));
  }

  // Likewise of what waits: CancelWaits() ends it.
  template <typename Method, typename Request>
  absl::Status Wait(Method method, const Request& request) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Connection> connection,
                             connector_.Use());
    grpc::ClientContext context;
    {
      MutexLock lock(&mutex_);
      waits_.insert(&context);
    }
    // One that came before CancelWaits() is cancelled there.
    v1::Done reply;
    const grpc::Status called =
        connector_.is_closed()
            ? grpc::Status::CANCELLED
            : (connection->stub().*method)(&context, request, &reply);
    {
      MutexLock lock(&mutex_);
      waits_.erase(&context);
    }
    if (!called.ok() && connector_.is_closed()) {
      return absl::UnavailableError("the store is closed");
    }
    return connection->Judge(called);
  }

  // Likewise of what appends: every failure tells the outcome.
  template <typename Method, typename Request>
  absl::StatusOr<v1::AppendResult> Append(Method method,
                                          const Request& request) {
    const absl::StatusOr<std::shared_ptr<Connection>> connection =
        connector_.Use();
    if (!connection.ok()) return Refused(connection.status());
    if (const size_t bytes = request.ByteSizeLong();
        bytes > (*connection)->request_bytes_max()) {
      return Refused(absl::InvalidArgumentError(absl::StrCat(
          "the request is ", bytes, " bytes, the holder of the store takes ",
          (*connection)->request_bytes_max(), " in one message")));
    }
    grpc::ClientContext context;
    v1::AppendResult reply;
    const grpc::Status called =
        ((*connection)->stub().*method)(&context, request, &reply);
    absl::Status status = (*connection)->Judge(called);
    if (!IsOfStore(called)) {
      // All else was refused before the store has seen it.
      if (!absl::IsUnavailable(status)) return Refused(std::move(status));
      return WithOutcome(absl::UnknownError(status.message()),
                         AppendOutcome::kUnknown);
    }
    DAYBOOK_RETURN_IF_ERROR(status);
    return reply;
  }

  // REQUIRES: the connector is closed.
  void CancelWaits() {
    MutexLock lock(&mutex_);
    for (grpc::ClientContext* wait : waits_) wait->TryCancel();
  }

 private:
  Connector& connector_;
  Mutex mutex_;
  std::set<grpc::ClientContext*> waits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_CALLS_H_
