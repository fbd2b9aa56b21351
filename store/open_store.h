// The open protocol: what is checked before a store accepts anything.
//
//   1. hold the folder; read what it is; refuse other formats
//   2. open the log for reading only, so that nothing is changed by looking
//   3. its files must tile [0, x), the rest must follow x without a hole, and
//      the whole must be as long as the anchor says, its audit tree have the
//      root that was written with it, and continue the heads that were kept:
//      else kDataLoss, with nothing touched
//   4. open the log for writing
//   5. open the index; one that is missing, damaged or ahead of the log is
//      dropped; derive what would not fit the tail, read the rest into it

#ifndef DAYBOOK_STORE_OPEN_STORE_H_
#define DAYBOOK_STORE_OPEN_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/options.h"
#include "rocksdb/file_system.h"
#include "store/rocks_db.h"
#include "store/store_core.h"
#include "store/wal_order.h"

namespace daybook {

struct OpenedStore {
  std::shared_ptr<StoreCore> core;
  // Of the last event; 0 in an empty store.
  int64_t last_recorded_at_micros = 0;
  // What CheckKeptHeads() gave.
  std::optional<KeptTreeHead> last_tree_head;
};

// How tests open a store.
struct OpenHooks {
  // Stands in for the file system below both databases.
  std::shared_ptr<rocksdb::FileSystem> file_system;
  // Derives the whole index anew.
  bool drop_index = false;
  // Keeps no audit tree, for the bench to see what it costs. A store is always
  // opened with one or always without.
  bool without_tree = false;
  // Called while much is derived.
  std::function<void(const ReindexProgress&)> progress;
};

// Where a log that was opened for reading only ends.
struct LogEnd {
  // Where its files do.
  Position tiled;
  uint64_t row_writes_in_files = 0;
  // Where the last event is, and where the last is that counts: what comes
  // after a hole that a power cut left never was.
  Position last;
  Position head;
  // The last head that was kept, unless the tree is ignored: in the log's
  // table, or with TreeProbe::kCheckWithHeads as CheckKeptHeads() says.
  std::optional<KeptTreeHead> last_tree_head;
};

// Step 2: the log in the store's folder `path`, for reading only. `row_writes`
// sees what is in its write-ahead log. Errors: kDataLoss for one that does not
// open, whatever RocksDB says; as this machine says.
absl::StatusOr<std::unique_ptr<RocksDb>> OpenLogToLook(
    const std::string& path, const RocksEnvironment& environment,
    RowWriteOrder* row_writes);

// Step 3, but for the audit tree. Errors: kDataLoss with the first
// position that is missing, as far as is known; of `acknowledged` events none
// may be.
absl::StatusOr<LogEnd> FindLogEnd(const RocksDb& log,
                                  const RowWriteOrder& row_writes,
                                  Position acknowledged);

absl::StatusOr<OpenedStore> OpenStore(const std::string& path,
                                      const StoreOptions& options,
                                      const OpenHooks& hooks);

// What is looked at of the audit tree: also, whether it continues the heads
// that were kept.
enum class TreeProbe { kIgnore, kCheck, kCheckWithHeads };

// Steps 2 and 3 alone, of a folder that the caller holds: or what Open() would
// say of a log that must have `acknowledged` events.
absl::StatusOr<LogEnd> ProbeLog(const std::string& path,
                                const StoreOptions& options,
                                Position acknowledged,
                                TreeProbe tree = TreeProbe::kCheck);

// What databases are opened with that belong to no open store.
RocksEnvironment EnvironmentFor(const StoreOptions& options);

// As EventStore::Open, with hooks.
absl::StatusOr<std::unique_ptr<EventStore>> OpenWithHooks(
    const std::string& path, const StoreOptions& options,
    const OpenHooks& hooks);

}  // namespace daybook

#endif  // DAYBOOK_STORE_OPEN_STORE_H_
