#include "store/stream_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/v1/system.pb.h"
#include "store/errors_internal.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"

namespace daybook {
namespace {

template <typename Message>
absl::Status Parse(std::string_view type, std::string_view payload,
                   Message* message) {
  if (payload.size() <= std::numeric_limits<int>::max() &&
      message->ParseFromArray(payload.data(),
                              static_cast<int>(payload.size()))) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat("payload of a ", ToAbsl(type), " event does not parse"));
}

absl::Status NotFound(std::string_view stream, std::string_view why) {
  return absl::NotFoundError(
      absl::StrCat("stream ", Quoted(stream), " ", ToAbsl(why)));
}

bool Holds(ExpectedRevision expected, const StreamState& state) {
  const bool exists = state.next_revision > 0 && !IsDeleted(state);
  switch (expected.kind()) {
    case ExpectedRevision::Kind::kAny:
      return true;
    case ExpectedRevision::Kind::kNoStream:
      return !exists;
    case ExpectedRevision::Kind::kExists:
      return exists;
    case ExpectedRevision::Kind::kExactly:
      return state.last_revision() == expected.revision();
  }
  return false;
}

}  // namespace

absl::Status ApplySystemEvent(std::string_view type, std::string_view payload,
                              StreamRules* rules) {
  if (type == kStreamMetadataSetType) {
    v1::StreamMetadataSet message;
    DAYBOOK_RETURN_IF_ERROR(Parse(type, payload, &message));
    StreamMetadata metadata;
    if (message.has_max_count()) metadata.max_count = message.max_count();
    if (message.has_truncate_before()) {
      metadata.truncate_before = Revision(message.truncate_before());
    }
    metadata.json = std::move(*message.mutable_json());
    rules->metadata = std::move(metadata);
  } else if (type == kStreamDeletedType) {
    v1::StreamDeleted message;
    DAYBOOK_RETURN_IF_ERROR(Parse(type, payload, &message));
    rules->deleted_before =
        std::max(rules->deleted_before, Revision(message.deleted_before()));
  } else if (type == kStreamTombstonedType) {
    v1::StreamTombstoned message;
    DAYBOOK_RETURN_IF_ERROR(Parse(type, payload, &message));
    rules->deleted_before =
        std::max(rules->deleted_before, Revision(message.deleted_before()));
    rules->tombstoned = true;
  }
  return absl::OkStatus();
}

Revision FirstVisible(const StreamState& state) {
  const uint64_t next = state.next_revision;
  const StreamRules& rules = state.rules;
  if (rules.tombstoned) return Revision(next);
  uint64_t first = rules.deleted_before.value();
  if (rules.metadata.truncate_before.has_value()) {
    first = std::max(first, rules.metadata.truncate_before->value());
  }
  if (const auto& max_count = rules.metadata.max_count;
      max_count.has_value() && *max_count < next) {
    first = std::max(first, next - *max_count);
  }
  return Revision(std::min(first, next));
}

bool IsDeleted(const StreamState& state) {
  const uint64_t deleted_before = state.rules.deleted_before.value();
  return state.rules.tombstoned ||
         (deleted_before > 0 && deleted_before >= state.next_revision);
}

absl::Status CheckWritable(std::string_view stream, const StreamState& state) {
  if (!state.rules.tombstoned) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("stream ", Quoted(stream), " is tombstoned"));
}

absl::Status CheckExpectation(std::string_view stream,
                              ExpectedRevision expected,
                              const StreamState& state) {
  if (Holds(expected, state)) return absl::OkStatus();
  return RevisionConflictError(stream, expected, state.last_revision());
}

absl::Status CheckSetMetadata(std::string_view stream,
                              ExpectedRevision expected,
                              const StreamState& state) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(stream, state));
  return CheckExpectation(stream, expected, state);
}

absl::Status CheckDelete(std::string_view stream, ExpectedRevision expected,
                         const StreamState& state) {
  DAYBOOK_RETURN_IF_ERROR(CheckSetMetadata(stream, expected, state));
  return CheckReadable(stream, state);
}

absl::Status CheckTombstone(std::string_view stream, ExpectedRevision expected,
                            const StreamState& state) {
  return CheckSetMetadata(stream, expected, state);
}

absl::Status CheckReadable(std::string_view stream, const StreamState& state) {
  if (state.rules.tombstoned) return NotFound(stream, "is tombstoned");
  if (state.next_revision == 0) return NotFound(stream, "has no events");
  if (IsDeleted(state)) return NotFound(stream, "is deleted");
  return absl::OkStatus();
}

StreamInfo ToStreamInfo(std::string name, const StreamState& state) {
  StreamInfo info;
  info.name = std::move(name);
  info.first_revision = FirstVisible(state);
  info.count = state.next_revision - info.first_revision.value();
  info.last_revision = state.last_revision();
  info.last_position = state.last_position;
  info.deleted = IsDeleted(state);
  info.tombstoned = state.rules.tombstoned;
  info.metadata = state.rules.metadata;
  return info;
}

}  // namespace daybook
