// One call of GroupService, by a client.

#ifndef DAYBOOK_SERVER_GROUP_CALL_H_
#define DAYBOOK_SERVER_GROUP_CALL_H_

#include <memory>

#include "absl/status/status.h"
#include "daybook/v1/group_service.grpc.pb.h"
#include "server/connection.h"
#include "server/grpc_status.h"
#include "store/status_macros.h"

namespace daybook {

// One request, one reply. `*is_broken`, if wanted: whether the connection
// failed, so that nobody knows what became of the request.
template <typename Method, typename Request, typename Reply>
absl::Status CallGroups(Connection& connection, Method method,
                        const Request& request, Reply* reply,
                        bool* is_broken = nullptr) {
  grpc::ClientContext context;
  const grpc::Status called =
      (connection.group_stub().*method)(&context, request, reply);
  if (is_broken != nullptr) *is_broken = !IsOfStore(called);
  return connection.Judge(called);
}

// The same over the connection there is now.
template <typename Method, typename Request, typename Reply>
absl::Status CallGroups(Connector& connector, Method method,
                        const Request& request, Reply* reply) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Connection> connection,
                           connector.Use());
  return CallGroups(*connection, method, request, reply);
}

}  // namespace daybook

#endif  // DAYBOOK_SERVER_GROUP_CALL_H_
