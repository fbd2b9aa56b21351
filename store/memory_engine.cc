#include "store/memory_engine.h"

#include <algorithm>
#include <cassert>
#include <functional>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "store/check_tree.h"
#include "store/coding.h"
#include "store/cursor_feed.h"
#include "store/errors_internal.h"
#include "store/head_signer.h"
#include "store/memory_cursors.h"
#include "store/metadata_codec.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"
#include "store/validate.h"

namespace daybook {
namespace {

using Events = MemoryEngine::Events;

absl::Time FloorToMicros(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

bool WithinTimes(const ReadLogOptions& options, absl::Time recorded_at) {
  if (options.from_time.has_value() && recorded_at < *options.from_time) {
    return false;
  }
  return !options.to_time.has_value() || recorded_at <= *options.to_time;
}

template <typename Number>
uint64_t ValueOr(std::optional<Number> number, uint64_t otherwise) {
  return number.has_value() ? number->value() : otherwise;
}

// Whatever makes an append fail here, nothing of it is stored.
absl::StatusOr<AppendResult> WithOutcome(absl::StatusOr<AppendResult> result) {
  if (result.ok()) return result;
  return daybook::WithOutcome(std::move(result).status(),
                              AppendOutcome::kNotAppended);
}

}  // namespace

std::unique_ptr<EventStore> EventStore::OpenInMemory(
    const StoreOptions& options) {
  return std::make_unique<MemoryEngine>(options);
}

MemoryEngine::MemoryEngine(const StoreOptions& options)
    : options_(options),
      clock_(options.clock != nullptr ? options.clock : Clock::System()),
      id_source_(options.id_source != nullptr ? options.id_source
                                              : IdSource::Random()),
      store_id_(IdSource::Random()->NewId(absl::Now()).ToString()),
      wall_at_open_(clock_->Now()),
      monotonic_at_open_(clock_->Monotonic()),
      open_cursors_(std::make_shared<OpenCursors>()),
      subscriptions_(
          {.store = this,
           .clock = clock_,
           // There is nothing to be gained by waiting.
           .schedule =
               [](absl::Duration, absl::AnyInvocable<void() &&> task) {
                 std::move(task)();
               },
           .watch = watch_,
           .durable_watch = watch_,
           .make_feed = [this](const EventFilter& filter)
               -> absl::StatusOr<std::unique_ptr<EventFeed>> {
             return std::make_unique<CursorFeed>(this, filter);
           }}),
      schemas_(this,
               [this](const AppendRequest& request) {
                 return WithOutcome(AppendToSystem(request));
               }),
      producer_registry_(this,
                         [this](const AppendRequest& request) {
                           return WithOutcome(AppendToSystem(request));
                         }),
      participants_([this](std::string_view key) {
        // Called by Join() only.
        mutex_.AssertHeld();
        return rows_.Get(key);
      }) {
  assert(ValidateSource(options.source).ok());
}

MemoryEngine::~MemoryEngine() { Close(absl::Seconds(10)).IgnoreError(); }

// --- Append -----------------------------------------------------------------

absl::StatusOr<AppendResult> MemoryEngine::Append(
    const AppendRequest& request, const AppendOptions& /*options*/) {
  return WithOutcome(AppendChecked(request));
}

absl::StatusOr<AppendResult> MemoryEngine::AppendChecked(
    const AppendRequest& request) {
  DAYBOOK_RETURN_IF_ERROR(CheckStillOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateAppend(request));
  DAYBOOK_RETURN_IF_ERROR(schemas_.CheckKnown(request));
  MutexLock append_lock(&append_mutex_);
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return AppendLocked(request);
}

absl::StatusOr<AppendResult> MemoryEngine::AppendToSystem(
    const AppendRequest& request) {
  DAYBOOK_RETURN_IF_ERROR(ValidateSystemAppend(request));
  MutexLock append_lock(&append_mutex_);
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return AppendLocked(request);
}

absl::StatusOr<AppendResult> MemoryEngine::AppendLocked(
    const AppendRequest& request) {
  // In the order that stream_state.h lays down.
  const Fingerprint fingerprint = AppendFingerprint(request);
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<AppendResult> repeated,
                           FindRepeated(request.key, fingerprint));
  if (repeated.has_value()) return *std::move(repeated);
  DAYBOOK_RETURN_IF_ERROR(CheckProducers(request, fingerprint));
  DAYBOOK_RETURN_IF_ERROR(CheckStreamsWritable(request));
  for (const StreamExpectation& expectation : request.expectations) {
    DAYBOOK_RETURN_IF_ERROR(CheckExpectation(
        expectation.stream, expectation.expected, StateOf(expectation.stream)));
  }
  if (request.condition.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(CheckCondition(*request.condition));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const absl::Time recorded_at, RecordedAt());
  return Write(request, recorded_at, fingerprint);
}

absl::StatusOr<AppendResult> MemoryEngine::Restore(
    const AppendRequest& request, absl::Time recorded_at,
    std::string_view fingerprint) {
  return WithOutcome(RestoreChecked(request, recorded_at, fingerprint));
}

absl::StatusOr<AppendResult> MemoryEngine::RestoreChecked(
    const AppendRequest& request, absl::Time recorded_at,
    std::string_view given_fingerprint) {
  DAYBOOK_RETURN_IF_ERROR(CheckStillOpen());
  DAYBOOK_RETURN_IF_ERROR(
      ValidateRestore(request, recorded_at, given_fingerprint));
  DAYBOOK_RETURN_IF_ERROR(schemas_.CheckKnown(request));
  MutexLock append_lock(&append_mutex_);
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
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
  if (recorded_at < last_recorded_at_) {
    return absl::InvalidArgumentError(
        absl::StrCat("restore: recorded_at ", absl::FormatTime(recorded_at),
                     " is before that of the last event, ",
                     absl::FormatTime(last_recorded_at_)));
  }
  return Write(request, recorded_at, fingerprint);
}

absl::StatusOr<std::optional<AppendResult>> MemoryEngine::FindRepeated(
    std::string_view key, const Fingerprint& fingerprint) const {
  const auto found = keys_.find(key);
  if (key.empty() || found == keys_.end()) return std::nullopt;
  const StoredAppend& append = *found->second;
  if (append.fingerprint != fingerprint) {
    return absl::AlreadyExistsError(absl::StrCat(
        "append key ", Quoted(key), " was used with other events, at position ",
        append.result.first_position.value()));
  }
  AppendResult result = append.result;
  result.repeated = true;
  return result;
}

absl::Status MemoryEngine::CheckStreamsWritable(
    const AppendRequest& request) const {
  for (const StreamEvent& event : request.events) {
    DAYBOOK_RETURN_IF_ERROR(CheckWritable(event.stream, StateOf(event.stream)));
  }
  return absl::OkStatus();
}

absl::Status MemoryEngine::CheckProducers(
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
        i,
        JudgeProducer(producers_, statement, signature, &verifier).status()));
  }
  return absl::OkStatus();
}

