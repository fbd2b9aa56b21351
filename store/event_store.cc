#include "daybook/store/event_store.h"

namespace daybook {

absl::StatusOr<AppendResult> EventStore::Append(
    std::string_view stream, ExpectedRevision expected,
    std::span<const NewEvent> events, std::string_view key) {
  AppendRequest request;
  request.events.reserve(events.size());
  for (const NewEvent& event : events) {
    request.events.push_back({std::string(stream), event});
  }
  request.expectations.push_back({std::string(stream), expected});
  request.key = key;
  return Append(request);
}

}  // namespace daybook
