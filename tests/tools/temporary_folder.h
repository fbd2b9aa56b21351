// A folder of a test's own, gone with everything in it at the end.

#ifndef DAYBOOK_TESTS_TOOLS_TEMPORARY_FOLDER_H_
#define DAYBOOK_TESTS_TOOLS_TEMPORARY_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace daybook::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "daybook_XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string File(std::string_view name) const {
    return (path_ / name).string();
  }
  // Writes a file and returns its path.
  std::string Write(std::string_view name, std::string_view content) const {
    std::ofstream out(File(name), std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    return File(name);
  }
  std::string Read(std::string_view name) const {
    std::ifstream in(File(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in),
            std::istreambuf_iterator<char>()};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TOOLS_TEMPORARY_FOLDER_H_
