// ServingAccess lets other processes use the store that a command holds: for
// commands that have it open for long.
//
//   ServingAccess serving(context.stores);
//   context.stores = &serving;
//   return context.WithStore(...);

#ifndef DAYBOOK_TOOLS_SERVING_ACCESS_H_
#define DAYBOOK_TOOLS_SERVING_ACCESS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "tools/store_access.h"

namespace daybook::tools {

// For one store at a time. Not thread-safe.
class ServingAccess final : public StoreAccess {
 public:
  // `stores` must outlive it.
  explicit ServingAccess(StoreAccess* stores) : stores_(stores) {}

  // As that of `stores`; where the store is this process's own, others can
  // reach it from now on.
  absl::StatusOr<std::shared_ptr<EventStore>> Open(
      const std::string& path, const StoreOptions& options) override;
  absl::Status Close(std::shared_ptr<EventStore> store) override;
  // Where the store is this process's own, those that others join.
  std::shared_ptr<Groups> OpenGroups(EventStore& store, Clock* clock) override;
  absl::Status Reindex(
      const std::string& path, const StoreOptions& options,
      absl::FunctionRef<void(const ReindexProgress&)> progress) override {
    return stores_->Reindex(path, options, progress);
  }

  // Whether others can reach the store that was opened last, or why not.
  const absl::Status& served() const { return served_; }

 private:
  StoreAccess* const stores_;
  // A StoreServer, where there is one, and its groups.
  std::shared_ptr<void> server_;
  std::shared_ptr<Groups> groups_;
  absl::Status served_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SERVING_ACCESS_H_
