#include "tools/file_argument.h"

#include <cerrno>
#include <cstring>

#include "daybook/audit/key_file.h"
#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {

bool IsStandardOutput(std::string_view path) {
  return path.empty() || path == "-";
}

absl::Status CheckNamesFile(std::string_view path) {
  if (path != "-") return absl::OkStatus();
  return absl::InvalidArgumentError(
      "- is standard output, which can't take this; what is called so is ./-");
}

absl::Status CantRead(std::string_view path, int error) {
  const std::string message =
      Concat("can't read ", Quoted(path), ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(message)
                         : absl::InvalidArgumentError(message);
}

absl::Status CantWrite(std::string_view path, int error) {
  return absl::InvalidArgumentError(
      Concat("can't write ", Quoted(path), ": ", std::strerror(error)));
}

absl::StatusOr<audit::NoteSigner> LoadKeyArgument(const std::string& path) {
  absl::StatusOr<audit::NoteSigner> signer = audit::LoadKeyFile(path);
  const absl::Status& status = signer.status();
  if (status.ok() || absl::IsNotFound(status)) return signer;
  return absl::InvalidArgumentError(status.message());
}

absl::Status CheckKeyFiles(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    absl::Status status = LoadKeyArgument(path).status();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteKeyArgument(const std::string& path,
                              const audit::NoteSigner& signer) {
  DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(path));
  absl::Status written = audit::WriteKeyFile(path, signer);
  if (written.ok()) return written;
  return absl::InvalidArgumentError(written.message());
}

}  // namespace daybook::tools
