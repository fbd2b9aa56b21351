// examples/typed_events.cc does what its comments say.

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/shell.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

TEST(TypedEventsExample, PrintsWhatWasSoldAndTheCartAsJson) {
  testing::TemporaryFolder folder;

  const testing::ShellResult ran = testing::RunInShell(
      std::string(DAYBOOK_EXAMPLE) + " '" + folder / "store" + "'");

  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out,
            "tea sold: 3\n"
            "cart.opened {\"cart\":\"42\"}\n"
            "cart.item-added {\"cart\":\"42\",\"sku\":\"tea\",\"quantity\":2}"
            "\n");
}

}  // namespace
}  // namespace daybook