absl::Status MemoryEngine::CheckCondition(
    const AppendCondition& condition) const {
  for (const auto& stored : log_) {
    if (condition.after.has_value() && stored->position <= *condition.after) {
      continue;
    }
    if (Matches(condition.fail_if_matches, ToView(*stored))) {
      return ConditionConflictError(stored->position);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> MemoryEngine::RecordedAt() {
  const absl::Time now = clock_->Now();
  const absl::Duration by_wall = now - wall_at_open_;
  const absl::Duration by_monotonic = clock_->Monotonic() - monotonic_at_open_;
  if (!options_.accept_clock_jump && by_wall - by_monotonic > absl::Hours(24)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the wall clock jumped ahead by ",
        absl::FormatDuration(by_wall - by_monotonic), ", to ",
        absl::FormatTime(now),
        ": set it right, or open the store with accept_clock_jump"));
  }
  return std::max(FloorToMicros(now), last_recorded_at_);
}

absl::StatusOr<AppendResult> MemoryEngine::Write(
    const AppendRequest& request, absl::Time recorded_at,
    const Fingerprint& fingerprint) {
  const Events events = MakeEvents(request, recorded_at, fingerprint);
  DAYBOOK_RETURN_IF_ERROR(Join(events));
  rows_.Write(participants_.TakeRows());
  return Store(events);
}

Events MemoryEngine::MakeEvents(const AppendRequest& request,
                                absl::Time recorded_at,
                                const Fingerprint& fingerprint) {
  auto append = std::make_shared<StoredAppend>();
  append->count = static_cast<uint32_t>(request.events.size());
  append->key = request.key;
  append->fingerprint = fingerprint;
  AppendResult& result = append->result;
  result.first_position = HeadLocked();
  result.recorded_at = recorded_at;
  result.result = request.result;

  Events events;
  for (const StreamEvent& stream_event : request.events) {
    auto stored = std::make_shared<StoredEvent>();
    stored->append = append;
    stored->position = Position(log_.size() + events.size());
    stored->stream = stream_event.stream;
    stored->event = stream_event.event;
    NewEvent& event = stored->event;
    if (event.source.empty() && !event.signature.has_value()) {
      event.source = options_.source;
    }
    if (!event.id.has_value()) event.id = id_source_->NewId(clock_->Now());
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
      stored->revision = Revision(StateOf(stored->stream).next_revision);
      result.streams.push_back({stored->stream, stored->revision});
    } else {
      stored->revision = Revision(end->last_revision.value() + 1);
      end->last_revision = stored->revision;
    }
    events.push_back(std::move(stored));
  }
  result.last_position = Position(log_.size() + events.size() - 1);
  return events;
}

