#include "store/thread.h"

#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace daybook {

absl::StatusOr<std::thread> StartThread(absl::AnyInvocable<void() &&> run) {
  try {
    return std::thread(std::move(run));
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no further thread: ", error.what()));
  }
}

}  // namespace daybook
