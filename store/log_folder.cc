#include "store/log_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "store/store_folder.h"

namespace daybook {

namespace fs = std::filesystem;

absl::StatusOr<std::vector<LogFile>> ListLogFiles(const std::string& folder) {
  std::vector<LogFile> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory ||
      error == std::errc::not_a_directory) {
    return absl::NotFoundError(absl::StrCat("there is no log in ", folder));
  }
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    const std::string extension = path.extension();
    LogFile file = {
        .path = path, .name = path.filename(), .is_table = extension == ".sst"};
    if ((file.is_table || extension == ".log") &&
        absl::SimpleAtoi(path.stem().string(), &file.number)) {
      files.push_back(std::move(file));
    }
  }
  if (error) return ErrnoStatus(error.value(), "read " + folder);
  std::ranges::sort(files, {}, [](const LogFile& file) {
    return std::tie(file.number, file.name);
  });
  return files;
}

}  // namespace daybook
