#include "gtest/gtest.h"
#include "tests/testing/test_data.h"

TEST(LayoutTest, CheckoutIsFound) {
  EXPECT_TRUE(std::filesystem::exists(daybook::testing::SourceFolder()));
}
