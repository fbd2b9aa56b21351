// The one place that writes to the log's database: groups of appends with the
// rows that ride on them, rows alone, and files of rows that were made beside
// it. Knows how far the log is durable.
//
// After a write that failed nothing is known of what became of it: everything
// is refused from then on.

#ifndef DAYBOOK_STORE_LOG_WRITER_H_
#define DAYBOOK_STORE_LOG_WRITER_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "daybook/store/numbers.h"
#include "daybook/store/rows.h"
#include "rocksdb/write_batch.h"
#include "store/mutex.h"
#include "store/row_cache.h"
#include "store/store_core.h"

namespace daybook {

// Thread-safe.
class LogWriter {
 public:
  // `on_refusal` is called when a write has failed, `on_sync` after each
  // Sync().
  LogWriter(std::shared_ptr<StoreCore> core, std::function<void()> on_refusal,
            std::function<void(Position durable_head)> on_sync);

  // Writes a group of appends, as durably as the store promises, and `rows`
  // with it. `head`: the log's size with it. On error its fate is unknown.
  absl::Status WriteGroup(rocksdb::WriteBatch* group, const RowBatch& rows,
                          Position head);

  // See EventStore::WriteRows().
  absl::Status WriteRows(const RowBatch& rows);

  // Makes the file of rows at `path` part of the table, durably, and takes it
  // away. On error nothing was added.
  absl::Status IngestRows(const std::string& path);

  // Puts a head of the audit tree into the table of them. On stable storage
  // with the next append or Sync().
  absl::Status WriteTreeHead(uint64_t size, std::string_view text);

  // Runs `work` while rows are neither written nor loaded alone, and gives what
  // it returns. Those that ride on appends are: see Committer::BetweenGroups().
  absl::Status BetweenRowWrites(absl::FunctionRef<absl::Status()> work);

  // Syncs what is visible and advances the durable head.
  absl::Status Sync();

  // Never ahead of what is visible: a group is durable a little earlier.
  Position durable_head() const {
    return std::min(Position(durable_head_.load(std::memory_order_acquire)),
                    core_->tail->head());
  }
  // As appends see the rows: one that is stored. Errors: kDataLoss.
  absl::StatusOr<std::optional<std::string>> GetRow(std::string_view key);

  // OK, or why nothing is accepted any more.
  absl::Status health() const;
  void RefuseFromNowOn(const absl::Status& failure);
  uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }

 private:
  absl::Status Write(const rocksdb::WriteOptions& options, const RowBatch& rows,
                     bool with_appends, rocksdb::WriteBatch* batch);
  absl::Status SyncLog();
  absl::Status TrySyncLog();

  const std::shared_ptr<StoreCore> core_;
  const std::function<void()> on_refusal_;
  const std::function<void(Position)> on_sync_;

  // Held during each write that changes rows, so that their numbers are in the
  // order of the write-ahead log.
  Mutex rows_mutex_;
  uint64_t row_writes_ ABSL_GUARDED_BY(rows_mutex_);
  // Changed while that mutex is held.
  RowCache row_cache_;
  // Orders writes of the anchor.
  Mutex sync_mutex_;
  std::atomic<uint64_t> durable_head_;
  // Rows were written alone since the last sync.
  std::atomic<bool> rows_unsynced_ = false;
  std::atomic<uint64_t> syncs_ = 0;

  mutable Mutex health_mutex_;
  absl::Status health_ ABSL_GUARDED_BY(health_mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_WRITER_H_
