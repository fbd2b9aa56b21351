#include "tests/testing/small_files.h"

#include <memory>
#include <vector>

#include "rocksdb/db.h"
#include "rocksdb/table.h"
#include "store/log_files.h"
#include "store/rocks_db.h"

namespace daybook::testing {
namespace {

rocksdb::Status Split(const std::string& path, Database database) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 1024;
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.target_file_size_base = 16 << 10;
  family.compression = rocksdb::kNoCompression;
  if (database == Database::kLog) {
    family.table_properties_collector_factories = {LogFilePropertiesFactory()};
  }
  rocksdb::DBOptions options;
  options.info_log_level = rocksdb::FATAL_LEVEL;
  std::vector<std::string> names;
  rocksdb::Status status =
      rocksdb::DB::ListColumnFamilies(options, path, &names);
  if (!status.ok()) return status;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) {
    families.emplace_back(name, family);
    // Each of their sorted runs is one file.
    if (database == Database::kLog && (name == kLogFamilyNames[kLogRows] ||
                                       name == kLogFamilyNames[kLogTree])) {
      families.back().options.compaction_style =
          rocksdb::kCompactionStyleUniversal;
      families.back().options.num_levels = 1;
    }
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened;
  status = rocksdb::DB::Open(options, path, families, &handles, &opened);
  if (!status.ok()) return status;
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::CompactRangeOptions compact;
  compact.bottommost_level_compaction =
      rocksdb::BottommostLevelCompaction::kForce;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (status.ok())
      status = db->CompactRange(compact, handle, nullptr, nullptr);
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  return status;
}

}  // namespace

absl::Status SplitIntoSmallFiles(const std::string& path, Database database) {
  return FromRocks(Split(path, database), "split " + path);
}

}  // namespace daybook::testing