absl::Status MemoryEngine::Join(const Events& events) {
  if (participants_.empty()) return absl::OkStatus();
  std::vector<EventView> views;
  views.reserve(events.size());
  for (const auto& stored : events) {
    views.push_back(ToView(*stored));
    views.back().append.key = {};
  }
  return participants_.Join(views);
}

AppendResult MemoryEngine::Store(const Events& events) {
  for (const auto& stored : events) {
    Stream& stream = streams_[stored->stream];
    if (stored->revision == Revision(0)) {
      stream.state.first_position = stored->position;
    }
    stream.state.last_position = stored->position;
    ++stream.state.next_revision;
    stream.state.known = true;
    stream.events.push_back(stored);
    log_.push_back(stored);
    AppendHeader append;
    append.first_position = stored->append->result.first_position;
    append.count = stored->append->count;
    append.key = stored->append->key;
    append.fingerprint = stored->append->fingerprint;
    append.result = stored->append->result.result;
    tree_.Append(ToView(*stored), append, stored->event.signature);
    if (stored->stream == kProducersStream) {
      // Made here, or validated by ValidateRestore().
      producers_.Apply(ToView(*stored)).IgnoreError();
    }

    if (const auto subject = SubjectOf(stored->stream)) {
      Stream& about = streams_[std::string(*subject)];
      about.state.known = true;
      const absl::Status applied = ApplySystemEvent(
          stored->event.type, stored->event.payload, &about.state.rules);
      // Made here, or validated by ValidateRestore().
      assert(applied.ok());
      applied.IgnoreError();
    }
  }
  watch_->Announce(HeadLocked());
  const std::shared_ptr<const StoredAppend>& append = events.front()->append;
  last_recorded_at_ = append->result.recorded_at;
  appends_[append->result.first_position] = append;
  if (!append->key.empty()) keys_[append->key] = append;
  return append->result;
}

