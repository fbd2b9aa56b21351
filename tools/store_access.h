// StoreAccess opens, closes and reindexes stores for commands. One
// implementation goes to the disk; tests have another that stays in memory,
// and so can run whole commands.

#ifndef DAYBOOK_TOOLS_STORE_ACCESS_H_
#define DAYBOOK_TOOLS_STORE_ACCESS_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/options.h"

namespace daybook {
class Groups;
}

namespace daybook::tools {

class StoreAccess {
 public:
  virtual ~StoreAccess() = default;

  // As EventStore::Open().
  virtual absl::StatusOr<std::shared_ptr<EventStore>> Open(
      const std::string& path, const StoreOptions& options) = 0;
  // Makes everything durable and lets go of the store.
  virtual absl::Status Close(std::shared_ptr<EventStore> store) = 0;
  // The consumer groups of a store that Open() gave, to be let go of before it
  // is closed. `clock` is for groups of this process (GroupsOptions); those of
  // a store that another process holds are there.
  virtual std::shared_ptr<Groups> OpenGroups(EventStore& store, Clock* clock);
  // As EventStore::Reindex().
  virtual absl::Status Reindex(
      const std::string& path, const StoreOptions& options,
      absl::FunctionRef<void(const ReindexProgress&)> progress) = 0;

  // Stores in folders. Lives for ever.
  static StoreAccess* Disk();
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_STORE_ACCESS_H_
