#include "bus/group_rows.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/v1/group.pb.h"
#include "store/coding.h"
#include "store/filter_record.h"
#include "store/names.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Stored; never change.
constexpr std::string_view kRecordPrefix("\x08\x00", 2);
constexpr std::string_view kProgressPrefix("\x08\x01", 2);
constexpr std::string_view kAttemptsPrefix("\x08\x02", 2);
constexpr std::string_view kParkedPrefix("\x08\x03", 2);

// What the keys of a group's events begin with. No name holds a NUL, so that
// no group's begin with those of another one.
std::string EventPrefix(std::string_view prefix, std::string_view name) {
  std::string key = NamedKey(prefix, name);
  key.push_back('\0');
  return key;
}

std::string EventKey(std::string_view prefix, std::string_view name,
                     Position position) {
  std::string key = EventPrefix(prefix, name);
  PutBigEndian64(&key, position.value());
  return key;
}

// Of a key that EventKey() made.
std::optional<Position> PositionOfKey(std::string_view key,
                                      size_t prefix_size) {
  if (key.size() != prefix_size + sizeof(uint64_t)) return std::nullopt;
  return Position(LoadBigEndian64(key.data() + prefix_size));
}

absl::Status Damaged(std::string_view name, std::string_view what) {
  return absl::DataLossError(absl::StrCat("group ", Quoted(name), ": ",
                                          ToAbsl(what),
                                          " is damaged: delete the group"));
}

absl::StatusOr<ParkedEvent> ParseParked(std::string_view name,
                                        Position position,
                                        std::string_view value) {
  v1::GroupParked stored;
  if (!stored.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return Damaged(
        name, absl::StrCat("the parked event at position ", position.value()));
  }
  return ParkedEvent{.position = position,
                     .attempt_count = stored.attempt_count(),
                     .cause = stored.cause(),
                     .parked_at = absl::FromUnixMicros(stored.parked_at()),
                     .member = stored.member()};
}

}  // namespace

void PositionRuns::AddRun(Run run) {
  count_ += run.end - run.begin;
  if (!runs_.empty() && runs_.back().end == run.begin) {
    runs_.back().end = run.end;
  } else {
    runs_.push_back(run);
  }
}

bool PositionRuns::Has(Position position) const {
  const auto after =
      std::ranges::upper_bound(runs_, position.value(), {}, &Run::begin);
  return after != runs_.begin() && position.value() < std::prev(after)->end;
}

absl::Status ValidateGroupName(std::string_view name) {
  return ValidateChosenName("group name", name, kGroupNameBytesMax);
}

// --- Writing -----------------------------------------------------------------

void PutGroup(std::string_view name, const GroupDefinition& definition,
              RowBatch* batch) {
  const GroupOptions& options = definition.options;
  v1::GroupRecord record;
  *record.mutable_follows() = RecordOf(options.filter);
  record.mutable_follows()->set_created_at(
      absl::ToUnixMicros(definition.created_at));
  switch (options.lanes.kind()) {
    case Lanes::Kind::kStream:
      record.mutable_by_stream();
      break;
    case Lanes::Kind::kTag:
      record.mutable_by_tag()->set_prefix(options.lanes.tag_prefix());
      break;
    case Lanes::Kind::kKey:
      record.mutable_by_key();
      break;
  }
  record.set_lease(absl::ToInt64Microseconds(options.lease));
  record.set_retry_first(absl::ToInt64Microseconds(options.retry.first));
  record.set_retry_max(absl::ToInt64Microseconds(options.retry.max));
  record.set_attempt_count_max(options.retry.attempt_count_max);
  record.set_outstanding_count_max(options.outstanding_count_max);
  record.set_outstanding_bytes_max(options.outstanding_bytes_max);
  record.set_durable_only(options.durable_only);
  batch->Put(NamedKey(kRecordPrefix, name), record.SerializeAsString());
}

void PutProgress(std::string_view name, const GroupProgress& progress,
                 RowBatch* batch) {
  v1::GroupState state;
  state.set_next_position(progress.next_position.value());
  uint64_t last_end = 0;
  for (const PositionRuns::Run& run : progress.outstanding.runs()) {
    state.add_outstanding(run.begin - last_end);
    state.add_outstanding(run.end - run.begin);
    last_end = run.end;
  }
  batch->Put(NamedKey(kProgressPrefix, name), state.SerializeAsString());
}

void PutAttempts(std::string_view name, Position position,
                 const FailedAttempts& attempts, RowBatch* batch) {
  v1::GroupAttempts stored;
  stored.set_count(attempts.count);
  stored.set_cause(attempts.cause);
  batch->Put(EventKey(kAttemptsPrefix, name, position),
             stored.SerializeAsString());
}

void DeleteAttempts(std::string_view name, Position position, RowBatch* batch) {
  batch->Delete(EventKey(kAttemptsPrefix, name, position));
}

void DeleteAllAttempts(std::string_view name, RowBatch* batch) {
  batch->DeleteRange(RowRange::OfPrefix(EventPrefix(kAttemptsPrefix, name)));
}

void PutParked(std::string_view name, const ParkedEvent& parked,
               RowBatch* batch) {
  v1::GroupParked stored;
  stored.set_attempt_count(parked.attempt_count);
  stored.set_cause(parked.cause);
  stored.set_parked_at(absl::ToUnixMicros(parked.parked_at));
  stored.set_member(parked.member);
  batch->Put(EventKey(kParkedPrefix, name, parked.position),
             stored.SerializeAsString());
}

void DeleteParked(std::string_view name, Position position, RowBatch* batch) {
  batch->Delete(EventKey(kParkedPrefix, name, position));
}

