// examples/typed_events.cc does what its comments say.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "gtest/gtest.h"

namespace daybook {
namespace {

TEST(TypedEventsExample, PrintsWhatWasSoldAndTheCartAsJson) {
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
            "tea sold: 3\n"
            "cart.opened {\"cart\":\"42\"}\n"
            "cart.item-added {\"cart\":\"42\",\"sku\":\"tea\",\"quantity\":2}"
            "\n");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace daybook
