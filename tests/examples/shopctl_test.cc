// shopctl and the SQLite sink, as they are run in a shell.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/shell.h"
#include "tests/testing/temporary_folder.h"

namespace shop {
namespace {

using daybook::testing::RunInShell;
using daybook::testing::ShellResult;
using daybook::testing::TemporaryFolder;
using ::testing::HasSubstr;

class ShopctlTest : public ::testing::Test {
 protected:
  ShellResult Shopctl(const std::string& arguments) {
    return RunInShell(std::string(DAYBOOK_SHOPCTL) + " " + arguments + " 2>&1");
  }

  const TemporaryFolder folder_;
  const std::string store_ = "'" + folder_ / "store" + "'";
};

TEST_F(ShopctlTest, SimulatesAShopAndReportsIt) {
  const ShellResult simulated = Shopctl("simulate " + store_ + " 2000 7");
  EXPECT_EQ(simulated.status, 0) << simulated.out;
  EXPECT_THAT(simulated.out, HasSubstr("customers"));

  const ShellResult reported = Shopctl("report " + store_ + " 2");
  EXPECT_EQ(reported.status, 0) << reported.out;
  EXPECT_THAT(reported.out, HasSubstr("byte for byte the same"));
}

TEST_F(ShopctlTest, KnowsTheShopsStatesAndViews) {
  Shopctl("simulate " + store_ + " 2000 7");

  const ShellResult cart =
      Shopctl("--store " + store_ + " fold cart-1 --with cart");
  EXPECT_EQ(cart.status, 0) << cart.out;
  EXPECT_THAT(cart.out, HasSubstr("sku-"));

  const ShellResult sales =
      Shopctl("--store " + store_ + " view sales-by-sku-and-hour");
  EXPECT_EQ(sales.status, 0) << sales.out;
  EXPECT_THAT(sales.out, HasSubstr("sku-"));
}

TEST_F(ShopctlTest, TellsOfASagaAndAgainTheSame) {
  const ShellResult told = Shopctl("saga " + store_);
  EXPECT_EQ(told.status, 0) << told.out;
  EXPECT_THAT(told.out, HasSubstr("order.shipped"));
  EXPECT_THAT(told.out, HasSubstr("order.cancelled: of saga-cup only 2"));
  EXPECT_THAT(told.out, HasSubstr("order.cancelled: of 60450 cents"));
  EXPECT_THAT(told.out, HasSubstr("order.cancelled: of 26 articles"));
  EXPECT_THAT(told.out, HasSubstr("of 100 saga-tea are left: 98"));

  EXPECT_EQ(Shopctl("saga " + store_).out, told.out);
}

TEST_F(ShopctlTest, SaysHowItsOwnCommandsAreUsed) {
  const ShellResult wrong = Shopctl("simulate " + store_ + " many");

  EXPECT_NE(wrong.status, 0);
  EXPECT_THAT(wrong.out, HasSubstr("usage: shopctl simulate STORE"));
}

TEST_F(ShopctlTest, SalesGoToSqlite) {
  Shopctl("simulate " + store_ + " 2000 7");

  const ShellResult ran =
      RunInShell(std::string(DAYBOOK_SQLITE_SINK) + " " + store_ + " '" +
                 folder_ / "sales.db" + "'");

  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("all sales below position"));
}

}  // namespace
}  // namespace shop
