// What some errors are told apart by, among all others of their code: who has
// an answer to one of them must not take another for it.

#ifndef DAYBOOK_STORE_ERROR_MARKS_H_
#define DAYBOOK_STORE_ERROR_MARKS_H_

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace daybook {

// The name of a payload.
struct ErrorMark {
  const char* url;
};
// Another process has the store: it may be waited for.
inline constexpr ErrorMark kHeld = {"daybook.store/held"};
// Events would be lost: that may be accepted.
inline constexpr ErrorMark kLoss = {"daybook.store/loss"};

inline absl::Status WithMark(absl::Status status, ErrorMark mark) {
  status.SetPayload(mark.url, absl::Cord());
  return status;
}

inline bool HasMark(const absl::Status& status, ErrorMark mark) {
  return status.GetPayload(mark.url).has_value();
}

}  // namespace daybook

#endif  // DAYBOOK_STORE_ERROR_MARKS_H_
