// The calls of group_service.proto, each handed to the groups.

#ifndef DAYBOOK_SERVER_GROUP_SERVICE_H_
#define DAYBOOK_SERVER_GROUP_SERVICE_H_

#include <memory>

#include "grpcpp/impl/service_type.h"
#include "server/served_groups.h"
#include "server/served_store.h"

namespace daybook {

// Both must outlive the server that it is registered with.
std::unique_ptr<grpc::Service> MakeGroupService(ServedStore& served,
                                                ServedGroups& groups);

}  // namespace daybook

#endif  // DAYBOOK_SERVER_GROUP_SERVICE_H_
