#include "tests/store/describe.h"

#include <functional>

#include "absl/strings/str_join.h"
#include "daybook/store/errors.h"
#include "store/strings.h"

namespace daybook {
namespace {

std::string DescribeTime(absl::Time time) {
  return absl::FormatTime("%H:%M:%E6S", time, absl::UTCTimeZone()) + "/" +
         absl::StrCat(absl::ToUnixMicros(time));
}

std::string DescribeTime(std::optional<absl::Time> time) {
  return time.has_value() ? DescribeTime(*time) : "-";
}

template <typename Number>
std::string DescribeNumber(std::optional<Number> number) {
  if (!number.has_value()) return "-";
  if (number->value() == kNoLimit) return "max";
  return absl::StrCat(number->value());
}

std::string DescribeLimit(uint64_t limit) {
  return limit == kNoLimit ? "-" : absl::StrCat(limit);
}

std::string DescribeStrings(const std::vector<std::string>& strings) {
  return "[" +
         absl::StrJoin(strings, " ",
                       [](std::string* out, const std::string& text) {
                         out->append(DescribeBytes(text));
                       }) +
         "]";
}

const char* DescribeDirection(Direction direction) {
  return direction == Direction::kForward ? "forward" : "backward";
}

std::string DescribeMetadata(const Metadata& metadata) {
  if (metadata.empty()) return "-";
  std::string text = absl::StrCat(
      metadata.correlation_id, "|", metadata.causation_id, "|",
      metadata.traceparent, "|", metadata.tracestate, "|", metadata.actor);
  for (const auto& [name, value] : metadata.fields) {
    absl::StrAppend(&text, "|", name, "=", value);
  }
  return DescribeBytes(text);
}

std::string DescribeExpectations(
    const std::vector<StreamExpectation>& expectations) {
  std::string text;
  for (const StreamExpectation& expectation : expectations) {
    absl::StrAppend(&text, " expect ", DescribeBytes(expectation.stream), " ",
                    expectation.expected.ToString());
  }
  return text;
}

}  // namespace

std::string DescribeBytes(std::string_view bytes) {
  if (bytes.size() <= 40) return Quoted(bytes);
  return absl::StrCat(bytes.size(), "B#",
                      absl::Hex(std::hash<std::string_view>()(bytes)));
}

std::string Describe(const absl::Status& status) {
  std::string text = absl::StatusCodeToString(status.code());
  if (const auto conflict = GetRevisionConflict(status)) {
    absl::StrAppend(&text, " ", Quoted(conflict->stream), " expected ",
                    conflict->expected.ToString(), " actual ",
                    DescribeNumber(conflict->actual));
  }
  if (GetConditionConflict(status).has_value()) text += " condition";
  if (const auto outcome = GetAppendOutcome(status)) {
    text += *outcome == AppendOutcome::kNotAppended ? " not appended"
                                                    : " outcome unknown";
  }
  if (const auto position = GetDamage(status)) {
    absl::StrAppend(&text, " damage at ", position->value());
  }
  return text;
}

std::string Describe(const AppendResult& result) {
  std::string text = absl::StrCat("positions ", result.first_position.value(),
                                  "-", result.last_position.value(), " at ",
                                  DescribeTime(result.recorded_at),
                                  result.repeated ? " repeated" : "",
                                  " result ", DescribeBytes(result.result));
  for (const StreamEnd& end : result.streams) {
    absl::StrAppend(&text, " ", DescribeBytes(end.stream), "@",
                    end.last_revision.value());
  }
  return text;
}

std::string Describe(const Event& event) {
  return absl::StrCat(
      event.position.value(), " ", DescribeBytes(event.stream), "@",
      event.revision.value(), " ", DescribeBytes(event.type), " ",
      event.id.ToString(), " at ", DescribeTime(event.recorded_at),
      " occurred ", DescribeTime(event.occurred_at), " source ",
      DescribeBytes(event.source), " content ",
      DescribeBytes(event.content_type), " tags ", DescribeStrings(event.tags),
      " schema ", event.schema.ToString(), " metadata ",
      DescribeMetadata(event.metadata), " append ",
      event.append_first_position.value(), "+", event.append_count, " payload ",
      DescribeBytes(event.payload));
}

std::string Describe(const EventView& event) {
  return absl::StrCat(Describe(event.ToEvent()), " key ",
                      DescribeBytes(event.append.key));
}

std::string Describe(const StreamInfo& stream) {
  return absl::StrCat(
      DescribeBytes(stream.name), " count ", stream.count, " from ",
      stream.first_revision.value(), " last ",
      DescribeNumber(stream.last_revision), " at ",
      DescribeNumber(stream.last_position), stream.deleted ? " deleted" : "",
      stream.tombstoned ? " tombstoned" : "", " ", Describe(stream.metadata));
}

std::string Describe(const EventStore::ExportedAppend& exported) {
  return absl::StrCat("key ", DescribeBytes(exported.key), " fingerprint ",
                      DescribeBytes(exported.fingerprint), " result ",
                      DescribeBytes(exported.result));
}

std::string Describe(const AppendRequest& request) {
  std::string text;
  for (const StreamEvent& stream_event : request.events) {
    const NewEvent& event = stream_event.event;
    absl::StrAppend(
        &text, " ", DescribeBytes(stream_event.stream), ":",
        DescribeBytes(event.type), DescribeStrings(event.tags),
        event.payload.empty() ? "" : absl::StrCat("x", event.payload.size()),
        event.metadata.correlation_id.empty()
            ? ""
            : absl::StrCat("~", event.metadata.correlation_id));
  }
  if (!request.key.empty()) {
    absl::StrAppend(&text, " key ", DescribeBytes(request.key));
  }
  text += DescribeExpectations(request.expectations);
  if (request.condition.has_value()) {
    absl::StrAppend(&text, " if ", Describe(*request.condition));
  }
  return text;
}

std::string Describe(const AppendCondition& condition) {
  return absl::StrCat("nothing after ", DescribeNumber(condition.after),
                      " matches", Describe(condition.fail_if_matches));
}

std::string Describe(const Query& query) {
  std::string text;
  for (const QueryItem& item : query.items) {
    absl::StrAppend(&text, " {types ", DescribeStrings(item.types), " tags ",
                    DescribeStrings(item.tags), " category ",
                    DescribeBytes(item.category), " correlation ",
                    DescribeBytes(item.correlation_id), "}");
  }
  return text.empty() ? " everything" : text;
}

std::string Describe(const StreamMetadata& metadata) {
  return absl::StrCat(
      "max_count ",
      metadata.max_count.has_value() ? DescribeLimit(*metadata.max_count)
                                     : "none",
      " truncate_before ", DescribeNumber(metadata.truncate_before), " json ",
      DescribeBytes(metadata.json));
}

std::string Describe(const ReadStreamOptions& options) {
  return absl::StrCat("from ", DescribeNumber(options.from), " to ",
                      DescribeNumber(options.to), " ",
                      DescribeDirection(options.direction), " limit ",
                      DescribeLimit(options.limit));
}

std::string Describe(const ReadLogOptions& options) {
  return absl::StrCat(
      "from ", DescribeNumber(options.from), " to ", DescribeNumber(options.to),
      " from_time ", DescribeTime(options.from_time), " to_time ",
      DescribeTime(options.to_time), " ", DescribeDirection(options.direction),
      " limit ", DescribeLimit(options.limit));
}

std::string DescribeRest(EventCursor& cursor, uint64_t limit) {
  std::string text;
  for (uint64_t i = 0; i < limit; ++i) {
    if (!cursor.Next()) {
      absl::StrAppend(&text, "end ", Describe(cursor.status()));
      break;
    }
    absl::StrAppend(&text, Describe(cursor.event()), "\n");
  }
  return text;
}

std::string Describe(absl::StatusOr<EventCursor> cursor) {
  if (!cursor.ok()) return Describe(cursor.status());
  std::string text =
      absl::StrCat("head ", cursor->snapshot_head().value(), "\n");
  text += DescribeRest(*cursor);
  return text;
}

std::string Describe(absl::StatusOr<StreamCursor> cursor) {
  if (!cursor.ok()) return Describe(cursor.status());
  std::string text;
  while (cursor->Next()) {
    absl::StrAppend(&text, Describe(cursor->stream()), "\n");
  }
  return absl::StrCat(text, "end ", Describe(cursor->status()));
}

}  // namespace daybook
