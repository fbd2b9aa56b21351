// Reads back from open databases what DESIGN, "RocksDB: what is known to bite",
// asks for, and opens again what was written with each option that reaches the
// disk.

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "rocksdb/file_checksum.h"
#include "store/rocks_db.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::TemporaryFolder;
using testing::Workload;

class OptionsTest : public ::testing::Test {
 protected:
  RocksEnvironment Environment() {
    RocksEnvironment environment;
    environment.memory_budget = budget_;
    return environment;
  }
  static void ExpectSafe(const rocksdb::DBOptions& options) {
    EXPECT_TRUE(options.paranoid_checks);
    EXPECT_TRUE(options.verify_sst_unique_id_in_manifest);
    EXPECT_TRUE(options.flush_verify_memtable_count);
    EXPECT_EQ(options.max_bgerror_resume_count, 0);
    EXPECT_EQ(options.recycle_log_file_num, 0);
    EXPECT_FALSE(options.track_and_verify_wals_in_manifest);
    EXPECT_EQ(options.wal_compression, rocksdb::kNoCompression);
    EXPECT_FALSE(options.manual_wal_flush);
    EXPECT_FALSE(options.unordered_write);
    EXPECT_FALSE(options.allow_mmap_reads);
    EXPECT_FALSE(options.allow_mmap_writes);
  }
  static void ExpectSafeFamily(const rocksdb::ColumnFamilyOptions& options) {
    EXPECT_TRUE(options.force_consistency_checks);
    EXPECT_EQ(options.ttl, 0);
    EXPECT_EQ(options.periodic_compaction_seconds, 0);
    EXPECT_TRUE(options.compression_per_level.empty());
    EXPECT_EQ(options.bottommost_compression,
              rocksdb::kDisableCompressionOption);
  }

  TemporaryFolder folder_;
  std::shared_ptr<MemoryBudget> budget_ = MemoryBudget::Create(16 << 20);
};

TEST_F(OptionsTest, TheLogIsOpenedSafely) {
  ASSERT_OK_AND_ASSIGN(
      const std::unique_ptr<RocksDb> log,
      RocksDb::OpenLog(folder_ / "log", RocksDb::Mode::kReadWrite,
                       Environment()));
  ExpectSafe((*log)->GetDBOptions());
  ASSERT_NE((*log)->GetDBOptions().file_checksum_gen_factory, nullptr);
  EXPECT_EQ((*log)->GetDBOptions().file_checksum_gen_factory->Name(),
            rocksdb::GetFileChecksumGenCrc32cFactory()->Name());
  EXPECT_EQ((*log)->GetDBOptions().wal_recovery_mode,
            rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  EXPECT_EQ((*log)->GetDBOptions().max_total_wal_size, 256 << 20);
  for (const size_t family : {kLogMeta, kLogChunks, kLogRows, kLogTree}) {
    ExpectSafeFamily((*log)->GetOptions(log->family(family)));
  }
  EXPECT_TRUE((*log)->GetOptions(log->family(kLogChunks)).paranoid_file_checks);
  EXPECT_EQ((*log)
                ->GetOptions(log->family(kLogChunks))
                .table_properties_collector_factories.size(),
            1);
  // Each sorted run is one file: row_damage_test.cc.
  for (const size_t family : {kLogRows, kLogTree}) {
    EXPECT_EQ((*log)->GetOptions(log->family(family)).compaction_style,
              rocksdb::kCompactionStyleUniversal);
    EXPECT_EQ((*log)->GetOptions(log->family(family)).num_levels, 1);
  }
}

TEST_F(OptionsTest, TheIndexIsOpenedSafely) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<RocksDb> index,
                       RocksDb::OpenIndex(folder_ / "index", Environment()));
  ExpectSafe((*index)->GetDBOptions());
  EXPECT_TRUE((*index)->GetDBOptions().atomic_flush);
  for (size_t family = 0; family < std::size(kIndexFamilyNames); ++family) {
    ExpectSafeFamily((*index)->GetOptions(index->family(family)));
  }
}

TEST_F(OptionsTest, StoresOpenWithOtherOptionsThanTheyWereWrittenWith) {
  const Workload workload(1, 1000);
  uint64_t number = 0;
  for (const Compression compression :
       {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
    for (const Durability durability :
         {Durability::Sync(), Durability::Anchored(),
          Durability::Interval(absl::Milliseconds(1)), Durability::None()}) {
      StoreOptions options;
      options.compression = compression;
      options.durability = durability;
      options.memory_budget = budget_;
      ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                           EventStore::Open(folder_ / "store", options));
      for (int i = 0; i < 20; ++i) {
        ASSERT_OK(store->Append(workload.Make({0, number++})));
      }
      const auto stored = testing::CheckStore(*store, workload);
      ASSERT_OK(stored);
      EXPECT_EQ(stored->size(), number);
    }
  }
}

}  // namespace
}  // namespace daybook
