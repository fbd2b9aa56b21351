// The example of the README is the one that is compiled.

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/pages.h"

namespace daybook {
namespace {

using testing::ReadmePart;
using testing::SourceText;

TEST(Readme, ExampleIsTheOneThatIsCompiled) {
  const std::string part = ReadmePart(SourceText("examples/quickstart.cc"));

  ASSERT_FALSE(part.empty());
  EXPECT_NE(SourceText("README.md").find("```cpp\n" + part + "```"),
            std::string::npos);
}

}  // namespace
}  // namespace daybook
