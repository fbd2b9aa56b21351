// The example of the README is the one that is compiled.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/testing/test_data.h"

namespace daybook {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The lines between the marks, moved left by their two spaces.
std::string MarkedPart(const std::string& source) {
  std::istringstream lines(source);
  std::string part;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "  // [/README]") break;
    if (inside) part += line.substr(std::min<size_t>(2, line.size())) + "\n";
    if (line == "  // [README]") inside = true;
  }
  return part;
}

TEST(Readme, ExampleIsTheOneThatIsCompiled) {
  const std::string part =
      MarkedPart(ReadFile(testing::SourceFolder() / "examples/quickstart.cc"));

  ASSERT_FALSE(part.empty());
  EXPECT_NE(ReadFile(testing::SourceFolder() / "README.md")
                .find("```cpp\n" + part + "```"),
            std::string::npos);
}

}  // namespace
}  // namespace daybook
