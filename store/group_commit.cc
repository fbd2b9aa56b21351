#include "store/group_commit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/errors.h"
#include "rocksdb/write_batch.h"
#include "store/body.h"
#include "store/errors_internal.h"
#include "store/index.h"
#include "store/log_reader.h"
#include "store/query_source.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"
#include "store/validate.h"

namespace daybook {

GroupCommit::GroupCommit(std::shared_ptr<StoreCore> core, LogWriter* writer,
                         int64_t last_recorded_at_micros)
    : core_(std::move(core)),
      writer_(*writer),
      wall_at_open_(core_->options.clock->Now()),
      monotonic_at_open_(core_->options.clock->Monotonic()),
      next_position_(core_->tail->head().value()),
      last_recorded_at_(last_recorded_at_micros),
      participants_(
          [writer](std::string_view key) { return writer->GetRow(key); }) {}

std::optional<absl::Duration> GroupCommit::Commit(const Group& group) {
  staged_.clear();
  staged_events_.clear();
  staged_keys_.clear();
  staged_by_key_.clear();
  staged_leaves_.clear();
  const absl::StatusOr<ProducerBook::Page> producers =
      core_->producers.current();
  staged_producers_ = producers.ok() ? *producers : nullptr;
  chunks_.clear();
  const absl::StatusOr<int64_t> now = RecordedAt();
  for (const std::shared_ptr<PendingAppend>& pending : group) {
    pending->status = Judge(*pending);
    if (pending->repeats.has_value()) continue;
    if (pending->status.ok()) pending->status = Accept(*pending, now);
    if (!pending->status.ok()) {
      pending->status = Refused(std::move(pending->status));
      continue;
    }
    Stage(*pending);
  }
  if (staged_.empty()) return std::nullopt;

  const absl::Duration before = Clock::System()->Monotonic();
  if (absl::Status status = WriteStaged(); !status.ok()) {
    Fail(status, group);
    return std::nullopt;
  }
  const absl::Duration took = Clock::System()->Monotonic() - before;
  if (producers.ok() && staged_producers_ != *producers) {
    core_->producers.Publish(staged_producers_);
  }
  Publish();
  return took;
}

void GroupCommit::Publish() {
  if (core_->recent->wanted()) {
    core_->recent->Publish(core_->tail->head(), &chunks_);
  }
  chunks_.clear();
  core_->tail->Publish(staged_events_, staged_keys_);
  if (core_->tree != nullptr) core_->tree->Publish(staged_leaves_);
  appends_.fetch_add(staged_.size(), std::memory_order_relaxed);
  commits_.fetch_add(1, std::memory_order_relaxed);
}

absl::StatusOr<int64_t> GroupCommit::RecordedAt() {
  Clock& clock = *core_->options.clock;
  const absl::Time now = clock.Now();
  const absl::Duration ahead =
      (now - wall_at_open_) - (clock.Monotonic() - monotonic_at_open_);
  if (ahead > absl::Hours(24) && !core_->options.accept_clock_jump) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the wall clock jumped ahead by ", absl::FormatDuration(ahead), ", to ",
        absl::FormatTime(now),
        ": set it right, or open the store with accept_clock_jump"));
  }
  return absl::ToUnixMicros(now);
}

// In the order that stream_state.h lays down.
absl::Status GroupCommit::Judge(PendingAppend& pending) {
  if (!pending.key.empty()) {
    DAYBOOK_RETURN_IF_ERROR(JudgeKey(pending));
    if (pending.repeats.has_value()) return absl::OkStatus();
  }
  if (pending.judged_by != nullptr && pending.judged_by != staged_producers_) {
    // Keys or policies changed since.
    DAYBOOK_RETURN_IF_ERROR(JudgeProducers(*staged_producers_, &pending));
  }
  if (pending.make_event) {
    DAYBOOK_ASSIGN_OR_RETURN(
        NewEvent event,
        pending.make_event(pending.subject != nullptr ? pending.subject->staged
                                                      : StreamState()));
    AppendRequest made;
    made.events.push_back(
        {std::string(pending.pinned[0]->name()), std::move(event)});
    DAYBOOK_RETURN_IF_ERROR(ValidateSystemAppend(made));
    EncodeOnlyItem(made.events[0].event, &pending);
  }
  for (const PendingAppend::Item& item : pending.items) {
    DAYBOOK_RETURN_IF_ERROR(
        CheckWritable(item.stream->name(), item.stream->staged));
  }
  for (const PendingAppend::Expectation& expectation : pending.expectations) {
    DAYBOOK_RETURN_IF_ERROR(CheckExpectation(expectation.stream->name(),
                                             expectation.expected,
                                             expectation.stream->staged));
  }
  if (pending.restored_at_micros.has_value() &&
      *pending.restored_at_micros < last_recorded_at_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "restore: recorded_at ",
        absl::FormatTime(absl::FromUnixMicros(*pending.restored_at_micros)),
        " is before that of the last event, ",
        absl::FormatTime(absl::FromUnixMicros(last_recorded_at_))));
  }
  return pending.condition.has_value() ? JudgeCondition(pending)
                                       : absl::OkStatus();
}

