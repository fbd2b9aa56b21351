#include "store/rocks_engine.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/errors.h"
#include "store/backup_create.h"
#include "store/branch.h"
#include "store/check_tree.h"
#include "store/errors_internal.h"
#include "store/head_table.h"
#include "store/index.h"
#include "store/log_feed.h"
#include "store/log_reader.h"
#include "store/log_source.h"
#include "store/query_source.h"
#include "store/row_loader.h"
#include "store/row_reader.h"
#include "store/status_macros.h"
#include "store/stream_list_source.h"
#include "store/stream_source.h"
#include "store/strings.h"
#include "store/system_events.h"
#include "store/tree_reader.h"
#include "store/validate.h"

namespace daybook {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(10);
// How stale the anchor may be after a power cut.
constexpr absl::Duration kAnchorSyncInterval = absl::Seconds(1);
// An event is recorded this close to the time its id bears, nearly always.
constexpr absl::Duration kIdTimeSlack = absl::Minutes(10);

absl::Status NotAppended(absl::Status status) {
  if (status.ok() || GetAppendOutcome(status).has_value()) return status;
  return Refused(std::move(status));
}

absl::Status NoTree() {
  return absl::UnimplementedError("the store is open without an audit tree");
}

// The time a UUIDv7 bears.
std::optional<absl::Time> TimeOf(const EventId& id) {
  if (id.bytes()[6] >> 4 != 7) return std::nullopt;
  int64_t millis = 0;
  for (size_t i = 0; i < 6; ++i) millis = millis << 8 | id.bytes()[i];
  return absl::FromUnixMillis(millis);
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventStore>> EventStore::Open(
    const std::string& path, const StoreOptions& options) {
  return OpenWithHooks(path, options, OpenHooks());
}

absl::StatusOr<std::unique_ptr<EventStore>> OpenWithHooks(
    const std::string& path, const StoreOptions& options,
    const OpenHooks& hooks) {
  DAYBOOK_ASSIGN_OR_RETURN(OpenedStore opened, OpenStore(path, options, hooks));
  std::unique_ptr<HeadKeeper> heads;
  if (opened.core->tree != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(
        heads, HeadKeeper::Open(opened.core, opened.last_tree_head));
  }
  auto engine =
      std::make_unique<RocksEngine>(std::move(opened), std::move(heads));
  engine->LoadProducers();
  return std::unique_ptr<EventStore>(std::move(engine));
}

absl::Status EventStore::Reindex(
    const std::string& path, const StoreOptions& options,
    absl::FunctionRef<void(const ReindexProgress&)> progress) {
  StoreOptions existing = options;
  existing.create_if_missing = false;
  existing.error_if_exists = false;
  OpenHooks hooks;
  hooks.drop_index = true;
  hooks.progress = [&progress](const ReindexProgress& done) { progress(done); };
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EventStore> store,
                           OpenWithHooks(path, existing, hooks));
  DAYBOOK_RETURN_IF_ERROR(store->WaitForIndexes(absl::InfiniteDuration()));
  const Position head = store->Head();
  DAYBOOK_RETURN_IF_ERROR(store->Close(kGrace));
  progress({head, head});
  return absl::OkStatus();
}

RocksEngine::RocksEngine(OpenedStore opened, std::unique_ptr<HeadKeeper> heads)
    : subscriptions_(
          {.store = this,
           .clock = opened.core->options.clock,
           .schedule =
               [executor = opened.core->options.executor](
                   absl::Duration delay, absl::AnyInvocable<void() &&> task) {
                 executor->ScheduleAfter(delay, std::move(task));
               },
           .watch = watch_,
           .durable_watch = durable_watch_,
           .make_feed = [this](const EventFilter& filter)
               -> absl::StatusOr<std::unique_ptr<EventFeed>> {
             DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running,
                                      Use());
             return std::make_unique<LogFeed>(this, running->core, filter);
           }}),
      schemas_(this,
               [this](const AppendRequest& request) {
                 return AppendToSystem(request);
               }),
      producers_(this, [this](const AppendRequest& request) {
        return AppendToSystem(request);
      }) {
  auto running = std::make_shared<Running>();
  Running* const parts = running.get();
  running->core = std::move(opened.core);
  running->deriver = std::make_unique<Deriver>(
      running->core, [parts] { parts->committer->RoomMade(); });
  running->writer = std::make_shared<LogWriter>(
      running->core,
      // Loaders of rows may keep it for longer than there is an engine.
      [weak = std::weak_ptr<Running>(running)] {
        const std::shared_ptr<Running> still = weak.lock();
        if (still != nullptr) still->committer->RoomMade();
      },
      [watch = durable_watch_](Position head) { watch->Announce(head); });
  running->heads = std::move(heads);
  running->committer = std::make_unique<Committer>(
      running->core, running->writer.get(), opened.last_recorded_at_micros,
      [this, parts, weak = std::weak_ptr<Running>(running)] {
        watch_->Announce(parts->core->tail->head());
        durable_watch_->Announce(parts->writer->durable_head());
        parts->deriver->Notify();
        if (parts->heads != nullptr && parts->heads->IsDue()) {
          MakeHeadIfDue(weak.lock());
        }
      });
  watch_->Announce(running->core->tail->head());
  durable_watch_->Announce(running->writer->durable_head());
  SyncLater(running);
  if (running->heads != nullptr) MakeHeadLater(running);
  running->deriver->Notify();
  MutexLock lock(&mutex_);
  last_running_ = running;
  running_ = std::move(running);
}

