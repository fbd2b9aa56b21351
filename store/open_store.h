// The open protocol: what is checked before a store accepts anything.
//
//   1. hold the folder; read what it is; refuse newer formats
//   2. open the log for reading only, so that nothing is changed by looking
//   3. its files must tile [0, x), the rest must follow x without a hole, and
//      the whole must be as long as the anchor says: else kDataLoss, with
//      nothing touched
//   4. open the log for writing
//   5. open the index; one that is missing, damaged or ahead of the log is
//      dropped; derive what would not fit the tail, read the rest into it

#ifndef DAYBOOK_STORE_OPEN_STORE_H_
#define DAYBOOK_STORE_OPEN_STORE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/options.h"
#include "rocksdb/file_system.h"
#include "store/store_core.h"

namespace daybook {

struct OpenedStore {
  std::shared_ptr<StoreCore> core;
  // Of the last event; 0 in an empty store.
  int64_t last_recorded_at_micros = 0;
};

// How tests open a store.
struct OpenHooks {
  // Stands in for the file system below both databases.
  std::shared_ptr<rocksdb::FileSystem> file_system;
  // Derives the whole index anew.
  bool drop_index = false;
  // Called while much is derived.
  std::function<void(const ReindexProgress&)> progress;
};

absl::StatusOr<OpenedStore> OpenStore(const std::string& path,
                                      const StoreOptions& options,
                                      const OpenHooks& hooks);

// As EventStore::Open, with hooks.
absl::StatusOr<std::unique_ptr<EventStore>> OpenWithHooks(
    const std::string& path, const StoreOptions& options,
    const OpenHooks& hooks);

}  // namespace daybook

#endif  // DAYBOOK_STORE_OPEN_STORE_H_
