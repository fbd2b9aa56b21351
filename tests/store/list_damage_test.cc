// A list of streams is scanned from the index, where nothing says how many
// names there must be; RocksDB 7.8.3 can step over a damaged file of such a
// scan with an OK status. Damages each file in turn.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/small_files.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::ReadFile;
using testing::TemporaryFolder;
using testing::WriteFile;

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
  ASSERT_OK(store->Close(absl::Seconds(10)));
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

TEST(ListDamageTest, AListOfStreamsIsWholeOrAnError) {
  TemporaryFolder folder;
  MakeStoreOfManyStreams(folder / "whole");
  ASSERT_OK(testing::SplitIntoSmallFiles(folder / "whole/index",
                                         testing::Database::kIndex));
  const std::string index = folder / "damaged/index";
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder / "whole/index")) {
    if (entry.path().extension() == ".sst") {
      files.push_back(entry.path().filename());
    }
  }
  ASSERT_GT(files.size(), 10);

  size_t reported = 0;
  for (const std::string& file : files) {
    testing::CopyFolder(folder / "whole", folder / "damaged");
    std::string bytes = ReadFile(index + "/" + file);
    bytes[100] = static_cast<char>(bytes[100] ^ 0x40);
    WriteFile(index + "/" + file, bytes);
    const absl::StatusOr<size_t> count = CountStreams(folder / "damaged");
    if (count.ok()) {
      EXPECT_EQ(*count, kStreamCount) << file;
    } else {
      EXPECT_TRUE(absl::IsDataLoss(count.status())) << count.status();
      ++reported;
    }
  }
  // Several files hold names.
  EXPECT_GE(reported, 5);
}

}  // namespace
}  // namespace daybook