void RocksEngine::LoadProducers() {
  const std::shared_ptr<Running> running = *Use();
  absl::StatusOr<Producers> read = producers_.Read(std::nullopt);
  if (!read.ok()) {
    running->core->producers.Publish(read.status());
    return;
  }
  running->core->producers.Publish(
      std::make_shared<const Producers>(*std::move(read)));
}

RocksEngine::~RocksEngine() { Close(kGrace).IgnoreError(); }

void RocksEngine::SyncLater(std::weak_ptr<Running> weak) {
  const std::shared_ptr<Running> running = weak.lock();
  if (running == nullptr) return;
  const Durability& durability = running->core->options.durability;
  if (durability.kind() == Durability::Kind::kNone) return;
  const absl::Duration interval =
      durability.kind() == Durability::Kind::kInterval
          ? std::max(durability.interval(), absl::Milliseconds(1))
          : kAnchorSyncInterval;
  running->core->options.executor->ScheduleAfter(
      interval, [weak = std::move(weak)] {
        if (const std::shared_ptr<Running> still = weak.lock()) {
          // What goes wrong here the writer remembers and reports.
          still->writer->Sync().IgnoreError();
        }
        SyncLater(weak);
      });
}

void RocksEngine::MakeHeadLater(std::weak_ptr<Running> weak) {
  const std::shared_ptr<Running> running = weak.lock();
  if (running == nullptr) return;
  const StoreOptions& options = running->core->options;
  if (options.tree_heads.interval == absl::InfiniteDuration()) return;
  options.executor->ScheduleAfter(
      std::max(options.tree_heads.interval, absl::Milliseconds(1)),
      [weak = std::move(weak)] {
        if (const std::shared_ptr<Running> still = weak.lock()) {
          still->heads->MakeIfGrown(*still->writer);
        }
        MakeHeadLater(weak);
      });
}

void RocksEngine::MakeHeadIfDue(const std::shared_ptr<Running>& running) {
  if (running == nullptr || running->making_head.exchange(true)) return;
  running->core->options.executor->Schedule([running] {
    running->heads->MakeIfGrown(*running->writer);
    running->making_head = false;
  });
}

absl::StatusOr<std::shared_ptr<RocksEngine::Running>> RocksEngine::Use() const {
  MutexLock lock(&mutex_);
  if (running_ == nullptr) return absl::UnavailableError("the store is closed");
  return running_;
}

// --- Append -----------------------------------------------------------------

absl::StatusOr<AppendResult> RocksEngine::Commit(
    Running& running, const std::shared_ptr<PendingAppend>& pending,
    absl::Duration queue_timeout) {
  if (pending->repeats.has_value()) return ResultOf(*pending);
  DAYBOOK_RETURN_IF_ERROR(
      NotAppended(running.committer->Submit(pending, queue_timeout)));
  running.committer->Await(pending.get());
  return ResultOf(*pending);
}

