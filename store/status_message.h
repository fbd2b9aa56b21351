// Saying more in a status.

#ifndef DAYBOOK_STORE_STATUS_MESSAGE_H_
#define DAYBOOK_STORE_STATUS_MESSAGE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "store/strings.h"

namespace daybook {

// `status`, an error, with another message; its payloads stay.
inline absl::Status WithMessage(const absl::Status& status,
                                std::string_view message) {
  absl::Status result(status.code(), ToAbsl(message));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    result.SetPayload(url, payload);
  });
  return result;
}

}  // namespace daybook

#endif  // DAYBOOK_STORE_STATUS_MESSAGE_H_
