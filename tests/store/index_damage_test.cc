// Where the index is asked for what may not be there (a list of streams, the
// rules of any), nothing says what must be; and a scan of RocksDB 7.8.3 can
// step over a damaged file with an OK status. Damages each file in turn.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/small_files.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using testing::ReadFile;
using testing::TemporaryFolder;
using testing::WriteFile;

// Calls `check` with the name of each file of the index of `store` in turn,
// while its byte `at` is another in a copy of the store, `damaged`.
void ForEachDamagedFile(
    const std::string& store, const std::string& damaged, size_t at,
    const std::function<void(const std::string& file)>& check) {
  for (const auto& entry : fs::directory_iterator(store + "/index")) {
    if (entry.path().extension() != ".sst") continue;
    const std::string file = entry.path().filename();
    testing::CopyFolder(store, damaged);
    const std::string path = absl::StrCat(damaged, "/index/", file);
    std::string bytes = ReadFile(path);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    WriteFile(path, bytes);
    check(file);
  }
}

constexpr size_t kStreamCount = 4'000;

void MakeStoreOfManyStreams(const std::string& path) {
  AppendRequest request;
  for (size_t i = 0; i < kStreamCount; ++i) {
    request.events.push_back(
        {absl::StrCat("order-", 1'000'000 + i), {.type = "placed"}});
  }
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(path, StoreOptions()));
  ASSERT_OK(store->Append(request));
  ASSERT_OK(store->Close(absl::Minutes(1)));
}

absl::StatusOr<size_t> CountStreams(const std::string& path) {
  auto store = EventStore::Open(path, StoreOptions());
  if (!store.ok()) return store.status();
  auto cursor = (*store)->ListStreams();
  if (!cursor.ok()) return cursor.status();
  size_t count = 0;
  while (cursor->Next()) ++count;
  if (!cursor->status().ok()) return cursor->status();
  return count;
}

TEST(IndexDamageTest, AListOfStreamsIsWholeOrAnError) {
  TemporaryFolder folder;
  MakeStoreOfManyStreams(folder / "whole");
  ASSERT_OK(testing::SplitIntoSmallFiles(folder / "whole/index",
                                         testing::Database::kIndex));
  const std::string damaged = folder / "damaged";

  size_t files = 0;
  size_t reported = 0;
  ForEachDamagedFile(folder / "whole", damaged, 100, [&](const auto& file) {
    ++files;
    const absl::StatusOr<size_t> count = CountStreams(damaged);
    if (count.ok()) {
      EXPECT_EQ(*count, kStreamCount) << file;
    } else {
      EXPECT_TRUE(absl::IsDataLoss(count.status())) << count.status();
      ++reported;
    }
  });
  EXPECT_GT(files, 10);
  // Several files hold names.
  EXPECT_GE(reported, 5);
}

void MakeStoreWithRules(const std::string& path) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(path, StoreOptions()));
  for (const char* stream : {"deleted", "tombstoned", "truncated", "whole"}) {
    ASSERT_OK(store->Append(stream, ExpectedRevision::NoStream(),
                            {{.type = "a"}, {.type = "b"}}));
  }
  ASSERT_OK(store->DeleteStream("deleted"));
  ASSERT_OK(store->TombstoneStream("tombstoned"));
  ASSERT_OK(
      store->SetStreamMetadata("truncated", {.truncate_before = Revision(1)}));
  ASSERT_OK(store->Close(absl::Minutes(1)));
}

// "2 events", or the code of the error.
std::string ReadOf(const std::string& stream, const std::string& path) {
  const auto store = EventStore::Open(path, StoreOptions());
  if (!store.ok()) return absl::StatusCodeToString(store.status().code());
  auto cursor = (*store)->ReadStream(stream);
  if (!cursor.ok()) return absl::StatusCodeToString(cursor.status().code());
  size_t count = 0;
  while (cursor->Next()) ++count;
  if (!cursor->status().ok()) {
    return absl::StatusCodeToString(cursor->status().code());
  }
  return absl::StrCat(count, " events");
}

TEST(IndexDamageTest, WhatRulesHideStaysHidden) {
  TemporaryFolder folder;
  MakeStoreWithRules(folder / "whole");
  ASSERT_OK(testing::SplitIntoSmallFiles(folder / "whole/index",
                                         testing::Database::kIndex));
  const std::string damaged = folder / "damaged";

  size_t reported = 0;
  // In the first block, even if it is small.
  ForEachDamagedFile(folder / "whole", damaged, 10, [&](const auto& file) {
    const std::string deleted = ReadOf("deleted", damaged);
    EXPECT_THAT(deleted, AnyOf("NOT_FOUND", "DATA_LOSS")) << file;
    if (deleted == "DATA_LOSS") ++reported;
    EXPECT_THAT(ReadOf("tombstoned", damaged), AnyOf("NOT_FOUND", "DATA_LOSS"))
        << file;
    EXPECT_THAT(ReadOf("truncated", damaged), AnyOf("1 events", "DATA_LOSS"))
        << file;
    EXPECT_THAT(ReadOf("whole", damaged), AnyOf("2 events", "DATA_LOSS"))
        << file;
  });
  // The rules' own file, and that of the heads.
  EXPECT_GE(reported, 2);
}

}  // namespace
}  // namespace daybook
