#include "tools/store_access.h"

#include <utility>

#include "absl/time/time.h"

namespace daybook::tools {
namespace {

// Nothing is pending when a command closes its store, except syncs.
constexpr absl::Duration kCloseGrace = absl::Seconds(60);

class DiskAccess final : public StoreAccess {
 public:
  absl::StatusOr<std::shared_ptr<EventStore>> Open(
      const std::string& path, const StoreOptions& options) override {
    return EventStore::Open(path, options);
  }
  absl::Status Close(std::shared_ptr<EventStore> store) override {
    return store->Close(kCloseGrace);
  }
  absl::Status Reindex(
      const std::string& path, const StoreOptions& options,
      absl::FunctionRef<void(const ReindexProgress&)> progress) override {
    return EventStore::Reindex(path, options, progress);
  }
};

}  // namespace

StoreAccess* StoreAccess::Disk() {
  static auto* disk = new DiskAccess();
  return disk;
}

}  // namespace daybook::tools
