// examples/shop_cart.cc does what its comments say.

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/shell.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

TEST(ShopCartExample, TellsTheAfternoonInTheShop) {
  testing::TemporaryFolder folder;

  const testing::ShellResult ran = testing::RunInShell(
      std::string(DAYBOOK_EXAMPLE) + " '" + folder / "store" + "'");

  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out,
            "two teas: 900 cents\n"
            "the same request: 900 cents, as told before\n"
            "a cup: 1800 cents\n"
            "no cup: 900 cents\n"
            "to the till: 900 cents\n"
            "a cup after all: refused, the cart is checked out\n"
            "open before the last event: yes, now: no\n");
}

}  // namespace
}  // namespace daybook