void MemoryEngine::AppendAsync(const AppendRequest& request, AppendDone done,
                               const AppendOptions& options) {
  absl::StatusOr<AppendResult> result = Append(request, options);
  if (absl::IsInvalidArgument(result.status()) ||
      absl::IsUnavailable(result.status())) {
    std::move(done)(std::move(result));  // refused
    return;
  }
  CallBack(std::move(done), std::move(result));
}

// Through a queue, so that a chain of appends, each from the `done` of the one
// before, does not nest ever deeper.
void MemoryEngine::CallBack(AppendDone done,
                            absl::StatusOr<AppendResult> result) {
  mutex_.Lock();
  finished_.push_back({std::move(done), std::move(result)});
  if (!calling_back_) {
    calling_back_ = true;
    while (!finished_.empty()) {
      FinishedAppend next = std::move(finished_.front());
      finished_.pop_front();
      mutex_.Unlock();
      std::move(next.done)(std::move(next.result));
      next.done = nullptr;
      mutex_.Lock();
    }
    calling_back_ = false;
    called_back_.SignalAll();
  }
  mutex_.Unlock();
}

absl::StatusOr<AppendResult> MemoryEngine::FindAppend(std::string_view key) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateAppendKey(key));
  const auto found = keys_.find(key);
  if (found == keys_.end()) {
    return absl::NotFoundError(
        absl::StrCat("append key ", Quoted(key), " was never used"));
  }
  AppendResult result = found->second->result;
  result.repeated = true;
  return result;
}

absl::StatusOr<EventStore::ExportedAppend> MemoryEngine::ExportAppend(
    Position first) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  const auto found = appends_.find(first);
  if (found == appends_.end()) {
    return absl::NotFoundError(
        absl::StrCat("no append starts at position ", first.value()));
  }
  const StoredAppend& append = *found->second;
  ExportedAppend exported;
  if (append.key.empty()) return exported;
  exported.key = append.key;
  exported.fingerprint.assign(append.fingerprint.begin(),
                              append.fingerprint.end());
  exported.result = append.result.result;
  return exported;
}

// --- Streams ----------------------------------------------------------------

absl::StatusOr<AppendResult> MemoryEngine::AppendSystemEvent(std::string stream,
                                                             NewEvent event) {
  AppendRequest request;
  request.events.push_back({std::move(stream), std::move(event)});
  DAYBOOK_RETURN_IF_ERROR(ValidateSystemAppend(request));
  return AppendLocked(request);
}

absl::StatusOr<AppendResult> MemoryEngine::SetStreamMetadata(
    std::string_view stream, const StreamMetadata& metadata,
    ExpectedRevision expected) {
  return WithOutcome([&]() -> absl::StatusOr<AppendResult> {
    MutexLock append_lock(&append_mutex_);
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(CheckOpen());
    DAYBOOK_RETURN_IF_ERROR(ValidateStreamName(stream));
    DAYBOOK_RETURN_IF_ERROR(ValidateStreamMetadata(metadata));
    DAYBOOK_RETURN_IF_ERROR(
        CheckSetMetadata(stream, expected, StateOf(stream)));
    return AppendSystemEvent(MetadataStreamOf(stream),
                             StreamMetadataSetEvent(metadata));
  }());
}

absl::StatusOr<AppendResult> MemoryEngine::DeleteStream(
    std::string_view stream, ExpectedRevision expected) {
  return WithOutcome([&]() -> absl::StatusOr<AppendResult> {
    MutexLock append_lock(&append_mutex_);
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(CheckOpen());
    DAYBOOK_RETURN_IF_ERROR(ValidateStreamName(stream));
    const StreamState state = StateOf(stream);
    DAYBOOK_RETURN_IF_ERROR(CheckDelete(stream, expected, state));
    return AppendSystemEvent(MetadataStreamOf(stream),
                             StreamDeletedEvent(Revision(state.next_revision)));
  }());
}

