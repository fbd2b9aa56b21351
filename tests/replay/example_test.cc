// examples/shop_cart.cc does what its comments say.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "gtest/gtest.h"

namespace daybook {
namespace {

TEST(ShopCartExample, TellsTheAfternoonInTheShop) {
  std::string folder = ::testing::TempDir() + "daybook-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string command =
      std::string(DAYBOOK_EXAMPLE) + " '" + folder + "/store'";

  std::FILE* const pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string out;
  std::array<char, 4096> buffer;
  while (const size_t size =
             std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.append(buffer.data(), size);
  }

  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_EQ(out,
            "two teas: 900 cents\n"
            "the same request: 900 cents, as told before\n"
            "a cup: 1800 cents\n"
            "no cup: 900 cents\n"
            "to the till: 900 cents\n"
            "a cup after all: refused, the cart is checked out\n"
            "open before the last event: yes, now: no\n");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace daybook
