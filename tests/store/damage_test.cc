// Damages a store's files, one at a time, and opens it: flipped bits, lost
// pages, cut and missing files, in the log, the index and beside them. A store
// must refuse with kDataLoss, touching nothing, or give right results; never
// fewer events with an OK status, never wrong ones. Each damaged store is
// opened in a process of its own, since RocksDB may abort.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/store/damage_outcome.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/small_files.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using testing::CopyFolder;
using testing::Draw;
using ::testing::Eq;
using testing::FaultRun;
using ::testing::HasSubstr;
using testing::kAllRight;
using testing::kLossInIndex;
using testing::kLossInLog;
using testing::kPrecondition;
using testing::kRefused;
using testing::Outcome;
using testing::Random;
using testing::ReadFile;
using testing::SplitIntoSmallFiles;
using testing::StatusIs;
using testing::StoredWorkload;
using testing::TemporaryFolder;
using testing::Workload;
using testing::WriteFile;

constexpr StoredWorkload kStored = {
    .seed = 4711, .payload_max = 2'000, .appends = 400};

class DamageTest : public ::testing::Test {
 protected:
  // `crashed`: as kill -9 leaves it, with its last appends in the
  // write-ahead log. `many_files`: closed, in many small files.
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    const Workload workload(kStored.seed, kStored.payload_max);
    uint64_t number = 0;
    for (int opening = 0; opening < 4; ++opening) {
      // The last one keeps all that it appends in the write-ahead log.
      StoreOptions options = Options();
      if (opening == 3) options.memory_budget = nullptr;
      auto store = EventStore::Open(*folder_ / "made", options);
      ASSERT_OK(store);
      for (; number < kStored.appends * (opening + 1) / 4; ++number) {
        ASSERT_OK((*store)->Append(
            workload.Make({static_cast<uint32_t>(number % 3), number})));
      }
      ASSERT_OK((*store)->Sync());
      if (opening == 3) {
        testing::CopyOpenFolder(*folder_ / "made", *folder_ / "crashed");
      }
    }
    CopyFolder(*folder_ / "made", *folder_ / "many_files");
    ASSERT_OK(SplitIntoSmallFiles(*folder_ / "many_files/log",
                                  testing::Database::kLog));
    ASSERT_OK(SplitIntoSmallFiles(*folder_ / "many_files/index",
                                  testing::Database::kIndex));
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static StoreOptions Options() {
    StoreOptions options;
    options.memory_budget = MemoryBudget::Create(16 << 20);
    return options;
  }

  // Gives this test a copy of `name`.
  void Given(const std::string& name) {
    CopyFolder(*folder_ / name, store());
    is_copy_ = true;
  }
  std::string store() const { return work_ / "store"; }

  Outcome Open() {
    return OpenDamaged(store(), kStored, work_ / "output", &output_);
  }

  std::vector<std::string> FilesOf(const std::string& subfolder,
                                   std::string_view extension) const {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(store() + subfolder)) {
      const std::string name = entry.path().filename();
      if (extension == "MANIFEST" ? name.starts_with(extension)
                                  : name.ends_with(extension)) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  void FlipByte(const std::string& path, size_t at) {
    std::string bytes = ReadFile(path);
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    WriteFile(path, bytes);
  }

  // One random damage of one file; what it was.
  std::string DamageAtRandom(Random& random, const std::string& path) {
    std::string bytes = ReadFile(path);
    // A preallocated log is mostly zeros nobody reads.
    size_t used = bytes.find_last_not_of('\0') + 1;
    if (used == 0) used = 1;
    const std::string name = path.substr(store().size());
    const size_t at = Draw(random, used);
    switch (Draw(random, 6)) {
      case 0:
        fs::remove(path);
        return "removed " + name;
      case 1:
        fs::resize_file(path, at);
        return absl::StrCat("cut ", name, " of ", used, " at ", at);
      case 2: {
        const size_t page = at / 4096 * 4096;
        for (size_t i = page; i < std::min(page + 4096, bytes.size()); ++i) {
          bytes[i] = '\0';
        }
        WriteFile(path, bytes);
        return absl::StrCat("zeroed a page of ", name, " at ", page);
      }
      default:
        if (bytes.empty()) return "nothing done to " + name;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << Draw(random, 8)));
        WriteFile(path, bytes);
        return absl::StrCat("flipped a bit of ", name, " of ", used, " at ",
                            at);
    }
  }

  // Damages files of `subfolder` of `name` for as long as there is time.
  void DamageUntilTimeIsUp(
      const std::string& name, const std::string& subfolder,
      const std::function<bool(const std::string& file)>& wanted,
      ::testing::Matcher<Outcome> expected) {
    FaultRun run;
    std::map<Outcome, int> outcomes;
    while (run.More()) {
      Given(name);
      std::vector<std::string> files;
      for (const std::string& file : FilesOf(subfolder, "")) {
        if (fs::is_regular_file(file) && wanted(fs::path(file).filename())) {
          files.push_back(file);
        }
      }
      ASSERT_FALSE(files.empty());
      const std::string done =
          DamageAtRandom(run.random(), files[Draw(run.random(), files.size())]);
      const Outcome outcome = Open();
      ++outcomes[outcome];
      EXPECT_THAT(outcome, expected) << name << ": " << done << "\n" << output_;
    }
    std::string counts;
    for (const auto& [outcome, count] : outcomes) {
      absl::StrAppend(&counts, counts.empty() ? "" : ", ", count, " times ",
                      static_cast<int>(outcome));
    }
    run.Report(absl::StrCat(run.rounds(), " damages; outcomes: ", counts));
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  TemporaryFolder work_;
  bool is_copy_ = false;
  std::string output_;
};

std::unique_ptr<TemporaryFolder> DamageTest::folder_;

TEST_F(DamageTest, WhatIsNotDamagedIsRight) {
  for (const char* name : {"made", "crashed", "many_files"}) {
    Given(name);
    EXPECT_EQ(Open(), kAllRight) << name << ": " << output_;
  }
}

TEST_F(DamageTest, AnyDamageOfACrashedLogIsReported) {
  DamageUntilTimeIsUp(
      "crashed", "/log", [](const std::string& file) { return file != "LOCK"; },
      AnyOf(Eq(kAllRight), Eq(kRefused), Eq(kLossInLog)));
}

TEST_F(DamageTest, AnyDamageOfAnyFileOfManyIsReported) {
  DamageUntilTimeIsUp(
      "many_files", "/log",
      [](const std::string& file) { return file.ends_with(".sst"); },
      AnyOf(Eq(kAllRight), Eq(kRefused), Eq(kLossInLog)));
}

TEST_F(DamageTest, AnyDamageOfTheIndexIsReportedOrMended) {
  DamageUntilTimeIsUp(
      "crashed", "/index",
      [](const std::string& file) { return file != "LOCK"; },
      AnyOf(Eq(kAllRight), Eq(kLossInIndex)));
}

TEST_F(DamageTest, AnyDamageOfAnIndexOfManyFilesIsReportedOrMended) {
  DamageUntilTimeIsUp(
      "many_files", "/index",
      [](const std::string& file) { return file.ends_with(".sst"); },
      AnyOf(Eq(kAllRight), Eq(kLossInIndex)));
}

TEST_F(DamageTest, TheFirstBlockOfALaterFileOfTheLogIsMissed) {
  Given("many_files");
  const std::vector<std::string> files = FilesOf("/log", ".sst");
  ASSERT_GT(files.size(), 10);
  FlipByte(files[files.size() / 2], 100);
  EXPECT_EQ(Open(), kLossInLog) << output_;
}

// RocksDB 7.8.3 steps over a file whose first block is damaged.
TEST_F(DamageTest, TheFirstBlockOfAnyIndexFileIsMissed) {
  FaultRun run;
  uint64_t reported = 0;
  while (run.More()) {
    Given("many_files");
    const std::vector<std::string> files = FilesOf("/index", ".sst");
    const std::string& file = files[Draw(run.random(), files.size())];
    FlipByte(file, 100);
    const Outcome outcome = Open();
    EXPECT_THAT(outcome, AnyOf(Eq(kAllRight), Eq(kLossInIndex)))
        << file << ": " << output_;
    if (outcome == kLossInIndex) ++reported;
  }
  run.Report(absl::StrCat(reported, " of ", run.rounds(), " were reported"));
}

TEST_F(DamageTest, ACutWriteAheadLogBelowTheAnchorIsRefused) {
  Given("crashed");
  std::vector<std::string> files = FilesOf("/log", ".log");
  const auto used_of = [](const std::string& file) {
    return ReadFile(file).find_last_not_of('\0') + 1;
  };
  std::sort(files.begin(), files.end(), [&](const auto& a, const auto& b) {
    return used_of(a) > used_of(b);
  });
  const size_t used = used_of(files[0]);
  ASSERT_GT(used, 1000);
  for (const size_t size : {size_t{0}, used / 3, used - 1}) {
    Given("crashed");
    fs::resize_file(files[0], size);
    EXPECT_EQ(Open(), kRefused) << size << ": " << output_;
  }
}

TEST_F(DamageTest, AMissingCurrentIsRefused) {
  Given("crashed");
  fs::remove(store() + "/log/CURRENT");
  EXPECT_EQ(Open(), kRefused) << output_;
}

TEST_F(DamageTest, AMissingLogIsRefused) {
  Given("crashed");
  fs::remove_all(store() + "/log");
  EXPECT_EQ(Open(), kRefused) << output_;
}

TEST_F(DamageTest, AMissingAnchorIsRefused) {
  Given("crashed");
  fs::remove(store() + "/ANCHOR");
  EXPECT_EQ(Open(), kRefused) << output_;
}

TEST_F(DamageTest, ADamagedAnchorIsRefusedWhenNeitherSlotIsWhole) {
  Given("crashed");
  FlipByte(store() + "/ANCHOR", 20);
  EXPECT_EQ(Open(), kAllRight) << output_;
  Given("crashed");
  FlipByte(store() + "/ANCHOR", 20);
  FlipByte(store() + "/ANCHOR", 4096 + 20);
  EXPECT_EQ(Open(), kRefused) << output_;
  WriteFile(store() + "/ANCHOR", std::string(4096 + 32, '\0'));
  EXPECT_EQ(Open(), kRefused) << output_;
  WriteFile(store() + "/ANCHOR", "");
  EXPECT_EQ(Open(), kRefused) << output_;
}

TEST_F(DamageTest, AStoreThatLostItsIdentityIsNotTakenForNew) {
  Given("crashed");
  fs::remove(store() + "/STORE");
  EXPECT_EQ(Open(), kRefused) << output_;
  fs::remove(store() + "/log/CURRENT");
  EXPECT_EQ(Open(), kRefused) << output_;
  fs::remove(store() + "/ANCHOR");
  EXPECT_THAT(Open(), AnyOf(Eq(kRefused), Eq(kPrecondition))) << output_;
}

TEST_F(DamageTest, ADamagedIdentityIsRefused) {
  Given("crashed");
  for (const char* text : {"", "daybook", "daybook event store\n",
                           "daybook event store\nformat 99\nid x\n"}) {
    WriteFile(store() + "/STORE", text);
    EXPECT_THAT(Open(), AnyOf(Eq(kRefused), Eq(kPrecondition)))
        << text << ": " << output_;
  }
}

TEST_F(DamageTest, AnyFlippedBitOfTheIdentityIsRefused) {
  Given("crashed");
  const std::string identity = ReadFile(store() + "/STORE");
  for (size_t bit = 0; bit < identity.size() * 8; ++bit) {
    std::string damaged = identity;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    WriteFile(store() + "/STORE", damaged);
    EXPECT_THAT(EventStore::Open(store(), StoreOptions()),
                AnyOf(testing::StatusIs(absl::StatusCode::kDataLoss),
                      testing::StatusIs(absl::StatusCode::kFailedPrecondition)))
        << bit;
  }
}

TEST_F(DamageTest, AHeadThatTheLogDoesNotContinueIsRefusedAndNothingTouched) {
  Given("made");
  std::string head = ReadFile(store() + "/HEAD");
  // A character of the root.
  head[head.size() - 5] = head[head.size() - 5] == 'A' ? 'B' : 'A';
  WriteFile(store() + "/HEAD", head);
  EXPECT_EQ(Open(), kRefused) << output_;
}

TEST_F(DamageTest, AnIndexThatIsMissingIsDerivedAnew) {
  Given("crashed");
  fs::remove_all(store() + "/index");
  EXPECT_EQ(Open(), kAllRight) << output_;
}

// As kill -9 between two steps of making a store leaves it.
TEST_F(DamageTest, AStoreWhoseMakingWasCutShortIsMade) {
  const std::string& folder = store();
  const auto expect_made = [&folder](std::string_view when) {
    const auto made = EventStore::Open(folder, StoreOptions());
    EXPECT_THAT(made, testing::IsOk()) << when;
    fs::remove_all(folder);
    fs::create_directory(folder);
  };
  fs::create_directory(folder);
  expect_made("an empty folder");
  WriteFile(folder + "/LOCK", "123\n");
  expect_made("a lock");
  WriteFile(folder + "/ANCHOR", "");
  expect_made("an empty anchor");
  WriteFile(folder + "/ANCHOR", std::string(4096 + 10, '\0'));
  expect_made("half an anchor");
  {
    ASSERT_OK(EventStore::Open(folder, StoreOptions()));
    fs::remove(folder + "/STORE");
    fs::remove_all(folder + "/index");
  }
  expect_made("all but the identity");
}

TEST_F(DamageTest, AFolderWhoseAnchorKnowsOfEventsIsNotOneToBeMade) {
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> made,
                         EventStore::Open(store(), StoreOptions()));
    ASSERT_OK(made->Append("s", ExpectedRevision::Any(), {{.type = "t"}}));
    ASSERT_OK(made->Close(absl::Minutes(1)));
  }
  for (const char* name : {"/STORE", "/HEAD"}) fs::remove(store() + name);
  fs::remove_all(store() + "/log");
  const std::string anchor = ReadFile(store() + "/ANCHOR");

  EXPECT_THAT(
      EventStore::Open(store(), StoreOptions()),
      StatusIs(absl::StatusCode::kDataLoss, HasSubstr("acknowledged, 1")));

  EXPECT_EQ(ReadFile(store() + "/ANCHOR"), anchor);
}

}  // namespace
}  // namespace daybook