absl::StatusOr<AppendResult> MemoryEngine::TombstoneStream(
    std::string_view stream, ExpectedRevision expected) {
  return WithOutcome([&]() -> absl::StatusOr<AppendResult> {
    MutexLock append_lock(&append_mutex_);
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(CheckOpen());
    DAYBOOK_RETURN_IF_ERROR(ValidateStreamName(stream));
    const StreamState state = StateOf(stream);
    DAYBOOK_RETURN_IF_ERROR(CheckTombstone(stream, expected, state));
    return AppendSystemEvent(
        MetadataStreamOf(stream),
        StreamTombstonedEvent(Revision(state.next_revision)));
  }());
}

absl::StatusOr<AppendResult> MemoryEngine::RecordOperation(
    const Operation& operation) {
  return WithOutcome([&]() -> absl::StatusOr<AppendResult> {
    MutexLock append_lock(&append_mutex_);
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(CheckOpen());
    DAYBOOK_RETURN_IF_ERROR(ValidateOperation(operation));
    return AppendSystemEvent(std::string(kOperationsStream),
                             OperationEvent(operation));
  }());
}

absl::StatusOr<StreamInfo> MemoryEngine::GetStream(std::string_view stream) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(stream));
  const StreamState state = StateOf(stream);
  if (!state.known) {
    return absl::NotFoundError(
        absl::StrCat("stream ", Quoted(stream), " is not known"));
  }
  return ToStreamInfo(std::string(stream), state);
}

absl::StatusOr<StreamCursor> MemoryEngine::ListStreams(
    const ListStreamsOptions& options) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  std::vector<StreamInfo> listed;
  for (const auto& [name, stream] : streams_) {
    const bool there =
        stream.state.next_revision > 0 && !IsDeleted(stream.state);
    if (!name.starts_with(options.prefix)) continue;
    if (!options.category.empty() && CategoryOf(name) != options.category) {
      continue;
    }
    if (!options.include_system && name.starts_with('$')) continue;
    if (!options.include_deleted && !there) continue;
    listed.push_back(ToStreamInfo(name, stream.state));
  }
  return StreamCursor(
      std::make_unique<MemoryStreamSource>(std::move(listed), open_cursors_));
}

// --- Schemas ----------------------------------------------------------------

absl::StatusOr<SchemaHash> MemoryEngine::RegisterSchema(const Schema& schema) {
  DAYBOOK_RETURN_IF_ERROR(CheckStillOpen());
  return schemas_.Register(schema);
}

absl::StatusOr<RegisteredSchema> MemoryEngine::FindSchema(SchemaHash hash) {
  return schemas_.Find(hash);
}

absl::StatusOr<std::vector<RegisteredSchema>> MemoryEngine::ListSchemas() {
  return schemas_.List();
}

// --- Producers --------------------------------------------------------------

absl::StatusOr<AppendResult> MemoryEngine::AddProducer(
    const audit::VerifierKey& key, std::string_view origin) {
  return producer_registry_.Add(key, origin);
}

absl::StatusOr<AppendResult> MemoryEngine::RevokeProducer(
    std::string_view key_name, uint32_t key_id, std::string_view reason) {
  return producer_registry_.Revoke(key_name, key_id, reason);
}

absl::StatusOr<AppendResult> MemoryEngine::SetProducerPolicy(
    std::string_view prefix, ProducerPolicy policy) {
  return producer_registry_.SetPolicy(prefix, policy);
}

absl::StatusOr<Producers> MemoryEngine::ReadProducers(
    std::optional<Position> position) {
  return producer_registry_.Read(position);
}

// --- Read -------------------------------------------------------------------

absl::StatusOr<EventCursor> MemoryEngine::ReadStream(
    std::string_view stream, const ReadStreamOptions& options) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(stream));
  DAYBOOK_RETURN_IF_ERROR(CheckReadable(stream, StateOf(stream)));
  const Stream& found = streams_.find(stream)->second;
  const uint64_t first =
      std::max(ValueOr(options.from, 0), FirstVisible(found.state).value());
  Events events = Select(found.events, first, ValueOr(options.to, kNoLimit),
                         options.direction, options.limit,
                         [](const EventView&) { return true; });
  return EventCursor(
      std::make_unique<MemoryEventSource>(
          std::move(events), MemoryEventSource::Keys::kHidden, open_cursors_),
      HeadLocked());
}

