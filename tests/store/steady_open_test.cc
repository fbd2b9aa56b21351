#include "store/steady_open.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::StatusIs;
using testing::TemporaryFolder;

TEST(SteadyOpenTest, WhatIsOpenedWhileFilesComeIsOpenedAgain) {
  const TemporaryFolder folder;
  int count = 0;
  const absl::StatusOr<int> opened =
      OpenSteadily(folder.path(), [&]() -> absl::StatusOr<int> {
        ++count;
        if (count < 3) folder.Write(std::to_string(count), "");
        return count;
      });
  EXPECT_EQ(*opened, 3);
}

// A file that went while it was to be opened.
TEST(SteadyOpenTest, AnErrorCountsOnceNothingChanges) {
  const TemporaryFolder folder;
  int count = 0;
  const absl::StatusOr<int> opened =
      OpenSteadily(folder.path(), [&]() -> absl::StatusOr<int> {
        if (count++ == 0) folder.Write("new", "");
        return absl::DataLossError("gone");
      });
  EXPECT_THAT(opened, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(count, 2);
}

TEST(SteadyOpenTest, AFolderThatIsNotThereIsForWhoOpensItToSay) {
  const TemporaryFolder folder;
  EXPECT_EQ(
      *OpenSteadily(folder / "none", []() -> absl::StatusOr<int> { return 7; }),
      7);
}

}  // namespace
}  // namespace daybook