absl::StatusOr<AppendResult> RocksEngine::Append(const AppendRequest& request,
                                                 const AppendOptions& options) {
  absl::StatusOr<std::shared_ptr<Running>> running = Use();
  if (!running.ok()) return NotAppended(running.status());
  DAYBOOK_RETURN_IF_ERROR(NotAppended(ValidateAppend(request)));
  DAYBOOK_RETURN_IF_ERROR(NotAppended(schemas_.CheckKnown(request)));
  absl::StatusOr<std::shared_ptr<PendingAppend>> pending =
      PrepareAppend((*running)->core, request);
  if (!pending.ok()) return NotAppended(pending.status());
  return Commit(**running, *pending, options.queue_timeout);
}

void RocksEngine::AppendAsync(const AppendRequest& request, AppendDone done,
                              const AppendOptions& options) {
  const absl::StatusOr<std::shared_ptr<Running>> running = Use();
  absl::Status status = running.status();
  if (status.ok()) status = ValidateAppend(request);
  if (status.ok()) status = schemas_.CheckKnown(request);
  if (!status.ok()) {
    std::move(done)(NotAppended(std::move(status)));
    return;
  }
  const absl::StatusOr<std::shared_ptr<PendingAppend>> pending =
      PrepareAppend((*running)->core, request);
  if (!pending.ok()) {
    std::move(done)(NotAppended(pending.status()));
    return;
  }
  if ((*pending)->repeats.has_value()) {
    std::move(done)(ResultOf(**pending));
    return;
  }
  (*pending)->done = std::move(done);
  status = (*running)->committer->Submit(*pending, options.queue_timeout);
  if (!status.ok()) {
    std::move((*pending)->done)(NotAppended(std::move(status)));
    return;
  }
  (*running)->committer->CommitSoon();
}

absl::StatusOr<AppendResult> RocksEngine::FindAppend(std::string_view key) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  DAYBOOK_RETURN_IF_ERROR(ValidateAppendKey(key));
  Position unused;
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<Position> first,
      running->core->tail->FindKey(AppendKeyHash(key), &unused));
  if (!first.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("append key ", Quoted(key), " was never used"));
  }
  return LoadAppendResult(*running->core->log, *first);
}

absl::StatusOr<AppendResult> RocksEngine::Restore(
    const AppendRequest& request, absl::Time recorded_at,
    std::string_view fingerprint) {
  absl::StatusOr<std::shared_ptr<Running>> running = Use();
  if (!running.ok()) return NotAppended(running.status());
  DAYBOOK_RETURN_IF_ERROR(
      NotAppended(ValidateRestore(request, recorded_at, fingerprint)));
  DAYBOOK_RETURN_IF_ERROR(NotAppended(schemas_.CheckKnown(request)));
  AppendRequest unconditional = request;
  unconditional.expectations.clear();
  unconditional.condition.reset();
  const RestoredAppend restored = {absl::ToUnixMicros(recorded_at),
                                   fingerprint};
  absl::StatusOr<std::shared_ptr<PendingAppend>> pending =
      PrepareAppend((*running)->core, unconditional, &restored);
  if (!pending.ok()) return NotAppended(pending.status());
  return Commit(**running, *pending, absl::InfiniteDuration());
}

absl::StatusOr<EventStore::ExportedAppend> RocksEngine::ExportAppend(
    Position first) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  const auto none = [&] {
    return absl::NotFoundError(
        absl::StrCat("no append starts at position ", first.value()));
  };
  if (first >= running->core->tail->head()) return none();
  LogReader reader(*running->core->log);
  if (!reader.Load(first)) return reader.status();
  const AppendHeader& append = reader.chunk().AppendOf(
      static_cast<uint32_t>(first.value() - reader.first().value()));
  if (append.first_position != first) return none();
  ExportedAppend exported;
  if (append.key.empty()) return exported;
  exported.key.assign(append.key);
  exported.fingerprint.assign(append.fingerprint.begin(),
                              append.fingerprint.end());
  exported.result.assign(append.result);
  return exported;
}

// --- Streams ----------------------------------------------------------------