absl::StatusOr<EventCursor> MemoryEngine::ReadLog(
    const ReadLogOptions& options) {
  return ReadQuery(Query(), options);
}

absl::StatusOr<EventCursor> MemoryEngine::ReadQuery(
    const Query& query, const ReadLogOptions& options) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateQuery(query));
  Events events = Select(
      log_, ValueOr(options.from, 0), ValueOr(options.to, kNoLimit),
      options.direction, options.limit, [&](const EventView& event) {
        return WithinTimes(options, event.recorded_at) && Matches(query, event);
      });
  return EventCursor(
      std::make_unique<MemoryEventSource>(
          std::move(events), MemoryEventSource::Keys::kShown, open_cursors_),
      HeadLocked());
}

absl::StatusOr<Event> MemoryEngine::ReadEvent(Position position) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  if (position >= HeadLocked()) {
    return absl::NotFoundError(absl::StrCat("no event at position ",
                                            position.value(), ", the head is ",
                                            HeadLocked().value()));
  }
  return ToView(*log_[position.value()]).ToEvent();
}

absl::StatusOr<Event> MemoryEngine::FindEvent(const EventId& id) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  for (const auto& stored : log_) {
    if (stored->event.id == id) return ToView(*stored).ToEvent();
  }
  return absl::NotFoundError(absl::StrCat("no event ", id.ToString()));
}

Position MemoryEngine::Head() {
  MutexLock lock(&mutex_);
  return HeadLocked();
}

absl::Status MemoryEngine::WaitForEvent(Position position,
                                        absl::Duration timeout) {
  return watch_->Wait(position, timeout);
}

Position MemoryEngine::DurableHead() { return Head(); }

// --- Subscriptions ----------------------------------------------------------

absl::StatusOr<std::unique_ptr<Subscription>> MemoryEngine::Subscribe(
    const SubscribeOptions& options) {
  return subscriptions_.Subscribe(options);
}

absl::Status MemoryEngine::WaitHandled(std::string_view name, Position position,
                                       absl::Duration timeout) {
  return subscriptions_.checkpoints().WaitHandled(name, position, timeout);
}

absl::StatusOr<std::vector<SubscriptionInfo>>
MemoryEngine::ListSubscriptions() {
  return subscriptions_.checkpoints().List();
}

absl::StatusOr<SubscriptionInfo> MemoryEngine::GetSubscription(
    std::string_view name) {
  return subscriptions_.checkpoints().Find(name);
}

absl::Status MemoryEngine::ResetSubscription(std::string_view name,
                                             Position position) {
  return subscriptions_.checkpoints().Reset(name, position);
}

absl::Status MemoryEngine::DeleteSubscription(std::string_view name) {
  return subscriptions_.checkpoints().Delete(name);
}

// --- Rows -------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<RowReader>> MemoryEngine::ReadRows() {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return rows_.Read(std::make_shared<CursorTicket>(open_cursors_));
}

absl::Status MemoryEngine::WriteRows(const RowBatch& batch) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateRowBatch(batch));
  rows_.Write(batch);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RowLoader>> MemoryEngine::LoadRows() {
  DAYBOOK_RETURN_IF_ERROR(CheckStillOpen());
  return MakeMemoryRowLoader([this](const RowBatch& rows) -> absl::Status {
    MutexLock lock(&mutex_);
    DAYBOOK_RETURN_IF_ERROR(CheckOpen());
    rows_.Write(rows);
    return absl::OkStatus();
  });
}

absl::Status MemoryEngine::Attach(
    std::shared_ptr<AppendParticipant> participant,
    absl::FunctionRef<absl::Status(Position head)> catch_up) {
  MutexLock append_lock(&append_mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckStillOpen());
  DAYBOOK_RETURN_IF_ERROR(catch_up(Head()));
  MutexLock lock(&mutex_);
  participants_.Add(std::move(participant));
  return absl::OkStatus();
}

