// Stands in for the engine on disk until that is linked: a store in memory.
// Goes away with the first real EventStore::Open().

#include "daybook/store/event_store.h"

namespace daybook {

__attribute__((weak)) absl::StatusOr<std::unique_ptr<EventStore>>
EventStore::Open(const std::string& /*path*/, const StoreOptions& options) {
  return OpenInMemory(options);
}

__attribute__((weak)) absl::Status EventStore::Reindex(
    const std::string& /*path*/, const StoreOptions& /*options*/,
    absl::FunctionRef<void(const ReindexProgress&)> /*progress*/) {
  return absl::UnimplementedError("no engine on disk yet");
}

}  // namespace daybook
