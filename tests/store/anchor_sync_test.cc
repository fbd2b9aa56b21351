// ANCHOR, which says how long the log must be, can't be synced.

#include <dlfcn.h>
#include <limits.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace {

// How many more syncs of a file of that name fail.
std::atomic<int> failures_left = 0;

bool IsAnchor(int file) {
  char path[PATH_MAX];
  const ssize_t size = readlink(absl::StrCat("/proc/self/fd/", file).c_str(),
                                path, sizeof(path));
  return size > 0 &&
         std::string_view(path, static_cast<size_t>(size)).ends_with("/ANCHOR");
}

}  // namespace

// The program's own comes before that of the system.
extern "C" int fdatasync(int file) {
  static const auto kSync =
      reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fdatasync"));
  if (failures_left > 0 && IsAnchor(file) && failures_left.fetch_sub(1) > 0) {
    errno = EIO;
    return -1;
  }
  return kSync(file);
}

namespace daybook {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;
using testing::TemporaryFolder;

// Linux says of the sync after a failed one that all is well, of bytes that
// never got there.
TEST(AnchorSyncTest, AfterOneThatFailedTheStoreTakesNothingMore) {
  const TemporaryFolder folder;
  StoreOptions options;
  options.durability = Durability::None();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(folder / "store", options));
  ASSERT_OK(store->Append("s", ExpectedRevision::Any(), {{.type = "t"}}));

  failures_left = 1;
  EXPECT_FALSE(store->Sync().ok());

  EXPECT_THAT(store->Append("s", ExpectedRevision::Any(), {{.type = "t"}}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("sync the anchor")));
  EXPECT_FALSE(store->Status().health.ok());
  EXPECT_FALSE(store->Close(absl::Minutes(1)).ok());
}

}  // namespace
}  // namespace daybook
