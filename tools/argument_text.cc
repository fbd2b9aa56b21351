#include "tools/argument_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "tools/file_argument.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {

absl::StatusOr<std::string> ArgumentText(const CommandContext& context,
                                         const std::string& argument,
                                         size_t bytes_max) {
  if (!argument.starts_with('@')) return argument;
  const std::string path = argument.substr(1);
  const bool is_input = path == "-";
  const int descriptor = is_input ? context.input_descriptor
                                  : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return CantRead(path, errno);
  const absl::Cleanup closing = [&] {
    if (!is_input) close(descriptor);
  };
  std::string text;
  std::array<char, 64 << 10> buffer;
  while (true) {
    if (Interrupted()) return InterruptedError();
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0) {
      if (errno == EINTR) continue;
      return CantRead(path, errno);
    }
    text.append(buffer.data(), static_cast<size_t>(count));
    if (text.size() > bytes_max) {
      return absl::InvalidArgumentError(Concat(
          Quoted(path), " holds more than ", bytes_max, " bytes, the limit"));
    }
  }
}

}  // namespace daybook::tools
