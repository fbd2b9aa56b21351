#include "store/row_writes.h"

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "store/coding.h"

namespace daybook {
namespace {

// Stored; never change.
constexpr std::string_view kNumberKey("\0", 1);
constexpr char kLastWrite[] = "daybook.last-row-write";

class RowFileProperties : public rocksdb::TablePropertiesCollector {
 public:
  rocksdb::Status AddUserKey(const rocksdb::Slice& key,
                             const rocksdb::Slice& value,
                             rocksdb::EntryType type, rocksdb::SequenceNumber,
                             uint64_t) override {
    if (type == rocksdb::kEntryPut) {
      last_ = std::max(last_, ParseRowWriteNumber(key, value).value_or(0));
    }
    return rocksdb::Status::OK();
  }

  rocksdb::Status Finish(
      rocksdb::UserCollectedProperties* properties) override {
    *properties = GetReadableProperties();
    return rocksdb::Status::OK();
  }

  rocksdb::UserCollectedProperties GetReadableProperties() const override {
    return {{kLastWrite, absl::StrCat(last_)}};
  }

  const char* Name() const override { return "daybook.RowFileProperties"; }

 private:
  uint64_t last_ = 0;
};

class RowFilePropertiesMaker : public rocksdb::TablePropertiesCollectorFactory {
 public:
  rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(
      Context) override {
    return new RowFileProperties;
  }
  const char* Name() const override { return "daybook.RowFileProperties"; }
};

}  // namespace

const std::string& AboveAllRowKeys() {
  static const auto* const kKey = new std::string(kRowKeyBytesMax + 1, '\xff');
  return *kKey;
}

void AddRows(const RocksDb& log, const RowBatch& rows, uint64_t number,
             rocksdb::WriteBatch* batch) {
  rocksdb::ColumnFamilyHandle* const family = log.family(kLogRows);
  // What goes wrong here, the write reports.
  for (const RowBatch::Change& change : rows.changes()) {
    switch (change.kind) {
      case RowBatch::Kind::kPut:
        batch->Put(family, change.key, change.value).PermitUncheckedError();
        break;
      case RowBatch::Kind::kDelete:
        batch->Delete(family, change.key).PermitUncheckedError();
        break;
      case RowBatch::Kind::kDeleteRange: {
        const std::string_view begin =
            std::max<std::string_view>(change.key, kFirstRowKey);
        const std::string& end =
            change.value.empty() ? AboveAllRowKeys() : change.value;
        if (begin >= end) break;
        batch->DeleteRange(family, ToSlice(begin), end).PermitUncheckedError();
        break;
      }
    }
  }
  std::string value;
  PutFixed<uint64_t>(&value, number);
  batch->Put(family, ToSlice(kNumberKey), value).PermitUncheckedError();
}

std::optional<uint64_t> ParseRowWriteNumber(const rocksdb::Slice& key,
                                            const rocksdb::Slice& value) {
  if (ToView(key) != kNumberKey || value.size() != sizeof(uint64_t)) {
    return std::nullopt;
  }
  return LoadFixed<uint64_t>(value.data());
}

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory>
RowFilePropertiesFactory() {
  return std::make_shared<RowFilePropertiesMaker>();
}

absl::StatusOr<uint64_t> ReadRowWritesInFiles(const RocksDb& log) {
  rocksdb::TablePropertiesCollection files;
  const rocksdb::Status status =
      log->GetPropertiesOfAllTables(log.family(kLogRows), &files);
  if (!status.ok()) return FromRocks(status, "read the properties of rows");
  uint64_t last = 0;
  for (const auto& [name, properties] : files) {
    const auto found = properties->user_collected_properties.find(kLastWrite);
    uint64_t number;
    // Files that were loaded beside the log have none.
    if (found == properties->user_collected_properties.end() ||
        !absl::SimpleAtoi(found->second, &number)) {
      continue;
    }
    last = std::max(last, number);
  }
  return last;
}

absl::StatusOr<uint64_t> ReadRowWrites(const RocksDb& log) {
  std::string value;
  const rocksdb::Status status =
      log->Get(rocksdb::ReadOptions(), log.family(kLogRows),
               ToSlice(kNumberKey), &value);
  if (status.IsNotFound()) return 0;
  if (!status.ok()) return FromRocks(status, "read rows");
  const auto number = ParseRowWriteNumber(ToSlice(kNumberKey), value);
  if (number.has_value()) return *number;
  return absl::DataLossError("rows: the number of their last write is damaged");
}

}  // namespace daybook
