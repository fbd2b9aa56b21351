#include "store/row_reader.h"

#include <algorithm>
#include <utility>

#include "rocksdb/iterator.h"
#include "rocksdb/snapshot.h"
#include "store/row_writes.h"

namespace daybook {
namespace {

absl::StatusOr<std::optional<std::string>> Get(
    const RocksDb& log, const rocksdb::ReadOptions& options,
    std::string_view key) {
  if (key < kFirstRowKey) return std::nullopt;
  std::string value;
  const rocksdb::Status status =
      log->Get(options, log.family(kLogRows), ToSlice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return FromRocks(status, "read rows");
  return value;
}

// No row is stepped over silently: see RowsFamily() in rocks_db.cc.
class Cursor final : public RowCursor {
 public:
  Cursor(const RocksDb& log, const rocksdb::Snapshot* snapshot,
         const RowRange& range, Direction direction)
      : begin_(std::max<std::string_view>(range.begin, kFirstRowKey)),
        end_(range.end.empty() ? AboveAllRowKeys() : range.end),
        direction_(direction) {
    // Not a range: nothing is in it.
    if (begin_ >= end_) return;
    lower_ = begin_;
    upper_ = end_;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    options.total_order_seek = true;
    options.iterate_lower_bound = &lower_;
    options.iterate_upper_bound = &upper_;
    iterator_.reset(log->NewIterator(options, log.family(kLogRows)));
  }

  bool Next() override {
    if (iterator_ == nullptr) return false;
    if (!started_) {
      started_ = true;
      if (direction_ == Direction::kForward) {
        iterator_->SeekToFirst();
      } else {
        iterator_->SeekToLast();
      }
    } else if (direction_ == Direction::kForward) {
      iterator_->Next();
    } else {
      iterator_->Prev();
    }
    if (iterator_->Valid()) return true;
    status_ = FromRocks(iterator_->status(), "read rows");
    iterator_.reset();
    return false;
  }

  std::string_view key() const override { return ToView(iterator_->key()); }
  std::string_view value() const override { return ToView(iterator_->value()); }
  const absl::Status& status() const override { return status_; }

 private:
  const std::string begin_;
  const std::string end_;
  const Direction direction_;
  rocksdb::Slice lower_;
  rocksdb::Slice upper_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  bool started_ = false;
  absl::Status status_;
};

class Reader final : public RowReader {
 public:
  explicit Reader(std::shared_ptr<StoreCore> core)
      : core_(std::move(core)), snapshot_((*core_->log)->GetSnapshot()) {}
  ~Reader() override { (*core_->log)->ReleaseSnapshot(snapshot_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) const override {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    return daybook::Get(*core_->log, options, key);
  }

  std::unique_ptr<RowCursor> Scan(const RowRange& range,
                                  Direction direction) const override {
    return std::make_unique<Cursor>(*core_->log, snapshot_, range, direction);
  }

 private:
  CoreReference core_;
  const rocksdb::Snapshot* const snapshot_;
};

}  // namespace

std::unique_ptr<RowReader> MakeRowReader(std::shared_ptr<StoreCore> core) {
  return std::make_unique<Reader>(std::move(core));
}

absl::StatusOr<std::optional<std::string>> GetRow(const RocksDb& log,
                                                  std::string_view key) {
  return Get(log, rocksdb::ReadOptions(), key);
}

}  // namespace daybook
