// What a store gave back, as text: for comparing two engines, and for saying
// where they differ.

#ifndef DAYBOOK_TESTS_STORE_DESCRIBE_H_
#define DAYBOOK_TESTS_STORE_DESCRIBE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"

namespace daybook {

// Long bytes as their size and a digest, short ones quoted.
std::string DescribeBytes(std::string_view bytes);

// The code and what the payloads say, but for the position of a condition
// conflict, where engines may differ; not the message.
std::string Describe(const absl::Status& status);
std::string Describe(const AppendResult& result);
std::string Describe(const Event& event);
std::string Describe(const EventView& event);
std::string Describe(const StreamInfo& stream);
std::string Describe(const EventStore::ExportedAppend& exported);

// What was asked.
std::string Describe(const AppendRequest& request);
std::string Describe(const AppendCondition& condition);
std::string Describe(const Query& query);
std::string Describe(const StreamMetadata& metadata);
std::string Describe(const ReadStreamOptions& options);
std::string Describe(const ReadLogOptions& options);

template <typename T>
std::string Describe(const absl::StatusOr<T>& value) {
  return value.ok() ? Describe(*value) : Describe(value.status());
}

// All that is left of a cursor, an event or stream a line, and how it ended;
// at most `limit` of them.
std::string DescribeRest(EventCursor& cursor, uint64_t limit = kNoLimit);
std::string Describe(absl::StatusOr<EventCursor> cursor);
std::string Describe(absl::StatusOr<StreamCursor> cursor);

}  // namespace daybook

#endif  // DAYBOOK_TESTS_STORE_DESCRIBE_H_
