#include "store/memory_committer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/coding.h"
#include "store/errors_internal.h"
#include "store/metadata_codec.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/validate.h"

namespace daybook {
namespace {

absl::Time FloorToMicros(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

}  // namespace

MemoryCommitter::MemoryCommitter(const StoreOptions& options, MemoryLog* log,
                                 MemoryRows* rows)
    : options_(options),
      log_(*log),
      rows_(*rows),
      wall_at_open_(options.clock->Now()),
      monotonic_at_open_(options.clock->Monotonic()),
      participants_([rows](std::string_view key) { return rows->Get(key); }) {}

absl::StatusOr<AppendResult> MemoryCommitter::Append(
    const AppendRequest& request) {
  // In the order that stream_state.h lays down.
  const Fingerprint fingerprint = AppendFingerprint(request);
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<AppendResult> repeated,
                           FindRepeated(request.key, fingerprint));
  if (repeated.has_value()) return *std::move(repeated);
  DAYBOOK_RETURN_IF_ERROR(CheckProducers(request, fingerprint));
  DAYBOOK_RETURN_IF_ERROR(CheckStreamsWritable(request));
  for (const StreamExpectation& expectation : request.expectations) {
    DAYBOOK_RETURN_IF_ERROR(CheckExpectation(expectation.stream,
                                             expectation.expected,
                                             log_.StateOf(expectation.stream)));
  }
  if (request.condition.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(CheckCondition(*request.condition));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const absl::Time recorded_at, RecordedAt());
  return Write(request, recorded_at, fingerprint);
}

absl::StatusOr<AppendResult> MemoryCommitter::Restore(
    const AppendRequest& request, absl::Time recorded_at,
    std::string_view given_fingerprint) {
  Fingerprint fingerprint = AppendFingerprint(request);
  if (!given_fingerprint.empty()) {
    std::copy(given_fingerprint.begin(), given_fingerprint.end(),
              fingerprint.begin());
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<AppendResult> repeated,
                           FindRepeated(request.key, fingerprint));
  if (repeated.has_value()) return *std::move(repeated);
  DAYBOOK_RETURN_IF_ERROR(CheckStreamsWritable(request));
  recorded_at = FloorToMicros(recorded_at);
  if (recorded_at < log_.last_recorded_at()) {
    return absl::InvalidArgumentError(
        absl::StrCat("restore: recorded_at ", absl::FormatTime(recorded_at),
                     " is before that of the last event, ",
                     absl::FormatTime(log_.last_recorded_at())));
  }
  return Write(request, recorded_at, fingerprint);
}

absl::StatusOr<AppendResult> MemoryCommitter::AppendSystemEvent(
    std::string_view stream, std::string_view subject,
    const std::function<absl::StatusOr<NewEvent>(const StreamState&)>& make) {
  DAYBOOK_ASSIGN_OR_RETURN(NewEvent event, make(log_.StateOf(subject)));
  AppendRequest request;
  request.events.push_back({std::string(stream), std::move(event)});
  DAYBOOK_RETURN_IF_ERROR(ValidateSystemAppend(request));
  return Append(request);
}

absl::StatusOr<std::optional<AppendResult>> MemoryCommitter::FindRepeated(
    std::string_view key, const Fingerprint& fingerprint) const {
  const MemoryAppend* const append = log_.AppendWith(key);
  if (append == nullptr) return std::nullopt;
  if (append->fingerprint != fingerprint) {
    return absl::AlreadyExistsError(absl::StrCat(
        "append key ", Quoted(key), " was used with other events, at position ",
        append->result.first_position.value()));
  }
  AppendResult result = append->result;
  result.repeated = true;
  return result;
}

absl::Status MemoryCommitter::CheckStreamsWritable(
    const AppendRequest& request) const {
  for (const StreamEvent& event : request.events) {
    DAYBOOK_RETURN_IF_ERROR(
        CheckWritable(event.stream, log_.StateOf(event.stream)));
  }
  return absl::OkStatus();
}

absl::Status MemoryCommitter::CheckProducers(
    const AppendRequest& request, const Fingerprint& fingerprint) const {
  AppendHeader append;
  append.key = request.key;
  append.fingerprint = fingerprint;
  append.result = request.result;
  LeafMaker leaves;
  audit::ProducerVerifier verifier;
  for (size_t i = 0; i < request.events.size(); ++i) {
    const NewEvent& event = request.events[i].event;
    audit::ProducerStatement statement;
    statement.stream = request.events[i].stream;
    std::string_view signature;
    if (event.signature.has_value()) {
      const EventCommitments made = leaves.Commit(event, event.source, append,
                                                  /*first_of_append=*/i == 0);
      statement.type = event.type;
      statement.event_id = event.id->bytes();
      statement.content_type = event.content_type;
      statement.schema_hash = event.schema.value();
      statement.payload_commitment = made.payload;
      statement.metadata_commitment = made.metadata;
      signature = event.signature->bytes;
    }
    DAYBOOK_RETURN_IF_ERROR(AtEvent(
        i, JudgeProducer(log_.producers(), statement, signature, &verifier)
               .status()));
  }
  return absl::OkStatus();
}

absl::Status MemoryCommitter::CheckCondition(
    const AppendCondition& condition) const {
  for (const auto& stored : log_.events()) {
    if (condition.after.has_value() && stored->position <= *condition.after) {
      continue;
    }
    if (Matches(condition.fail_if_matches, ToView(*stored))) {
      return ConditionConflictError(stored->position);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> MemoryCommitter::RecordedAt() const {
  const absl::Time now = options_.clock->Now();
  const absl::Duration by_wall = now - wall_at_open_;
  const absl::Duration by_monotonic =
      options_.clock->Monotonic() - monotonic_at_open_;
  if (!options_.accept_clock_jump && by_wall - by_monotonic > absl::Hours(24)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the wall clock jumped ahead by ",
        absl::FormatDuration(by_wall - by_monotonic), ", to ",
        absl::FormatTime(now),
        ": set it right, or open the store with accept_clock_jump"));
  }
  return std::max(FloorToMicros(now), log_.last_recorded_at());
}

absl::StatusOr<AppendResult> MemoryCommitter::Write(
    const AppendRequest& request, absl::Time recorded_at,
    const Fingerprint& fingerprint) {
  const MemoryEvents events = MakeEvents(request, recorded_at, fingerprint);
  DAYBOOK_RETURN_IF_ERROR(Join(events));
  // Nothing can fail any more.
  rows_.Write(participants_.TakeRows());
  log_.Store(events);
  return events.front()->append->result;
}

MemoryEvents MemoryCommitter::MakeEvents(const AppendRequest& request,
                                         absl::Time recorded_at,
                                         const Fingerprint& fingerprint) const {
  const uint64_t head = log_.head().value();
  auto append = std::make_shared<MemoryAppend>();
  append->count = static_cast<uint32_t>(request.events.size());
  append->key = request.key;
  append->fingerprint = fingerprint;
  AppendResult& result = append->result;
  result.first_position = Position(head);
  result.recorded_at = recorded_at;
  result.result = request.result;

  MemoryEvents events;
  for (const StreamEvent& stream_event : request.events) {
    auto stored = std::make_shared<MemoryEvent>();
    stored->append = append;
    stored->position = Position(head + events.size());
    stored->stream = stream_event.stream;
    stored->event = stream_event.event;
    NewEvent& event = stored->event;
    if (event.source.empty() && !event.signature.has_value()) {
      event.source = options_.source;
    }
    if (!event.id.has_value()) {
      event.id = options_.id_source->NewId(options_.clock->Now());
    }
    if (event.occurred_at.has_value()) {
      event.occurred_at = FloorToMicros(*event.occurred_at);
    }
    for (const std::string& tag : event.tags) {
      PutString(&stored->encoded_tags, tag);
    }
    stored->encoded_metadata = EncodeMetadata(event.metadata);

    const auto end = std::find_if(
        result.streams.begin(), result.streams.end(),
        [&](const StreamEnd& s) { return s.stream == stored->stream; });
    if (end == result.streams.end()) {
      stored->revision = Revision(log_.StateOf(stored->stream).next_revision);
      result.streams.push_back({stored->stream, stored->revision});
    } else {
      stored->revision = Revision(end->last_revision.value() + 1);
      end->last_revision = stored->revision;
    }
    events.push_back(std::move(stored));
  }
  result.last_position = Position(head + events.size() - 1);
  return events;
}

absl::Status MemoryCommitter::Join(const MemoryEvents& events) {
  if (participants_.empty()) return absl::OkStatus();
  std::vector<EventView> views;
  views.reserve(events.size());
  for (const auto& stored : events) {
    views.push_back(ToView(*stored));
    views.back().append.key = {};
  }
  return participants_.Join(views);
}

}  // namespace daybook