void MemoryEngine::Detach(const AppendParticipant* participant) {
  MutexLock append_lock(&append_mutex_);
  MutexLock lock(&mutex_);
  participants_.Remove(participant);
}

absl::Status MemoryEngine::Branch(const std::string& /*folder*/) {
  return absl::UnimplementedError("a store in memory has no branches");
}

absl::StatusOr<CreatedBackup> MemoryEngine::Backup(
    const std::string& /*folder*/, const BackupOptions& /*options*/) {
  return absl::UnimplementedError("a store in memory has no backups");
}

// --- Audit -------------------------------------------------------------------

absl::StatusOr<TreeState> MemoryEngine::Tree() {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return tree_.state();
}

absl::StatusOr<std::unique_ptr<TreeReader>> MemoryEngine::ReadTree() {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return tree_.Read(std::make_shared<CursorTicket>(open_cursors_));
}

absl::StatusOr<TreeState> MemoryEngine::CheckTree(Position from, Position to) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(CheckTreeRange(from, to, HeadLocked()));
  return tree_.StateOf(to.value());
}

absl::StatusOr<KeptTreeHead> MemoryEngine::MakeTreeHead() {
  DAYBOOK_ASSIGN_OR_RETURN(const HeadSigner signer,
                           HeadSigner::Load(options_.tree_heads, store_id_));
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  const TreeState tree = tree_.state();
  DAYBOOK_ASSIGN_OR_RETURN(KeptTreeHead head, signer.Make(tree));
  if (!signer.has_keys() && !heads_.empty() && heads_.back().is_signed) {
    return head;
  }
  if (!heads_.empty() && heads_.back().head.size == tree.size) {
    heads_.pop_back();
  }
  heads_.push_back(head);
  return head;
}

absl::StatusOr<std::vector<KeptTreeHead>> MemoryEngine::TreeHeads() {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return heads_;
}

// --- Keeping house ----------------------------------------------------------

absl::Status MemoryEngine::Sync() {
  MutexLock lock(&mutex_);
  return CheckOpen();
}

absl::Status MemoryEngine::WaitForIndexes(absl::Duration /*timeout*/) {
  MutexLock lock(&mutex_);
  return CheckOpen();
}

StoreStatus MemoryEngine::Status() {
  MutexLock lock(&mutex_);
  StoreStatus status;
  status.store_id = store_id_;
  status.head = HeadLocked();
  status.durable_head = HeadLocked();
  status.appends = appends_.size();
  status.commits = appends_.size();
  return status;
}

absl::Status MemoryEngine::Close(absl::Duration grace) {
  const absl::Duration deadline = Clock::System()->Monotonic() + grace;
  const auto left = [&] { return deadline - Clock::System()->Monotonic(); };
  subscriptions_.Close();
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    while (calling_back_ && left() > absl::ZeroDuration()) {
      called_back_.WaitWithTimeout(&mutex_, left());
    }
  }
  MutexLock lock(&open_cursors_->mutex);
  while (open_cursors_->count > 0 && left() > absl::ZeroDuration()) {
    open_cursors_->changed.WaitWithTimeout(&open_cursors_->mutex, left());
  }
  if (open_cursors_->count == 0) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat(open_cursors_->count, " cursors are still open"));
}

absl::Status MemoryEngine::CheckStillOpen() const {
  MutexLock lock(&mutex_);
  return CheckOpen();
}

absl::Status MemoryEngine::CheckOpen() const {
  if (!closed_) return absl::OkStatus();
  return absl::UnavailableError("the store is closed");
}

StreamState MemoryEngine::StateOf(std::string_view stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? StreamState() : found->second.state;
}

Position MemoryEngine::HeadLocked() const { return Position(log_.size()); }

}  // namespace daybook
