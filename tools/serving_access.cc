#include "tools/serving_access.h"

#include <utility>

#include "daybook/bus/groups.h"
#include "store/status_macros.h"

#ifdef DAYBOOK_HAS_SERVER
#include "daybook/server/store_server.h"
#endif

namespace daybook::tools {
namespace {

#ifdef DAYBOOK_HAS_SERVER
absl::Status Serve(EventStore& store, const std::string& path,
                   std::shared_ptr<void>* server,
                   std::shared_ptr<Groups>* groups) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<StoreServer> started,
                           StoreServer::Start(store, path));
  *groups = std::shared_ptr<Groups>(started, &started->groups());
  *server = std::move(started);
  return absl::OkStatus();
}
#else
absl::Status Serve(EventStore& /*store*/, const std::string& /*path*/,
                   std::shared_ptr<void>* /*server*/,
                   std::shared_ptr<Groups>* /*groups*/) {
  return absl::UnimplementedError("this daybook was built without gRPC");
}
#endif

}  // namespace

absl::StatusOr<std::shared_ptr<EventStore>> ServingAccess::Open(
    const std::string& path, const StoreOptions& options) {
  if (stores_ != StoreAccess::Disk()) {
    served_ = absl::UnimplementedError("only a store in a folder is served");
    return stores_->Open(path, options);
  }
  absl::StatusOr<std::unique_ptr<EventStore>> held =
      EventStore::Open(path, options);
  if (held.ok()) {
    served_ = Serve(**held, path, &server_, &groups_);
    return held;
  }
  // Another process holds it, and maybe serves it.
  served_ = held.status();
  if (!absl::IsFailedPrecondition(served_)) return served_;
  return stores_->Open(path, options);
}

std::shared_ptr<Groups> ServingAccess::OpenGroups(EventStore& store,
                                                  Clock* clock) {
  return groups_ != nullptr ? groups_ : stores_->OpenGroups(store, clock);
}

absl::Status ServingAccess::Close(std::shared_ptr<EventStore> store) {
  groups_.reset();
  server_.reset();
  return stores_->Close(std::move(store));
}

}  // namespace daybook::tools
