#include "store/log_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/options.h"
#include "store/head_table.h"
#include "store/row_reader.h"
#include "store/row_writes.h"
#include "store/status_macros.h"
#include "store/validate.h"

namespace daybook {

LogWriter::LogWriter(std::shared_ptr<StoreCore> core,
                     std::function<void()> on_refusal,
                     std::function<void(Position)> on_sync)
    : core_(std::move(core)),
      on_refusal_(std::move(on_refusal)),
      on_sync_(std::move(on_sync)),
      row_writes_(core_->row_writes_at_open),
      durable_head_(core_->tail->head().value()) {}

absl::Status LogWriter::Write(const rocksdb::WriteOptions& options,
                              const RowBatch& rows, bool with_appends,
                              rocksdb::WriteBatch* batch) {
  if (rows.empty()) {
    return FromRocks((*core_->log)->Write(options, batch), "write to the log");
  }
  MutexLock lock(&rows_mutex_);
  AddRows(*core_->log, rows, ++row_writes_, batch);
  DAYBOOK_RETURN_IF_ERROR(
      FromRocks((*core_->log)->Write(options, batch), "write to the log"));
  row_cache_.Update(rows, with_appends);
  return absl::OkStatus();
}

absl::Status LogWriter::WriteGroup(rocksdb::WriteBatch* group,
                                   const RowBatch& rows, Position head) {
  const Durability::Kind durability = core_->options.durability.kind();
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::Kind::kSync ||
                 durability == Durability::Kind::kAnchored;
  DAYBOOK_RETURN_IF_ERROR(Write(options, rows, /*with_appends=*/true, group));
  if (!options.sync) return absl::OkStatus();
  syncs_.fetch_add(1, std::memory_order_relaxed);
  MutexLock lock(&sync_mutex_);
  DAYBOOK_RETURN_IF_ERROR(core_->anchor->Write(head));
  if (durability == Durability::Kind::kAnchored) {
    DAYBOOK_RETURN_IF_ERROR(core_->anchor->Sync());
  }
  durable_head_.store(head.value(), std::memory_order_release);
  return absl::OkStatus();
}

absl::Status LogWriter::WriteRows(const RowBatch& rows) {
  DAYBOOK_RETURN_IF_ERROR(ValidateRowBatch(rows));
  DAYBOOK_RETURN_IF_ERROR(health());
  if (rows.empty()) return absl::OkStatus();
  rocksdb::WriteBatch batch(/*reserved_bytes=*/rows.bytes() + 64,
                            /*max_bytes=*/0, /*protection_bytes_per_key=*/8,
                            /*default_cf_ts_sz=*/0);
  const absl::Status written =
      Write(rocksdb::WriteOptions(), rows, /*with_appends=*/false, &batch);
  if (written.ok()) {
    rows_unsynced_ = true;
    return absl::OkStatus();
  }
  RefuseFromNowOn(written);
  return absl::UnknownError(absl::StrCat("the rows may or may not be stored (",
                                         written.message(),
                                         "): reopen the store and look"));
}

absl::Status LogWriter::IngestRows(const std::string& path) {
  // The file is durable at once, so what it was made from must be.
  DAYBOOK_RETURN_IF_ERROR(Sync());
  rocksdb::FlushOptions flush;
  DAYBOOK_RETURN_IF_ERROR(FromRocks(
      (*core_->log)->Flush(flush, core_->log->family(kLogRows)), "flush rows"));
  // RocksDB orders files of rows by the numbers of their writes, which those of
  // one that is loaded and one that is flushed meanwhile would mix: so none is.
  MutexLock lock(&rows_mutex_);
  DAYBOOK_RETURN_IF_ERROR(FromRocks(
      (*core_->log)->Flush(flush, core_->log->family(kLogRows)), "flush rows"));
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;
  DAYBOOK_RETURN_IF_ERROR(FromRocks(
      (*core_->log)
          ->IngestExternalFile(core_->log->family(kLogRows), {path}, options),
      "load rows"));
  row_cache_.Clear();
  return absl::OkStatus();
}

absl::Status LogWriter::WriteTreeHead(uint64_t size, std::string_view text) {
  DAYBOOK_RETURN_IF_ERROR(health());
  absl::Status written =
      FromRocks((*core_->log)
                    ->Put(rocksdb::WriteOptions(), core_->log->family(kLogTree),
                          KeptHeadKey(size), ToSlice(text)),
                "write a tree head");
  if (!written.ok()) RefuseFromNowOn(written);
  // For the next Sync(), though no event may come.
  if (written.ok()) rows_unsynced_ = true;
  return written;
}

absl::Status LogWriter::BetweenRowWrites(
    absl::FunctionRef<absl::Status()> work) {
  MutexLock lock(&rows_mutex_);
  return work();
}

absl::StatusOr<std::optional<std::string>> LogWriter::GetRow(
    std::string_view key) {
  std::optional<std::string> row = row_cache_.Find(key);
  if (row.has_value()) return row;
  return daybook::GetRow(*core_->log, key);
}

absl::Status LogWriter::Sync() {
  DAYBOOK_RETURN_IF_ERROR(health());
  absl::Status status = SyncLog();
  on_sync_(durable_head());
  return status;
}

absl::Status LogWriter::SyncLog() {
  absl::Status synced = TrySyncLog();
  // Never again: Linux takes what it could not write for written, and the next
  // sync would say so.
  if (!synced.ok()) RefuseFromNowOn(synced);
  return synced;
}

absl::Status LogWriter::TrySyncLog() {
  MutexLock lock(&sync_mutex_);
  const Position head = core_->tail->head();
  const bool rows_unsynced = rows_unsynced_.exchange(false);
  if (head <= durable_head() && !rows_unsynced) return core_->anchor->Sync();
  DAYBOOK_RETURN_IF_ERROR(FromRocks((*core_->log)->SyncWAL(), "sync the log"));
  syncs_.fetch_add(1, std::memory_order_relaxed);
  if (head > durable_head()) {
    DAYBOOK_RETURN_IF_ERROR(core_->anchor->Write(head));
    durable_head_.store(head.value(), std::memory_order_release);
  }
  return core_->anchor->Sync();
}

absl::Status LogWriter::health() const {
  MutexLock lock(&health_mutex_);
  return health_;
}

void LogWriter::RefuseFromNowOn(const absl::Status& failure) {
  {
    MutexLock lock(&health_mutex_);
    health_ = absl::FailedPreconditionError(
        absl::StrCat("an earlier write failed (", failure.message(),
                     "): close and reopen the store"));
  }
  on_refusal_();
}

}  // namespace daybook