absl::StatusOr<AppendResult> RocksEngine::AppendSystemEvent(
    std::string_view stream, std::string_view subject, MakeEvent make) {
  absl::StatusOr<std::shared_ptr<Running>> running = Use();
  if (!running.ok()) return NotAppended(running.status());
  auto pending = std::make_shared<PendingAppend>((*running)->core);
  std::vector<std::string_view> names = {stream};
  if (!subject.empty()) names.push_back(subject);
  absl::StatusOr<std::vector<TailStream*>> streams =
      (*running)->core->tail->Pin(names);
  if (!streams.ok()) return NotAppended(streams.status());
  pending->pinned = *std::move(streams);
  if (!subject.empty()) pending->subject = pending->pinned[1];
  pending->make_event = std::move(make);
  return Commit(**running, pending, AppendOptions().queue_timeout);
}

absl::StatusOr<AppendResult> RocksEngine::SetStreamMetadata(
    std::string_view stream, const StreamMetadata& metadata,
    ExpectedRevision expected) {
  DAYBOOK_RETURN_IF_ERROR(NotAppended(ValidateStreamName(stream)));
  DAYBOOK_RETURN_IF_ERROR(NotAppended(ValidateStreamMetadata(metadata)));
  return AppendSystemEvent(
      MetadataStreamOf(stream), stream,
      [&](const StreamState& state) -> absl::StatusOr<NewEvent> {
        DAYBOOK_RETURN_IF_ERROR(CheckSetMetadata(stream, expected, state));
        return StreamMetadataSetEvent(metadata);
      });
}

absl::StatusOr<AppendResult> RocksEngine::DeleteStream(
    std::string_view stream, ExpectedRevision expected) {
  DAYBOOK_RETURN_IF_ERROR(NotAppended(ValidateStreamName(stream)));
  return AppendSystemEvent(
      MetadataStreamOf(stream), stream,
      [&](const StreamState& state) -> absl::StatusOr<NewEvent> {
        DAYBOOK_RETURN_IF_ERROR(CheckDelete(stream, expected, state));
        return StreamDeletedEvent(Revision(state.next_revision));
      });
}

absl::StatusOr<AppendResult> RocksEngine::TombstoneStream(
    std::string_view stream, ExpectedRevision expected) {
  DAYBOOK_RETURN_IF_ERROR(NotAppended(ValidateStreamName(stream)));
  return AppendSystemEvent(
      MetadataStreamOf(stream), stream,
      [&](const StreamState& state) -> absl::StatusOr<NewEvent> {
        DAYBOOK_RETURN_IF_ERROR(CheckTombstone(stream, expected, state));
        return StreamTombstonedEvent(Revision(state.next_revision));
      });
}

absl::StatusOr<AppendResult> RocksEngine::RecordOperation(
    const Operation& operation) {
  DAYBOOK_RETURN_IF_ERROR(NotAppended(ValidateOperation(operation)));
  return AppendSystemEvent(kOperationsStream, {},
                           [&](const StreamState&) -> absl::StatusOr<NewEvent> {
                             return OperationEvent(operation);
                           });
}

absl::StatusOr<StreamInfo> RocksEngine::GetStream(std::string_view stream) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(stream));
  DAYBOOK_ASSIGN_OR_RETURN(const Tail::StreamSnapshot snapshot,
                           running->core->tail->Snapshot(stream));
  if (!snapshot.state.known) {
    return absl::NotFoundError(
        absl::StrCat("stream ", Quoted(stream), " is not known"));
  }
  return ToStreamInfo(std::string(stream), snapshot.state);
}

absl::StatusOr<StreamCursor> RocksEngine::ListStreams(
    const ListStreamsOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  return StreamCursor(MakeStreamListSource(running->core, options));
}

// --- Schemas ----------------------------------------------------------------

absl::StatusOr<AppendResult> RocksEngine::AppendToSystem(
    const AppendRequest& request) {
  absl::StatusOr<std::shared_ptr<Running>> running = Use();
  if (!running.ok()) return NotAppended(running.status());
  DAYBOOK_RETURN_IF_ERROR(NotAppended(ValidateSystemAppend(request)));
  absl::StatusOr<std::shared_ptr<PendingAppend>> pending =
      PrepareAppend((*running)->core, request);
  if (!pending.ok()) return NotAppended(pending.status());
  return Commit(**running, *pending, AppendOptions().queue_timeout);
}

absl::StatusOr<SchemaHash> RocksEngine::RegisterSchema(const Schema& schema) {
  DAYBOOK_RETURN_IF_ERROR(Use().status());
  return schemas_.Register(schema);
}

