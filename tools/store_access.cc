#include "tools/store_access.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "daybook/bus/groups.h"
#include "store/error_marks.h"
#include "tools/interrupt.h"

#ifdef DAYBOOK_HAS_SERVER
#include "daybook/server/remote_groups.h"
#include "daybook/server/remote_store.h"
#endif

namespace daybook::tools {
namespace {

// Nothing is pending when a command closes its store, except syncs.
constexpr absl::Duration kCloseGrace = absl::Seconds(60);

// A process that has just taken a store serves it soon, or is another command,
// which soon lets go of it.
constexpr absl::Duration kHolderPatience = absl::Seconds(3);
constexpr absl::Duration kHolderPause = absl::Milliseconds(10);

#ifdef DAYBOOK_HAS_SERVER
// The store that another process serves; `refused` says why this one can't have
// it to itself.
absl::StatusOr<std::shared_ptr<EventStore>> Reach(const std::string& path,
                                                  const absl::Status& refused) {
  absl::StatusOr<std::unique_ptr<EventStore>> reached =
      RemoteStore::Connect(path);
  if (reached.ok()) return *std::move(reached);
  // Nobody serves it, or somebody did who was killed.
  if (absl::IsNotFound(reached.status()) ||
      absl::IsUnavailable(reached.status())) {
    return refused;
  }
  return reached.status();
}
#else
absl::StatusOr<std::shared_ptr<EventStore>> Reach(const std::string& /*path*/,
                                                  const absl::Status& refused) {
  return refused;
}
#endif

class DiskAccess final : public StoreAccess {
 public:
  absl::StatusOr<std::shared_ptr<EventStore>> Open(
      const std::string& path, const StoreOptions& options) override {
    const absl::Time patience = absl::Now() + kHolderPatience;
    StoreOptions at_once = options;
    at_once.lock_timeout = absl::ZeroDuration();
    while (true) {
      absl::StatusOr<std::unique_ptr<EventStore>> store =
          EventStore::Open(path, at_once);
      if (!HasMark(store.status(), kHeld)) return store;
      absl::StatusOr<std::shared_ptr<EventStore>> reached =
          Reach(path, store.status());
      if (!HasMark(reached.status(), kHeld) || Interrupted() ||
          absl::Now() > patience) {
        return reached;
      }
      absl::SleepFor(kHolderPause);
    }
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

std::shared_ptr<Groups> StoreAccess::OpenGroups(EventStore& store,
                                                Clock* clock) {
#ifdef DAYBOOK_HAS_SERVER
  if (RemoteStore::Is(store)) return RemoteGroups::Over(store);
#endif
  return Groups::Over(store, {.clock = clock});
}

StoreAccess* StoreAccess::Disk() {
  static auto* disk = new DiskAccess();
  return disk;
}

}  // namespace daybook::tools
