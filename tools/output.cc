#include "tools/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace daybook::tools {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
constexpr char kReaderGone[] = "daybook.tools/reader-gone";

absl::Status WriteError(int error) {
  if (error == EPIPE) {
    absl::Status status =
        absl::CancelledError("the reader of the output went away");
    status.SetPayload(kReaderGone, absl::Cord());
    return status;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("can't write the output: ", std::strerror(error)));
}

}  // namespace

void Output::Write(std::string_view text) {
  if (text_ != nullptr) {
    text_->append(text);
    return;
  }
  if (!status_.ok()) return;
  buffer_.append(text);
  if (buffering_ == Buffering::kNone || buffer_.size() >= kBufferBytes) Flush();
}

void Output::Flush() {
  std::string_view left = buffer_;
  while (status_.ok() && !left.empty()) {
    const ssize_t written = write(descriptor_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      status_ = WriteError(errno);
    }
  }
  buffer_.clear();
}

bool IsReaderGone(const absl::Status& status) {
  return status.GetPayload(kReaderGone).has_value();
}

}  // namespace daybook::tools