absl::StatusOr<RegisteredSchema> RocksEngine::FindSchema(SchemaHash hash) {
  return schemas_.Find(hash);
}

absl::StatusOr<std::vector<RegisteredSchema>> RocksEngine::ListSchemas() {
  return schemas_.List();
}

// --- Producers --------------------------------------------------------------

absl::StatusOr<AppendResult> RocksEngine::AddProducer(
    const audit::VerifierKey& key, std::string_view origin) {
  return producers_.Add(key, origin);
}

absl::StatusOr<AppendResult> RocksEngine::RevokeProducer(
    std::string_view key_name, uint32_t key_id, std::string_view reason) {
  return producers_.Revoke(key_name, key_id, reason);
}

absl::StatusOr<AppendResult> RocksEngine::SetProducerPolicy(
    std::string_view prefix, ProducerPolicy policy) {
  return producers_.SetPolicy(prefix, policy);
}

absl::StatusOr<Producers> RocksEngine::ReadProducers(
    std::optional<Position> position) {
  return producers_.Read(position);
}

// --- Read -------------------------------------------------------------------

absl::StatusOr<EventCursor> RocksEngine::ReadStream(
    std::string_view stream, const ReadStreamOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(stream));
  DAYBOOK_ASSIGN_OR_RETURN(const Tail::StreamSnapshot snapshot,
                           running->core->tail->Snapshot(stream));
  DAYBOOK_RETURN_IF_ERROR(CheckReadable(stream, snapshot.state));
  return EventCursor(
      MakeStreamSource(running->core, std::string(stream), snapshot, options),
      snapshot.head);
}

absl::StatusOr<EventCursor> RocksEngine::ReadLog(
    const ReadLogOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  const Position head = running->core->tail->head();
  DAYBOOK_ASSIGN_OR_RETURN(const LogRange range,
                           ResolveRange(options, *running->core->log, head));
  return EventCursor(MakeLogSource(running->core, range), head);
}

absl::StatusOr<EventCursor> RocksEngine::ReadQuery(
    const Query& query, const ReadLogOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  DAYBOOK_RETURN_IF_ERROR(ValidateQuery(query));
  const Position head = running->core->tail->head();
  DAYBOOK_ASSIGN_OR_RETURN(const LogRange range,
                           ResolveRange(options, *running->core->log, head));
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<EventCursor::Source> source,
                           MakeQuerySource(running->core, query, range));
  return EventCursor(std::move(source), head);
}

absl::StatusOr<Event> RocksEngine::ReadEvent(Position position) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  const Position head = running->core->tail->head();
  if (position >= head) {
    return absl::NotFoundError(absl::StrCat("no event at position ",
                                            position.value(), ", the head is ",
                                            head.value()));
  }
  LogReader reader(*running->core->log);
  EventView event;
  if (!reader.Read(position, &event)) return reader.status();
  return event.ToEvent();
}

absl::StatusOr<std::optional<Event>> RocksEngine::ScanForId(
    const EventId& id, const ReadLogOptions& range) {
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, ReadLog(range));
  for (const EventView& event : cursor) {
    if (event.id == id) return std::optional<Event>(event.ToEvent());
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  return std::nullopt;
}

absl::StatusOr<Event> RocksEngine::FindEvent(const EventId& id) {
  std::optional<Event> found;
  if (const std::optional<absl::Time> time = TimeOf(id)) {
    ReadLogOptions around;
    around.from_time = *time - kIdTimeSlack;
    around.to_time = *time + kIdTimeSlack;
    DAYBOOK_ASSIGN_OR_RETURN(found, ScanForId(id, around));
  }
  if (!found.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(found, ScanForId(id, ReadLogOptions()));
  }
  if (found.has_value()) return *std::move(found);
  return absl::NotFoundError(absl::StrCat("no event ", id.ToString()));
}

Position RocksEngine::Head() {
  const absl::StatusOr<std::shared_ptr<Running>> running = Use();
  if (running.ok()) return (*running)->core->tail->head();
  MutexLock lock(&mutex_);
  return last_status_.head;
}

absl::Status RocksEngine::WaitForEvent(Position position,
                                       absl::Duration timeout) {
  return watch_->Wait(position, timeout);
}

