// Between absl::Status and gRPC's.

#ifndef DAYBOOK_SERVER_GRPC_STATUS_H_
#define DAYBOOK_SERVER_GRPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace daybook {

// With all of it in the trailer.
grpc::Status ToGrpc(const absl::Status& status);

// The status that the store gave, to the letter. What gRPC itself says of the
// connection becomes kUnavailable, kInvalidArgument for a request above the
// limits and kUnimplemented for a call that the server does not know.
absl::Status FromGrpc(const grpc::Status& status);

// Whether the store has said this, rather than gRPC of the connection.
bool IsOfStore(const grpc::Status& status);

}  // namespace daybook

#endif  // DAYBOOK_SERVER_GRPC_STATUS_H_
