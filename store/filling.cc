#include "daybook/store/filling.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

std::string MarkPath(const std::string& path) { return path + "/FILLING"; }

}  // namespace

absl::Status BeginFilling(const std::string& path) {
  return ReplaceFile(MarkPath(path), "this store is not whole yet\n");
}

absl::Status EndFilling(const std::string& path) {
  const std::string mark = MarkPath(path);
  if (unlink(mark.c_str()) != 0) return ErrnoStatus(errno, "remove " + mark);
  return SyncFolder(path);
}

absl::Status CheckFilled(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_begun, IsThere(MarkPath(path)));
  if (!is_begun) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the store ", path,
      " has only a part of its events: a restore into it failed or was cut "
      "short; remove the folder, and restore into a new one"));
}

}  // namespace daybook
