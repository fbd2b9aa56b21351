#include "tests/testing/temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

#include "gtest/gtest.h"

namespace daybook::testing {

TemporaryFolder::TemporaryFolder() {
  std::string name =
      (std::filesystem::temp_directory_path() / "daybook_XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  if (::testing::Test::HasFailure() &&
      std::getenv("DAYBOOK_KEEP_FOLDERS") != nullptr) {
    std::cout << "[          ] kept " << path_ << std::endl;
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::File(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

std::string TemporaryFolder::Write(std::string_view name,
                                   std::string_view content) const {
  std::ofstream out(File(name), std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  return File(name);
}

std::string TemporaryFolder::Read(std::string_view name) const {
  std::ifstream in(File(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace daybook::testing
