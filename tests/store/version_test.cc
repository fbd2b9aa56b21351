#include "daybook/store/version.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace daybook {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(VersionTest, DetailsNameDaybookAndTheLibrariesItRunsOn) {
  EXPECT_THAT(VersionDetails(), StartsWith("daybook "));
  EXPECT_THAT(VersionDetails(), HasSubstr("rocksdb "));
}

}  // namespace
}  // namespace daybook
