// Takes the index away, in whole or in part, or kills its making half-way: the
// next opening must read right all the same.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::CheckStore;
using testing::ChildProcess;
using testing::CopyFolder;
using testing::Draw;
using testing::FaultRun;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
using testing::StoredAppends;
using testing::TemporaryFolder;
using testing::Workload;

constexpr uint64_t kSeed = 1492;
constexpr uint64_t kAppends = 500;
constexpr size_t kPayloadMax = 500;

int ReindexInChild(const std::map<std::string, std::string>& arguments) {
  const absl::Status status = EventStore::Reindex(
      arguments.at("store"), StoreOptions(), [](const ReindexProgress&) {});
  std::printf("%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

const bool kRegistered = testing::RegisterChild("reindex", ReindexInChild);

class ReindexTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Workload workload(kSeed, kPayloadMax);
    StoreOptions options;
    options.durability = Durability::None();
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                         EventStore::Open(folder_ / "made", options));
    const std::vector<NewEvent> events(10, NewEvent{.type = "t"});
    for (const char* stream : {"ruled-1", "ruled-2", "ruled-3"}) {
      ASSERT_OK(store->Append(stream, ExpectedRevision::Any(), events));
    }
    for (uint64_t n = 0; n < kAppends; ++n) {
      if (n == kAppends / 3) {
        ASSERT_OK(store->WaitForIndexes(absl::Seconds(60)));
      }
      ASSERT_OK(
          store->Append(workload.Make({static_cast<uint32_t>(n % 3), n})));
    }
    StreamMetadata metadata;
    metadata.truncate_before = Revision(4);
    metadata.max_count = 5;
    metadata.json = "{}";
    ASSERT_OK(store->SetStreamMetadata("ruled-1", metadata));
    ASSERT_OK(store->DeleteStream("ruled-2"));
    ASSERT_OK(store->Append("ruled-2", ExpectedRevision::Any(), {events[0]}));
    ASSERT_OK(store->TombstoneStream("ruled-3"));
    rules_ = Rules(*store);
    ASSERT_OK(store->Close(absl::Seconds(60)));
  }

  static std::vector<StreamInfo> Rules(EventStore& store) {
    std::vector<StreamInfo> infos;
    for (const char* stream : {"ruled-1", "ruled-2", "ruled-3"}) {
      const auto info = store.GetStream(stream);
      EXPECT_OK(info);
      if (info.ok()) infos.push_back(*info);
    }
    return infos;
  }

  void Given() { CopyFolder(folder_ / "made", folder_ / "store"); }

  void ExpectAllRight() {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                         EventStore::Open(folder_ / "store", StoreOptions()));
    ASSERT_OK_AND_ASSIGN(const StoredAppends stored,
                         CheckStore(*store, Workload(kSeed, kPayloadMax)));
    EXPECT_EQ(stored.size(), kAppends);
    EXPECT_TRUE(Rules(*store) == rules_);
    EXPECT_OK(store->WaitForIndexes(absl::Seconds(60)));
    ASSERT_OK(CheckStore(*store, Workload(kSeed, kPayloadMax)));
    EXPECT_TRUE(Rules(*store) == rules_);
  }

  TemporaryFolder folder_;
  std::vector<StreamInfo> rules_;
};

TEST_F(ReindexTest, AStoreWithoutIndexDerivesIt) {
  Given();
  fs::remove_all(folder_ / "store/index");
  ExpectAllRight();
}

TEST_F(ReindexTest, ReindexDerivesAllAnew) {
  Given();
  Position done;
  ASSERT_OK(EventStore::Reindex(
      folder_ / "store", StoreOptions(),
      [&done](const ReindexProgress& progress) { done = progress.done; }));
  ExpectAllRight();
  EXPECT_GT(done, Position(kAppends));
}

// A family that was dropped by hand is made empty, but the watermark says that
// all is there: that must be noticed.
TEST_F(ReindexTest, AnIndexWithoutOneOfItsFamiliesIsDerivedAnew) {
  for (const char* family : {"streams", "terms", "keys", "heads", "rules"}) {
    SCOPED_TRACE(family);
    Given();
    rocksdb::DBOptions options;
    options.info_log_level = rocksdb::FATAL_LEVEL;
    std::vector<std::string> names;
    const std::string path = folder_ / "store/index";
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) {
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened;
    ASSERT_TRUE(
        rocksdb::DB::Open(options, path, families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      if (handle->GetName() == family) {
        ASSERT_TRUE(db->DropColumnFamily(handle).ok());
      }
      ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    }
    ASSERT_TRUE(db->Close().ok());
    ExpectAllRight();
  }
}

TEST_F(ReindexTest, KilledHalfWayItGoesOnAtTheNextOpening) {
  FaultRun run;
  uint64_t killed = 0;
  while (run.More()) {
    Given();
    ChildProcess child("reindex", {{"store", folder_ / "store"}},
                       folder_ / "output");
    absl::SleepFor(absl::Microseconds(Draw(run.random(), 150'000)));
    child.Kill();
    const int status = child.Wait();
    if (WIFSIGNALED(status)) {
      ++killed;
    } else {
      EXPECT_EQ(status, 0) << child.Output();
    }
    ExpectAllRight();
  }
  run.Report(absl::StrCat(killed, " of ", run.rounds(), " killed"));
}

TEST_F(ReindexTest, AStoreThatIsOpenIsNotReindexed) {
  Given();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(folder_ / "store", StoreOptions()));
  EXPECT_THAT(EventStore::Reindex(folder_ / "store", StoreOptions(),
                                  [](const ReindexProgress&) {}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr(absl::StrCat(getpid()))));
  ChildProcess child("reindex", {{"store", folder_ / "store"}},
                     folder_ / "output");
  EXPECT_TRUE(WIFEXITED(child.Wait()));
  EXPECT_THAT(child.Output(), HasSubstr(absl::StrCat("process ", getpid())));
  EXPECT_THAT(child.Output(), HasSubstr("FAILED_PRECONDITION"));
}

}  // namespace
}  // namespace daybook