Position RocksEngine::DurableHead() {
  const absl::StatusOr<std::shared_ptr<Running>> running = Use();
  if (running.ok()) return (*running)->writer->durable_head();
  MutexLock lock(&mutex_);
  return last_status_.durable_head;
}

// --- Subscriptions ----------------------------------------------------------

absl::StatusOr<std::unique_ptr<Subscription>> RocksEngine::Subscribe(
    const SubscribeOptions& options) {
  return subscriptions_.Subscribe(options);
}

absl::Status RocksEngine::WaitHandled(std::string_view name, Position position,
                                      absl::Duration timeout) {
  return subscriptions_.checkpoints().WaitHandled(name, position, timeout);
}

absl::StatusOr<std::vector<SubscriptionInfo>> RocksEngine::ListSubscriptions() {
  return subscriptions_.checkpoints().List();
}

absl::StatusOr<SubscriptionInfo> RocksEngine::GetSubscription(
    std::string_view name) {
  return subscriptions_.checkpoints().Find(name);
}

absl::Status RocksEngine::ResetSubscription(std::string_view name,
                                            Position position) {
  return subscriptions_.checkpoints().Reset(name, position);
}

absl::Status RocksEngine::DeleteSubscription(std::string_view name) {
  return subscriptions_.checkpoints().Delete(name);
}

// --- Rows -------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<RowReader>> RocksEngine::ReadRows() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  return MakeRowReader(running->core);
}

absl::Status RocksEngine::WriteRows(const RowBatch& batch) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  return running->writer->WriteRows(batch);
}

absl::StatusOr<std::unique_ptr<RowLoader>> RocksEngine::LoadRows() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  return MakeRowLoader(running->core, running->writer);
}

absl::Status RocksEngine::Attach(
    std::shared_ptr<AppendParticipant> participant,
    absl::FunctionRef<absl::Status(Position head)> catch_up) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  return running->committer->Attach(std::move(participant), catch_up);
}

void RocksEngine::Detach(const AppendParticipant* participant) {
  std::shared_ptr<Running> running;
  {
    MutexLock lock(&mutex_);
    // What is closing may still call it.
    running = last_running_.lock();
  }
  if (running != nullptr) running->committer->Detach(participant);
}

// --- Audit ------------------------------------------------------------------

absl::StatusOr<TreeState> RocksEngine::Tree() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  if (running->core->tree == nullptr) return NoTree();
  return running->core->tree->head();
}

absl::StatusOr<std::unique_ptr<TreeReader>> RocksEngine::ReadTree() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  if (running->core->tree == nullptr) return NoTree();
  return MakeTreeReader(running->core);
}

absl::StatusOr<TreeState> RocksEngine::CheckTree(Position from, Position to) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  if (running->core->tree == nullptr) return NoTree();
  const TreeState head = running->core->tree->head();
  DAYBOOK_RETURN_IF_ERROR(CheckTreeRange(from, to, Position(head.size)));
  IndexedLeafFinder finder(running->core);
  CheckTreeOptions options;
  if (from > Position(0)) options.finder = &finder;
  DAYBOOK_ASSIGN_OR_RETURN(
      const TreeState found,
      daybook::CheckTree(*running->core->log, from, to, options));
  if (found.size == head.size && found.root != head.root) {
    return DamageError(to, "the audit tree on disk is not the one in memory");
  }
  return found;
}

absl::StatusOr<KeptTreeHead> RocksEngine::MakeTreeHead() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  if (running->heads == nullptr) return NoTree();
  return running->heads->Make(*running->writer);
}

absl::StatusOr<std::vector<KeptTreeHead>> RocksEngine::TreeHeads() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  return ReadHeadTable(*running->core->log);
}

// --- Keeping house ----------------------------------------------------------

absl::Status RocksEngine::Branch(const std::string& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  DAYBOOK_RETURN_IF_ERROR(running->writer->health());
  // What was acknowledged before goes with it.
  DAYBOOK_RETURN_IF_ERROR(subscriptions_.checkpoints().Flush());
  return BranchStore(*running->core, folder,
                     running->heads == nullptr ? "" : running->heads->origin());
}

