// The calls of service.proto, each handed to the store.

#ifndef DAYBOOK_SERVER_SERVICE_H_
#define DAYBOOK_SERVER_SERVICE_H_

#include <memory>

#include "grpcpp/impl/service_type.h"
#include "server/served_store.h"

namespace daybook {

// Of the functions of StoreService; what is not overridden is kUnimplemented.
// `served` must outlive the server that it is registered with.
std::unique_ptr<grpc::Service> MakeService(ServedStore& served);

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SERVICE_H_
