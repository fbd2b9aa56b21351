#include "tools/file_argument.h"

#include <cerrno>
#include <cstring>

#include "daybook/audit/key_file.h"
#include "tools/text.h"

namespace daybook::tools {

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
  absl::Status written = audit::WriteKeyFile(path, signer);
  if (written.ok()) return written;
  return absl::InvalidArgumentError(written.message());
}

}  // namespace daybook::tools
