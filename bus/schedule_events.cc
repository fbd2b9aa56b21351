#include "bus/schedule_events.h"

#include "absl/strings/str_cat.h"
#include "daybook/v1/schedule.pb.h"
#include "store/metadata_codec.h"
#include "store/protobuf.h"
#include "store/strings.h"

namespace daybook {
namespace {

NewEvent SystemEvent(std::string_view type,
                     const google::protobuf::Message& payload) {
  NewEvent event;
  event.type = type;
  // An append that is tried again must have the same bytes.
  event.payload = DeterministicBytes(payload);
  event.content_type = "application/x-protobuf";
  return event;
}

}  // namespace

absl::Status ValidateScheduleId(std::string_view id) {
  return ValidateName("schedule id", id, kScheduleIdBytesMax);
}

std::string ScheduleStreamOf(std::string_view id) {
  return absl::StrCat(ToAbsl(kScheduleStreamPrefix), ToAbsl(id));
}

std::string_view ScheduleIdOf(std::string_view stream) {
  return stream.substr(kScheduleStreamPrefix.size());
}

NewEvent ScheduledEvent(const NewSchedule& schedule) {
  v1::Scheduled message;
  message.set_due(absl::ToUnixMicros(schedule.due));
  for (const auto& [stream, event] : schedule.events) {
    v1::Scheduled::Event& put = *message.add_events();
    put.set_stream(stream);
    put.set_type(event.type);
    put.set_payload(event.payload);
    put.set_content_type(event.content_type);
    for (const std::string& tag : event.tags) put.add_tags(tag);
    if (!event.metadata.empty()) {
      put.mutable_metadata()->ParseFromString(EncodeMetadata(event.metadata));
    }
    put.set_source(event.source);
    if (event.id.has_value()) {
      put.set_id(event.id->bytes().data(), EventId::kSize);
    }
    put.set_schema(event.schema.value());
  }
  return SystemEvent(kScheduledType, message);
}

NewEvent ScheduleFiredEvent() {
  return SystemEvent(kScheduleFiredType, v1::ScheduleFired());
}

NewEvent ScheduleCancelledEvent(std::string_view reason) {
  v1::ScheduleCancelled message;
  message.set_reason(std::string(reason));
  return SystemEvent(kScheduleCancelledType, message);
}

NewEvent ScheduleFailedEvent(std::string_view cause) {
  v1::ScheduleFailed message;
  message.set_cause(std::string(cause));
  return SystemEvent(kScheduleFailedType, message);
}

std::optional<ScheduleInfo::State> SettledBy(std::string_view type) {
  if (type == kScheduleFiredType) return ScheduleInfo::State::kFired;
  if (type == kScheduleCancelledType) return ScheduleInfo::State::kCancelled;
  if (type == kScheduleFailedType) return ScheduleInfo::State::kFailed;
  return std::nullopt;
}

absl::StatusOr<NewSchedule> DecodeScheduled(const EventView& event) {
  v1::Scheduled message;
  if (event.type != kScheduledType ||
      !message.ParseFromArray(event.payload.data(),
                              static_cast<int>(event.payload.size()))) {
    return absl::DataLossError(
        absl::StrCat("the event at position ", event.position.value(), ", in ",
                     Quoted(event.stream), ", schedules nothing"));
  }
  NewSchedule schedule{.id = std::string(ScheduleIdOf(event.stream)),
                       .due = absl::FromUnixMicros(message.due())};
  for (const v1::Scheduled::Event& put : message.events()) {
    StreamEvent& given = schedule.events.emplace_back();
    given.stream = put.stream();
    given.event = {
        .type = put.type(),
        .payload = put.payload(),
        .content_type = put.content_type(),
        .tags = {put.tags().begin(), put.tags().end()},
        .metadata = DecodeMetadata(put.metadata().SerializeAsString())
                        .value_or(Metadata()),
        .source = put.source(),
        .schema = SchemaHash(put.schema())};
    if (put.id().size() == EventId::kSize) {
      given.event.id = EventId::FromBytes(put.id());
    }
  }
  return schedule;
}

std::string DecodeReason(const EventView& event) {
  const int size = static_cast<int>(event.payload.size());
  if (event.type == kScheduleCancelledType) {
    v1::ScheduleCancelled message;
    message.ParseFromArray(event.payload.data(), size);
    return message.reason();
  }
  if (event.type == kScheduleFailedType) {
    v1::ScheduleFailed message;
    message.ParseFromArray(event.payload.data(), size);
    return message.cause();
  }
  return "";
}

}  // namespace daybook
