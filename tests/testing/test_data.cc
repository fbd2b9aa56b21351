#include "tests/testing/test_data.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace daybook::testing {

std::filesystem::path SourceFolder() { return DAYBOOK_SOURCE_DIR; }

std::filesystem::path TestDataFolder(std::string_view name) {
  const char* from_environment = std::getenv("DAYBOOK_TEST_DATA");
  if (from_environment != nullptr && *from_environment != '\0') {
    return std::filesystem::path(from_environment) / name;
  }
  return (SourceFolder() / ".." / "shared" / "data").lexically_normal() / name;
}

}  // namespace daybook::testing
