// A folder of a test's own, gone with everything in it at the end.

#ifndef DAYBOOK_TESTS_TESTING_TEMPORARY_FOLDER_H_
#define DAYBOOK_TESTS_TESTING_TEMPORARY_FOLDER_H_

#include <string>
#include <string_view>

namespace daybook::testing {

// What a failed test leaves is kept where DAYBOOK_KEEP_FOLDERS is set.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const;
  std::string operator/(std::string_view name) const { return File(name); }

  // Writes a file and returns its path.
  std::string Write(std::string_view name, std::string_view content) const;
  std::string Read(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_TEMPORARY_FOLDER_H_