absl::Status GroupCommit::JudgeKey(PendingAppend& pending) {
  if (const auto staged = staged_by_key_.find(pending.key_hash);
      staged != staged_by_key_.end()) {
    const PendingAppend& first = *staged->second;
    if (first.fingerprint != pending.fingerprint) {
      return absl::AlreadyExistsError(
          absl::StrCat("append key ", Quoted(pending.key),
                       " was used with other events, at position ",
                       first.first_position.value()));
    }
    pending.repeats = first.first_position;
    return absl::OkStatus();
  }
  std::optional<Position> found = core_->tail->FindRecentKey(pending.key_hash);
  if (!found.has_value() &&
      core_->tail->NeedsRecheck(pending.key_checked_from)) {
    DAYBOOK_ASSIGN_OR_RETURN(found, ReadKey(*core_->index, pending.key_hash));
  }
  if (!found.has_value()) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(
      CheckRepeats(*core_->log, *found, pending.key, pending.fingerprint));
  pending.repeats = found;
  return absl::OkStatus();
}

absl::Status GroupCommit::JudgeCondition(const PendingAppend& pending) {
  const AppendCondition& condition = *pending.condition;
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<Position> match,
      FindMatch(core_, condition, pending.condition_checked_to,
                core_->tail->head()));
  if (match.has_value()) return ConditionConflictError(*match);
  // What this group has staged is in nobody's reach but here.
  for (const PendingAppend* staged : staged_) {
    for (size_t i = 0; i < staged->items.size(); ++i) {
      const PendingAppend::Item& item = staged->items[i];
      EventView event;
      event.stream = item.stream->name();
      event.type = item.type;
      if (const char* problem = DecodeBody(item.body, &event)) {
        return absl::InternalError(problem);
      }
      event.position = Position(staged->first_position.value() + i);
      if (condition.after.has_value() && event.position <= *condition.after) {
        continue;
      }
      if (Matches(condition.fail_if_matches, event)) {
        return ConditionConflictError(event.position);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status GroupCommit::Accept(PendingAppend& pending,
                                 const absl::StatusOr<int64_t>& now) {
  if (!pending.restored_at_micros.has_value() && !now.ok()) return now.status();
  pending.recorded_at_micros = std::max(
      last_recorded_at_, pending.restored_at_micros.value_or(now.value_or(0)));
  if (participants_.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<EventView> events,
                           ViewsOf(pending, Position(next_position_)));
  return participants_.Join(events);
}

void GroupCommit::Stage(PendingAppend& pending) {
  pending.first_position = Position(next_position_);
  last_recorded_at_ = pending.recorded_at_micros;
  AppendHeader header;
  header.first_position = pending.first_position;
  header.count = static_cast<uint32_t>(pending.items.size());
  header.recorded_at_micros = pending.recorded_at_micros;
  header.key = pending.key;
  header.fingerprint = pending.fingerprint;
  header.result = pending.result;
  for (PendingAppend::Item& item : pending.items) {
    const Position position(next_position_++);
    StreamState& state = item.stream->staged;
    if (state.next_revision == 0) state.first_position = position;
    item.revision = Revision(state.next_revision++);
    state.last_position = position;
    state.known = true;
    if (item.rules_of != nullptr) {
      StreamState& subject = item.rules_of->staged;
      subject.known = true;
      // Made here or checked before; one that does not parse changes nothing.
      ApplySystemEvent(item.type, item.payload, &subject.rules).IgnoreError();
    }
    if (builder_.full()) {
      chunks_.emplace_back(position.value() - 1, builder_.Finish());
    }
    EventAudit audit;
    const bool with_tree = core_->tree != nullptr;
    if (with_tree) audit = StageLeaf(pending, item, position);
    builder_.Add(header,
                 {position, item.revision, item.stream->name(), item.type,
                  item.source, item.content_type},
                 item.body, item.body_checksum, with_tree ? &audit : nullptr);
    staged_events_.push_back({item.stream, item.rules_of});
    if (pending.changes_producers) StageProducers(pending, item, position);
  }
  staged_.push_back(&pending);
  if (!pending.key.empty()) {
    staged_by_key_.emplace(pending.key_hash, &pending);
    staged_keys_.push_back({pending.key_hash, pending.first_position});
  }
}

void GroupCommit::StageProducers(const PendingAppend& pending,
                                 const PendingAppend::Item& item,
                                 Position position) {
  if (staged_producers_ == nullptr || item.stream->name() != kProducersStream) {
    return;
  }
  EventView event;
  event.position = position;
  event.type = item.type;
  event.payload = item.payload;
  event.recorded_at = absl::FromUnixMicros(pending.recorded_at_micros);
  auto changed = std::make_shared<Producers>(*staged_producers_);
  // Made by the store, or checked before it was restored.
  changed->Apply(event).IgnoreError();
  staged_producers_ = std::move(changed);
}

EventAudit GroupCommit::StageLeaf(const PendingAppend& pending,
                                  const PendingAppend::Item& item,
                                  Position position) {
  StreamState& state = item.stream->staged;
  audit::Leaf leaf;
  leaf.position = position.value();
  leaf.revision = item.revision.value();
  leaf.recorded_at_micros = pending.recorded_at_micros;
  leaf.append_first_position = pending.first_position.value();
  leaf.append_count = pending.items.size();
  leaf.stream = item.stream->name();
  leaf.type = item.type;
  leaf.event_id = item.id.bytes();
  leaf.content_type = item.content_type;
  leaf.schema_hash = item.schema.value();
  leaf.previous_in_stream = state.last_leaf;
  leaf.payload_commitment = item.commitments.payload;
  leaf.metadata_commitment = item.commitments.metadata;
  leaf.producer_signature = item.signature;
  state.last_leaf = leaf_maker_.HashOf(leaf);
  staged_leaves_.push_back(state.last_leaf);
  return {item.commitments.payload_salt, item.commitments.metadata_salt,
          state.last_leaf};
}

absl::Status GroupCommit::WriteStaged() {
  chunks_.emplace_back(next_position_ - 1, builder_.Finish());
  // Two rows for 256 leaves and one of the head are more than there will be.
  size_t bytes = 256 + staged_leaves_.size() * 2 * audit::Hash::kSize;
  for (const auto& [last, chunk] : chunks_) bytes += chunk.size() + 32;
  rocksdb::WriteBatch batch(/*reserved_bytes=*/bytes, /*max_bytes=*/0,
                            /*protection_bytes_per_key=*/8,
                            /*default_cf_ts_sz=*/0);
  for (const auto& [last, chunk] : chunks_) {
    batch.Put(core_->log->family(kLogChunks), LogKey(Position(last)), chunk)
        .PermitUncheckedError();
  }
  if (core_->tree != nullptr) {
    core_->tree->Stage(*core_->log, staged_leaves_, &batch);
  }
  return writer_.WriteGroup(&batch, participants_.TakeRows(),
                            Position(next_position_));
}

void GroupCommit::Fail(const absl::Status& status, const Group& group) {
  const Position first_staged = staged_.front()->first_position;
  for (const std::shared_ptr<PendingAppend>& pending : group) {
    if (!pending->status.ok()) continue;
    // A repeat of what was written earlier stands.
    if (pending->repeats.has_value() && *pending->repeats < first_staged) {
      continue;
    }
    pending->repeats.reset();
    pending->status = WithOutcome(
        absl::UnknownError(absl::StrCat(
            "the append may or may not be stored (", status.message(),
            "): reopen the store and append again with the same key")),
        AppendOutcome::kUnknown);
  }
  writer_.RefuseFromNowOn(status);
}

GroupCommit::Counters GroupCommit::counters() const {
  return {appends_.load(std::memory_order_relaxed),
          commits_.load(std::memory_order_relaxed)};
}

}  // namespace daybook
