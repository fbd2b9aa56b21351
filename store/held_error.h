// What a store that another process has is told apart by, among all that may
// not be done now: who waits is waiting for this alone.

#ifndef DAYBOOK_STORE_HELD_ERROR_H_
#define DAYBOOK_STORE_HELD_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace daybook {

inline constexpr char kHeldUrl[] = "daybook.store/held";

inline absl::Status AsHeld(absl::Status status) {
  status.SetPayload(kHeldUrl, absl::Cord());
  return status;
}

inline bool IsHeld(const absl::Status& status) {
  return status.GetPayload(kHeldUrl).has_value();
}

}  // namespace daybook

#endif  // DAYBOOK_STORE_HELD_ERROR_H_
