// Rows are not dense: nothing says how many there must be. RocksDB 7.8.3 can
// step over a damaged file of a scan or a compaction with an OK status; the way
// rows are kept leaves it none to step over. Damages every block in turn.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "store/rocks_db.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::ReadFile;
using testing::TemporaryFolder;
using testing::WriteFile;

constexpr int kLoads = 3;
constexpr int kRowsOfLoad = 1'500;
constexpr int kRowCount = kLoads * kRowsOfLoad;

absl::Status Load(EventStore& store, int first) {
  auto loader = store.LoadRows();
  if (!loader.ok()) return loader.status();
  for (int i = 0; i < kRowsOfLoad; ++i) {
    const std::string key = absl::StrCat("row ", 100'000 + first + i);
    // Random enough not to be compressed away.
    std::string value;
    for (int j = 0; j < 8; ++j) {
      absl::StrAppend(&value, absl::Hex((first + i + j) * 2654435761ULL));
    }
    if (absl::Status added = (*loader)->Add(key, value); !added.ok()) {
      return added;
    }
  }
  return (*loader)->Finish();
}

absl::StatusOr<int> CountRows(EventStore& store, Direction direction) {
  const auto rows = store.ReadRows();
  if (!rows.ok()) return rows.status();
  const auto cursor = (*rows)->Scan(RowRange::OfPrefix("row "), direction);
  int count = 0;
  while (cursor->Next()) ++count;
  if (!cursor->status().ok()) return cursor->status();
  return count;
}

class RowDamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    {
      ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                           EventStore::Open(folder_ / "whole", options_));
      ASSERT_OK(
          store->Append("s", ExpectedRevision::Any(), {NewEvent{.type = "t"}}));
      for (int i = 0; i < kLoads; ++i) {
        ASSERT_OK(Load(*store, i * kRowsOfLoad));
      }
      ASSERT_OK(store->Close(absl::Minutes(1)));
    }
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<RocksDb> log, OpenLog("whole"));
    files_ = RowFiles(*log);
    ASSERT_GE(files_.size(), kLoads);
  }

  absl::StatusOr<std::unique_ptr<RocksDb>> OpenLog(const std::string& store) {
    RocksEnvironment environment;
    environment.memory_budget = budget_;
    return RocksDb::OpenLog(folder_ / (store + "/log"),
                            RocksDb::Mode::kReadWrite, environment);
  }
  static std::vector<std::string> RowFiles(const RocksDb& log) {
    rocksdb::ColumnFamilyMetaData family;
    log->GetColumnFamilyMetaData(log.family(kLogRows), &family);
    std::vector<std::string> files;
    for (const auto& level : family.levels) {
      for (const auto& file : level.files) files.push_back(file.name);
    }
    return files;
  }
  // In "damaged", a copy of the store with one byte of `file` changed.
  void Damage(const std::string& file, size_t at) {
    std::filesystem::remove_all(folder_ / "damaged");
    testing::CopyFolder(folder_ / "whole", folder_ / "damaged");
    const std::string path = folder_ / ("damaged/log" + file);
    std::string bytes = ReadFile(path);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    WriteFile(path, bytes);
  }

  TemporaryFolder folder_;
  StoreOptions options_;
  std::shared_ptr<MemoryBudget> budget_ = MemoryBudget::Create(16 << 20);
  // Of rows, with the slash that RocksDB gives their names.
  std::vector<std::string> files_;
};

TEST_F(RowDamageTest, AScanIsWholeOrAnError) {
  int reported = 0;
  for (const std::string& file : files_) {
    const size_t size = ReadFile(folder_ / ("whole/log" + file)).size();
    for (size_t at = 100; at < size; at += 8'000) {
      Damage(file, at);
      const auto store = EventStore::Open(folder_ / "damaged", options_);
      if (!store.ok()) {
        EXPECT_TRUE(absl::IsDataLoss(store.status())) << store.status();
        ++reported;
        continue;
      }
      for (const auto direction : {Direction::kForward, Direction::kBackward}) {
        const absl::StatusOr<int> count = CountRows(**store, direction);
        if (count.ok()) {
          EXPECT_EQ(*count, kRowCount) << file << " at " << at;
        } else {
          EXPECT_TRUE(absl::IsDataLoss(count.status())) << count.status();
          ++reported;
        }
      }
    }
  }
  // Each file has several blocks.
  EXPECT_GE(reported, 20);
}

TEST_F(RowDamageTest, ACompactionLosesNoRowSilently) {
  for (const std::string& file : files_) {
    Damage(file, 100);
    {
      ASSERT_OK_AND_ASSIGN(const std::unique_ptr<RocksDb> log,
                           OpenLog("damaged"));
      // It may notice, or go on with what is not needed.
      (*log)
          ->CompactRange(rocksdb::CompactRangeOptions(), log->family(kLogRows),
                         nullptr, nullptr)
          .PermitUncheckedError();
    }
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                         EventStore::Open(folder_ / "damaged", options_));
    const absl::StatusOr<int> count = CountRows(*store, Direction::kForward);
    EXPECT_TRUE(absl::IsDataLoss(count.status()) ||
                count.value_or(0) == kRowCount)
        << count.status();
  }
}

TEST_F(RowDamageTest, CompactedRowsAreOneFile) {
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<RocksDb> log, OpenLog("whole"));
    ASSERT_TRUE((*log)
                    ->CompactRange(rocksdb::CompactRangeOptions(),
                                   log->family(kLogRows), nullptr, nullptr)
                    .ok());
    EXPECT_EQ(RowFiles(*log).size(), 1);
  }
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(folder_ / "whole", options_));
  ASSERT_OK_AND_ASSIGN(const int count, CountRows(*store, Direction::kForward));
  EXPECT_EQ(count, kRowCount);
}

}  // namespace
}  // namespace daybook