void DeleteParkedFrom(std::string_view name, Position from, RowBatch* batch) {
  RowRange range = RowRange::OfPrefix(EventPrefix(kParkedPrefix, name));
  range.begin = EventKey(kParkedPrefix, name, from);
  batch->DeleteRange(range);
}

void DeleteGroup(std::string_view name, RowBatch* batch) {
  batch->Delete(NamedKey(kRecordPrefix, name));
  batch->Delete(NamedKey(kProgressPrefix, name));
  DeleteAllAttempts(name, batch);
  DeleteParkedFrom(name, Position(0), batch);
}

// --- Reading -----------------------------------------------------------------

absl::StatusOr<std::vector<std::string>> ReadGroupNames(const RowReader& rows) {
  std::vector<std::string> names;
  const std::unique_ptr<RowCursor> cursor =
      rows.Scan(RowRange::OfPrefix(kRecordPrefix));
  while (cursor->Next()) {
    names.emplace_back(cursor->key().substr(kRecordPrefix.size()));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return names;
}

absl::StatusOr<GroupDefinition> ReadGroup(const RowReader& rows,
                                          std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows.Get(NamedKey(kRecordPrefix, name)));
  if (!value.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("there is no group ", Quoted(name)));
  }
  v1::GroupRecord record;
  if (!record.ParseFromString(*value)) return Damaged(name, "its record");
  GroupDefinition definition;
  definition.created_at = absl::FromUnixMicros(record.follows().created_at());
  GroupOptions& options = definition.options;
  options.filter = FilterOf(record.follows());
  if (record.has_by_tag()) {
    options.lanes = Lanes::ByTag(record.by_tag().prefix());
  } else if (record.has_by_key()) {
    options.lanes = Lanes::ByKey(nullptr);
  }
  options.lease = absl::Microseconds(record.lease());
  options.retry = {.first = absl::Microseconds(record.retry_first()),
                   .max = absl::Microseconds(record.retry_max()),
                   .attempt_count_max = record.attempt_count_max()};
  options.outstanding_count_max = record.outstanding_count_max();
  options.outstanding_bytes_max = record.outstanding_bytes_max();
  options.durable_only = record.durable_only();
  return definition;
}

absl::StatusOr<GroupProgress> ReadProgress(const RowReader& rows,
                                           std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows.Get(NamedKey(kProgressPrefix, name)));
  v1::GroupState state;
  if (!value.has_value() || !state.ParseFromString(*value) ||
      state.outstanding_size() % 2 != 0) {
    return Damaged(name, "how far it has come");
  }
  GroupProgress progress;
  progress.next_position = Position(state.next_position());
  uint64_t at = 0;
  for (int i = 0; i < state.outstanding_size(); i += 2) {
    // Each within what was looked at, and none empty.
    const uint64_t room = state.next_position() - at;
    const uint64_t gap = state.outstanding(i);
    const uint64_t count = state.outstanding(i + 1);
    if (count == 0 || gap > room || count > room - gap) {
      return Damaged(name, "how far it has come");
    }
    progress.outstanding.AddRun({at + gap, at + gap + count});
    at += gap + count;
  }
  return progress;
}

absl::StatusOr<std::map<Position, FailedAttempts>> ReadAttempts(
    const RowReader& rows, std::string_view name) {
  const std::string prefix = EventPrefix(kAttemptsPrefix, name);
  std::map<Position, FailedAttempts> all;
  const std::unique_ptr<RowCursor> cursor =
      rows.Scan(RowRange::OfPrefix(prefix));
  while (cursor->Next()) {
    const std::optional<Position> position =
        PositionOfKey(cursor->key(), prefix.size());
    v1::GroupAttempts stored;
    if (!position.has_value() ||
        !stored.ParseFromArray(cursor->value().data(),
                               static_cast<int>(cursor->value().size()))) {
      return Damaged(name, "a count of attempts");
    }
    all[*position] = {stored.count(), stored.cause()};
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return all;
}

absl::StatusOr<ParkedEvent> ReadParked(const RowReader& rows,
                                       std::string_view name,
                                       Position position) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows.Get(EventKey(kParkedPrefix, name, position)));
  if (!value.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("group ", Quoted(name), ": the event at position ",
                     position.value(), " is not parked"));
  }
  return ParseParked(name, position, *value);
}

absl::StatusOr<std::vector<ParkedEvent>> ReadParked(const RowReader& rows,
                                                    std::string_view name,
                                                    Position from,
                                                    size_t count_max) {
  const std::string prefix = EventPrefix(kParkedPrefix, name);
  RowRange range = RowRange::OfPrefix(prefix);
  range.begin = EventKey(kParkedPrefix, name, from);
  std::vector<ParkedEvent> all;
  const std::unique_ptr<RowCursor> cursor = rows.Scan(range);
  while (all.size() < count_max && cursor->Next()) {
    const std::optional<Position> position =
        PositionOfKey(cursor->key(), prefix.size());
    if (!position.has_value()) return Damaged(name, "a parked event's key");
    DAYBOOK_ASSIGN_OR_RETURN(ParkedEvent parked,
                             ParseParked(name, *position, cursor->value()));
    all.push_back(std::move(parked));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return all;
}

absl::StatusOr<uint64_t> CountParked(const RowReader& rows,
                                     std::string_view name) {
  uint64_t count = 0;
  const std::unique_ptr<RowCursor> cursor =
      rows.Scan(RowRange::OfPrefix(EventPrefix(kParkedPrefix, name)));
  while (cursor->Next()) ++count;
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return count;
}

}  // namespace daybook
