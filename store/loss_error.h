// What is refused as events would be lost, and done where that is accepted, is
// told apart by, among all that may not be done now.

#ifndef DAYBOOK_STORE_LOSS_ERROR_H_
#define DAYBOOK_STORE_LOSS_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace daybook {

inline constexpr char kLossUrl[] = "daybook.store/loss";

inline absl::Status AsLoss(absl::Status status) {
  status.SetPayload(kLossUrl, absl::Cord());
  return status;
}

inline bool IsLoss(const absl::Status& status) {
  return status.GetPayload(kLossUrl).has_value();
}

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOSS_ERROR_H_
