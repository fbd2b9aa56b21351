// Code of the program's own, called from ours, may throw.

#ifndef DAYBOOK_STORE_CAUGHT_H_
#define DAYBOOK_STORE_CAUGHT_H_

#include <exception>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "store/strings.h"

namespace daybook {

// What `work()` returns, or kUnknown with what it threw. `whose`: "the
// handler".
template <typename Work>
absl::Status Caught(std::string_view whose, const Work& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return absl::UnknownError(
        absl::StrCat(ToAbsl(whose), " threw: ", thrown.what()));
  } catch (...) {
    return absl::UnknownError(absl::StrCat(ToAbsl(whose), " threw"));
  }
}

}  // namespace daybook

#endif  // DAYBOOK_STORE_CAUGHT_H_