absl::StatusOr<CreatedBackup> RocksEngine::Backup(
    const std::string& folder, const BackupOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  DAYBOOK_RETURN_IF_ERROR(running->writer->health());
  if (running->core->tree == nullptr) return NoTree();
  // What was acknowledged before goes with it.
  DAYBOOK_RETURN_IF_ERROR(subscriptions_.checkpoints().Flush());
  return CreateBackup(*running->core, folder, options,
                      [&](absl::FunctionRef<absl::Status()> work) {
                        return running->committer->BetweenGroups([&] {
                          return running->writer->BetweenRowWrites(work);
                        });
                      });
}

absl::Status RocksEngine::Sync() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  return running->writer->Sync();
}

absl::Status RocksEngine::WaitForIndexes(absl::Duration timeout) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Running> running, Use());
  return running->deriver->WaitFor(running->core->tail->head(), timeout);
}

StoreStatus RocksEngine::StatusOf(const Running& running) {
  const StoreCore& core = *running.core;
  StoreStatus status;
  status.path = core.path;
  status.store_id = core.identity.store_id;
  status.format = core.identity.format;
  status.head = core.tail->head();
  status.durable_head = running.writer->durable_head();
  status.health = running.writer->health();
  if (status.health.ok()) status.health = running.deriver->health();
  if (running.heads != nullptr) {
    status.audit_health = running.heads->health();
    status.tree_head_size = running.heads->size();
  }
  const Committer::Counters counters = running.committer->counters();
  status.appends = counters.appends;
  status.commits = counters.commits;
  status.syncs = running.writer->syncs();
  status.log_bytes_on_disk = core.log->FamilyBytes(kLogChunks);
  status.row_bytes_on_disk = core.log->FamilyBytes(kLogRows);
  status.tree_bytes_on_disk = core.log->FamilyBytes(kLogTree);
  for (size_t family :
       {kIndexStreams, kIndexTerms, kIndexKeys, kIndexHeads, kIndexRules}) {
    status.families.push_back({kIndexFamilyNames[family],
                               core.tail->trimmed_to(),
                               core.index->FamilyBytes(family)});
  }
  return status;
}

StoreStatus RocksEngine::Status() {
  const absl::StatusOr<std::shared_ptr<Running>> running = Use();
  if (running.ok()) return StatusOf(**running);
  MutexLock lock(&mutex_);
  return last_status_;
}

absl::Status RocksEngine::Close(absl::Duration grace) {
  const absl::Duration deadline = Clock::System()->Monotonic() + grace;
  const auto left = [deadline] {
    return deadline - Clock::System()->Monotonic();
  };
  // Their checkpoints are rows, and written while that works.
  subscriptions_.Close();
  std::shared_ptr<Running> running;
  {
    MutexLock lock(&mutex_);
    if (running_ == nullptr) return absl::OkStatus();
    running = std::move(running_);
    running_ = nullptr;
    last_status_ = StatusOf(*running);
  }
  const bool drained = running->committer->Stop(left());
  const Position head = running->core->tail->head();
  if (left() > absl::ZeroDuration()) {
    running->deriver->WaitFor(head, left()).IgnoreError();
  }
  running->deriver->Stop();
  absl::Status status = running->writer->Sync();
  if (status.ok() && running->heads != nullptr &&
      running->core->options.tree_heads.on_close &&
      left() > absl::ZeroDuration()) {
    // What goes wrong, the logger and the last status have.
    running->heads->MakeIfGrown(*running->writer);
  }
  if (status.ok()) {
    // Neither is needed for what was promised; both make the next opening fast.
    running->core->log->Flush(RocksDb::FlushMode::kWait).IgnoreError();
    running->core->index->Flush(RocksDb::FlushMode::kWait).IgnoreError();
  }
  {
    MutexLock lock(&mutex_);
    last_status_ = StatusOf(*running);
  }
  // Calls that are still returning and cursors let go of the folder; the last
  // of them closes it.
  std::shared_ptr<StoreCore> core = running->core;
  while ((running.use_count() > 1 || core->cursor_count > 0) &&
         left() > absl::ZeroDuration()) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  if (status.ok() && core->cursor_count > 0) {
    status = absl::DeadlineExceededError(
        absl::StrCat(core->cursor_count.load(), " cursors are still open"));
  }
  if (status.ok() && !drained) {
    status = absl::DeadlineExceededError("appends were still queued");
  }
  return status;
}

}  // namespace daybook
