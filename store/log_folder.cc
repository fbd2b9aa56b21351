#include "store/log_folder.h"

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {

namespace fs = std::filesystem;

absl::StatusOr<std::vector<LogFile>> ListLogFiles(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(folder);
  if (absl::IsNotFound(names.status())) {
    return absl::NotFoundError(absl::StrCat("there is no log in ", folder));
  }
  DAYBOOK_RETURN_IF_ERROR(names.status());
  std::vector<LogFile> files;
  for (const std::string& name : *names) {
    const fs::path path = fs::path(folder) / name;
    const std::string extension = path.extension();
    LogFile file = {
        .path = path, .name = name, .is_table = extension == ".sst"};
    if ((file.is_table || extension == ".log") &&
        absl::SimpleAtoi(path.stem().string(), &file.number)) {
      files.push_back(std::move(file));
    }
  }
  std::ranges::sort(files, {}, [](const LogFile& file) {
    return std::tie(file.number, file.name);
  });
  return files;
}

}  // namespace daybook
