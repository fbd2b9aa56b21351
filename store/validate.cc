#include "store/validate.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "daybook/v1/schedule.pb.h"
#include "store/fingerprint.h"
#include "store/metadata_codec.h"
#include "store/names.h"
#include "store/status_macros.h"
#include "store/stream_state.h"
#include "store/strings.h"
#include "store/system_events.h"

namespace daybook {
namespace {

enum class Level { kUser, kSystem, kRestore };

absl::Status Invalid(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

// The status, with where it was found in front.
absl::Status At(std::string_view where, const absl::Status& status) {
  if (status.ok()) return status;
  return Invalid(absl::StrCat(ToAbsl(where), ": ", status.message()));
}

absl::Status At(std::string_view kind, size_t number,
                const absl::Status& status) {
  if (status.ok()) return status;
  return At(absl::StrCat(ToAbsl(kind), " ", number), status);
}

absl::Status CheckSize(std::string_view field, size_t size, size_t size_max) {
  if (size <= size_max) return absl::OkStatus();
  return Invalid(absl::StrCat(ToAbsl(field), " is ", size,
                              " bytes, the limit is ", size_max));
}

absl::Status CheckCount(std::string_view what, size_t count, size_t count_max) {
  if (count <= count_max) return absl::OkStatus();
  return Invalid(
      absl::StrCat(count, " ", ToAbsl(what), ", the limit is ", count_max));
}

// UTF-8 without NUL.
absl::Status CheckText(std::string_view field, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return Invalid(absl::StrCat(ToAbsl(field), " holds a NUL: ", Quoted(text)));
  }
  if (!IsUtf8(text)) {
    return Invalid(
        absl::StrCat(ToAbsl(field), " is not UTF-8: ", Quoted(text)));
  }
  return absl::OkStatus();
}

absl::Status CheckText(std::string_view field, std::string_view text,
                       size_t size_max) {
  DAYBOOK_RETURN_IF_ERROR(CheckSize(field, text.size(), size_max));
  return CheckText(field, text);
}

// Likewise, and not empty.
absl::Status CheckName(std::string_view field, std::string_view name,
                       size_t size_max) {
  if (name.empty()) return Invalid(absl::StrCat(ToAbsl(field), " is empty"));
  return CheckText(field, name, size_max);
}

absl::Status CheckStream(std::string_view name, Level level) {
  if (level == Level::kUser && name.starts_with('$')) {
    return Invalid(
        absl::StrCat("stream ", Quoted(name), " belongs to the store"));
  }
  const size_t room =
      SubjectOf(name).has_value() ? kMetadataStreamPrefix.size() : 0;
  return CheckName("stream name", name, kStreamNameBytesMax + room);
}

absl::Status CheckTags(const std::vector<std::string>& tags) {
  DAYBOOK_RETURN_IF_ERROR(CheckCount("tags", tags.size(), kTagCountMax));
  for (size_t i = 0; i < tags.size(); ++i) {
    // The number is only built into a message when there is one.
    if (!CheckName("tag", tags[i], kTagBytesMax).ok()) {
      return CheckName(absl::StrCat("tag ", i), tags[i], kTagBytesMax);
    }
    for (size_t j = 0; j < i; ++j) {
      if (tags[i] != tags[j]) continue;
      return Invalid(
          absl::StrCat("tag ", i, " repeats tag ", j, ", ", Quoted(tags[i])));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMetadata(const Metadata& metadata) {
  if (metadata.empty()) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(
      CheckSize("metadata", EncodedMetadataSize(metadata), kMetadataBytesMax));
  DAYBOOK_RETURN_IF_ERROR(CheckText("correlation id", metadata.correlation_id));
  DAYBOOK_RETURN_IF_ERROR(CheckText("causation id", metadata.causation_id));
  DAYBOOK_RETURN_IF_ERROR(CheckText("traceparent", metadata.traceparent));
  DAYBOOK_RETURN_IF_ERROR(CheckText("tracestate", metadata.tracestate));
  DAYBOOK_RETURN_IF_ERROR(CheckText("actor", metadata.actor));
  for (const auto& [name, value] : metadata.fields) {
    DAYBOOK_RETURN_IF_ERROR(CheckText("metadata field name", name));
    if (absl::Status status = CheckText("value", value); !status.ok()) {
      return At(absl::StrCat("metadata field ", Quoted(name)), status);
    }
  }
  return absl::OkStatus();
}

template <typename Message>
bool Parses(std::string_view payload, Message* message) {
  return message->ParseFromArray(payload.data(),
                                 static_cast<int>(payload.size()));
}

// What every reader can print: years 1 to 9999, as RFC 3339 has them.
absl::Status CheckTime(std::string_view field, absl::Time time) {
  static const absl::Time kFirst =
      absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone());
  static const absl::Time kEnd =
      absl::FromCivil(absl::CivilSecond(10000, 1, 1), absl::UTCTimeZone());
  if (time >= kFirst && time < kEnd) return absl::OkStatus();
  return Invalid(
      absl::StrCat(ToAbsl(field), " is not within years 0001 to 9999"));
}

// That it can be stored; whether it is right is judged later (producers.h).
absl::Status CheckSignature(const NewEvent& event, Level level) {
  if (event.signature->bytes.empty()) {
    if (level == Level::kRestore) return absl::OkStatus();
    return Invalid("signature is empty");
  }
  if (!event.id.has_value()) return Invalid("is signed, and has no id");
  return CheckSize("signature", event.signature->bytes.size(),
                   kSignatureBytesMax);
}

// What else stood in a schedule's stream would be no part of it. Whether it is
// that one's turn is said by the append's expectation.
absl::Status CheckScheduleEvent(const NewEvent& event) {
  bool parses = false;
  if (event.type == kScheduledType) {
    v1::Scheduled scheduled;
    parses = Parses(event.payload, &scheduled);
    if (parses) {
      DAYBOOK_RETURN_IF_ERROR(
          CheckTime("due", absl::FromUnixMicros(scheduled.due())));
    }
  } else if (event.type == kScheduleFiredType) {
    v1::ScheduleFired fired;
    parses = Parses(event.payload, &fired);
  } else if (event.type == kScheduleCancelledType) {
    v1::ScheduleCancelled cancelled;
    parses = Parses(event.payload, &cancelled);
  } else if (event.type == kScheduleFailedType) {
    v1::ScheduleFailed failed;
    parses = Parses(event.payload, &failed);
  }
  if (parses) return absl::OkStatus();
  return Invalid(absl::StrCat(
      Quoted(event.type), " is no event of a schedule, and streams named ",
      ToAbsl(kScheduleStreamPrefix), "... hold no others"));
}

absl::Status CheckEvent(const StreamEvent& stream_event, Level level,
                        size_t bytes) {
  const NewEvent& event = stream_event.event;
  // What is to be appended later is said by callers, beside what they append
  // now.
  const bool is_schedule =
      stream_event.stream.starts_with(kScheduleStreamPrefix);
  DAYBOOK_RETURN_IF_ERROR(
      CheckStream(stream_event.stream, is_schedule ? Level::kSystem : level));
  DAYBOOK_RETURN_IF_ERROR(ValidateEventType(event.type));
  if (is_schedule && level == Level::kUser) {
    DAYBOOK_RETURN_IF_ERROR(CheckScheduleEvent(event));
  }
  DAYBOOK_RETURN_IF_ERROR(
      CheckText("content type", event.content_type, kContentTypeBytesMax));
  DAYBOOK_RETURN_IF_ERROR(ValidateSource(event.source));
  DAYBOOK_RETURN_IF_ERROR(CheckTags(event.tags));
  DAYBOOK_RETURN_IF_ERROR(CheckMetadata(event.metadata));
  if (event.occurred_at.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(CheckTime("occurred_at", *event.occurred_at));
  }
  if (event.signature.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(CheckSignature(event, level));
  }
  return CheckSize("the event", bytes, kEventBytesMax);
}

absl::Status CheckEvents(const std::vector<StreamEvent>& events, Level level) {
  if (events.empty()) return Invalid("nothing to append");
  DAYBOOK_RETURN_IF_ERROR(
      CheckCount("events in one append", events.size(), kAppendCountMax));
  size_t total_bytes = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const size_t bytes = EventBytes(events[i]);
    DAYBOOK_RETURN_IF_ERROR(
        At("event", i, CheckEvent(events[i], level, bytes)));
    total_bytes += bytes;
  }
  return CheckSize("the append", total_bytes, kAppendBytesMax);
}

absl::Status CheckExpectations(
    const std::vector<StreamExpectation>& expectations) {
  if (expectations.size() == 1) {
    return At("expectation", 0, ValidateAnyStreamName(expectations[0].stream));
  }
  absl::flat_hash_set<absl::string_view> seen;
  for (size_t i = 0; i < expectations.size(); ++i) {
    const std::string& stream = expectations[i].stream;
    DAYBOOK_RETURN_IF_ERROR(
        At("expectation", i, ValidateAnyStreamName(stream)));
    if (!seen.insert(stream).second) {
      return Invalid(absl::StrCat("expectation ", i, ": stream ",
                                  Quoted(stream), " is named twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckKeyAndResult(const AppendRequest& request) {
  if (!request.key.empty()) {
    DAYBOOK_RETURN_IF_ERROR(ValidateAppendKey(request.key));
  }
  if (!request.result.empty() && request.key.empty()) {
    return Invalid("a result without an append key");
  }
  return CheckSize("result", request.result.size(), kAppendResultBytesMax);
}

absl::Status CheckAppend(const AppendRequest& request, Level level) {
  DAYBOOK_RETURN_IF_ERROR(CheckEvents(request.events, level));
  DAYBOOK_RETURN_IF_ERROR(CheckKeyAndResult(request));
  if (level == Level::kRestore) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(CheckExpectations(request.expectations));
  if (!request.condition.has_value()) return absl::OkStatus();
  return At("append condition",
            ValidateQuery(request.condition->fail_if_matches));
}

absl::Status CheckItem(const QueryItem& item) {
  DAYBOOK_RETURN_IF_ERROR(CheckCount("types and tags",
                                     item.types.size() + item.tags.size(),
                                     kQueryTermCountMax));
  for (const std::string& type : item.types) {
    DAYBOOK_RETURN_IF_ERROR(CheckName("type", type, kTypeBytesMax));
  }
  for (const std::string& tag : item.tags) {
    DAYBOOK_RETURN_IF_ERROR(CheckName("tag", tag, kTagBytesMax));
  }
  DAYBOOK_RETURN_IF_ERROR(
      CheckText("category", item.category,
                kStreamNameBytesMax + kMetadataStreamPrefix.size()));
  if (item.category.find('-') != std::string::npos) {
    return Invalid(absl::StrCat("category ", Quoted(item.category),
                                " has a \"-\", before which one ends: no "
                                "stream is of it"));
  }
  return CheckText("correlation id", item.correlation_id, kMetadataBytesMax);
}

}  // namespace

absl::Status ValidateAppend(const AppendRequest& request) {
  return CheckAppend(request, Level::kUser);
}

absl::Status ValidateSystemAppend(const AppendRequest& request) {
  return CheckAppend(request, Level::kSystem);
}

absl::Status ValidateRestore(const AppendRequest& request,
                             absl::Time recorded_at,
                             std::string_view fingerprint) {
  DAYBOOK_RETURN_IF_ERROR(CheckAppend(request, Level::kRestore));
  DAYBOOK_RETURN_IF_ERROR(CheckTime("recorded_at", recorded_at));
  if (!fingerprint.empty() && fingerprint.size() != kFingerprintSize) {
    return Invalid(absl::StrCat("fingerprint is ", fingerprint.size(),
                                " bytes, not ", kFingerprintSize));
  }
  for (size_t i = 0; i < request.events.size(); ++i) {
    const NewEvent& event = request.events[i].event;
    if (!event.id.has_value()) {
      return Invalid(absl::StrCat("event ", i, ": has no id"));
    }
    if (SubjectOf(request.events[i].stream).has_value()) {
      StreamRules ignored;
      DAYBOOK_RETURN_IF_ERROR(At(
          "event", i, ApplySystemEvent(event.type, event.payload, &ignored)));
    }
    if (event.type == kSchemaRegisteredType &&
        request.events[i].stream == kSchemasStream) {
      DAYBOOK_RETURN_IF_ERROR(
          At("event", i, DecodeSchemaRegistered(event.payload).status()));
    }
    if (request.events[i].stream == kProducersStream) {
      EventView view;
      view.type = event.type;
      view.payload = event.payload;
      DAYBOOK_RETURN_IF_ERROR(At("event", i, Producers().Apply(view)));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateQuery(const Query& query) {
  DAYBOOK_RETURN_IF_ERROR(
      CheckCount("query items", query.items.size(), kQueryItemCountMax));
  for (size_t i = 0; i < query.items.size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(At("query item", i, CheckItem(query.items[i])));
  }
  return absl::OkStatus();
}

absl::Status ValidateStreamName(std::string_view name) {
  return CheckStream(name, Level::kUser);
}

absl::Status ValidateAnyStreamName(std::string_view name) {
  return CheckStream(name, Level::kSystem);
}

absl::Status ValidateTime(std::string_view field, absl::Time time) {
  return CheckTime(field, time);
}

absl::Status ValidateEventType(std::string_view type) {
  return CheckName("type", type, kTypeBytesMax);
}

absl::Status ValidateStreamMetadata(const StreamMetadata& metadata) {
  return CheckText("json", metadata.json, kStreamMetadataJsonBytesMax);
}

absl::Status ValidateOperation(const Operation& operation) {
  DAYBOOK_RETURN_IF_ERROR(CheckText("user", operation.user));
  DAYBOOK_RETURN_IF_ERROR(CheckText("command", operation.command));
  return ValidateReason(operation.reason);
}

absl::Status ValidateReason(std::string_view reason) {
  return CheckText("reason", reason);
}

absl::Status ValidateAppendKey(std::string_view key) {
  if (key.empty()) return Invalid("append key is empty");
  return CheckSize("append key", key.size(), kAppendKeyBytesMax);
}

absl::Status ValidateSource(std::string_view source) {
  return CheckText("source", source, kSourceBytesMax);
}

absl::Status ValidateRow(std::string_view key, std::string_view value) {
  if (key.empty()) return Invalid("row key is empty");
  DAYBOOK_RETURN_IF_ERROR(CheckSize("row key", key.size(), kRowKeyBytesMax));
  if (key[0] == '\0') {
    return Invalid(absl::StrCat("row key ", Quoted(key),
                                " begins with a byte 0: the store's own do"));
  }
  return CheckSize("row value", value.size(), kRowValueBytesMax);
}

absl::Status ValidateRowBytes(size_t bytes) {
  return CheckSize("batch of rows", bytes, kRowBatchBytesMax);
}

absl::Status ValidateRowBatch(const RowBatch& batch) {
  DAYBOOK_RETURN_IF_ERROR(ValidateRowBytes(batch.bytes()));
  const std::vector<RowBatch::Change>& changes = batch.changes();
  for (size_t i = 0; i < changes.size(); ++i) {
    const RowBatch::Change& change = changes[i];
    // Any bytes bound a range, but not any number of them.
    const absl::Status status =
        change.kind == RowBatch::Kind::kDeleteRange
            ? CheckSize("bound of a range of rows",
                        std::max(change.key.size(), change.value.size()),
                        kRowKeyBytesMax)
            : ValidateRow(change.key, change.value);
    DAYBOOK_RETURN_IF_ERROR(At("change", i, status));
  }
  return absl::OkStatus();
}

size_t EventBytes(const StreamEvent& stream_event) {
  const NewEvent& event = stream_event.event;
  size_t bytes = stream_event.stream.size() + event.type.size() +
                 event.payload.size() + event.content_type.size() +
                 event.source.size() + EncodedMetadataSize(event.metadata);
  if (event.signature.has_value()) bytes += event.signature->bytes.size();
  for (const std::string& tag : event.tags) bytes += tag.size();
  return bytes;
}

}  // namespace daybook
