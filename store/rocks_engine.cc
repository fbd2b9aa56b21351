#include "store/rocks_engine.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "store/backup_create.h"
#include "store/branch.h"
#include "store/check_tree.h"
#include "store/errors_internal.h"
#include "store/find_event.h"
#include "store/head_table.h"
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
#include "store/tree_reader.h"
#include "store/validate.h"

namespace daybook {
namespace {

constexpr absl::Duration kGrace = absl::Seconds(10);

absl::Status NoTree() {
  return absl::UnimplementedError("the store is open without an audit tree");
}

CheckpointKeeper::Schedule ScheduleOn(std::shared_ptr<Executor> executor) {
  return [executor = std::move(executor)](absl::Duration delay,
                                          absl::AnyInvocable<void() &&> task) {
    executor->ScheduleAfter(delay, std::move(task));
  };
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
    : EngineBase(opened.core->options.clock,
                 ScheduleOn(opened.core->options.executor)) {
  std::shared_ptr<RunningStore> running = RunningStore::Start(
      std::move(opened), std::move(heads), watch(), durable_watch());
  MutexLock lock(&mutex_);
  last_running_ = running;
  running_ = std::move(running);
}

void RocksEngine::LoadProducers() {
  const std::shared_ptr<RunningStore> running = *Use();
  absl::StatusOr<Producers> read = ReadProducers(std::nullopt);
  if (!read.ok()) {
    running->core()->producers.Publish(read.status());
    return;
  }
  running->core()->producers.Publish(
      std::make_shared<const Producers>(*std::move(read)));
}

RocksEngine::~RocksEngine() { Close(kGrace).IgnoreError(); }

absl::StatusOr<std::shared_ptr<RunningStore>> RocksEngine::Use() const {
  MutexLock lock(&mutex_);
  if (running_ == nullptr) return absl::UnavailableError("the store is closed");
  return running_;
}

absl::Status RocksEngine::CheckStillOpen() const { return Use().status(); }

absl::StatusOr<std::unique_ptr<EventFeed>> RocksEngine::MakeFeed(
    const EventFilter& filter) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return std::make_unique<LogFeed>(this, running->core(), filter);
}

// --- Append -----------------------------------------------------------------

absl::StatusOr<std::shared_ptr<RunningStore>> RocksEngine::UseFor(
    const AppendRequest& request) {
  absl::StatusOr<std::shared_ptr<RunningStore>> running = Use();
  if (!running.ok()) return Refused(running.status());
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateAppend(request)));
  DAYBOOK_RETURN_IF_ERROR(Refused(schemas().CheckKnown(request)));
  return running;
}

absl::StatusOr<AppendResult> RocksEngine::Append(const AppendRequest& request,
                                                 const AppendOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running,
                           UseFor(request));
  return running->appender().Append(request, options.queue_timeout);
}

void RocksEngine::AppendAsync(const AppendRequest& request, AppendDone done,
                              const AppendOptions& options) {
  const absl::StatusOr<std::shared_ptr<RunningStore>> running = UseFor(request);
  if (!running.ok()) {
    std::move(done)(running.status());
    return;
  }
  (*running)->appender().AppendAsync(request, std::move(done),
                                     options.queue_timeout);
}

absl::StatusOr<AppendResult> RocksEngine::AppendToSystem(
    const AppendRequest& request) {
  const absl::StatusOr<std::shared_ptr<RunningStore>> running = Use();
  if (!running.ok()) return Refused(running.status());
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateSystemAppend(request)));
  return (*running)->appender().Append(request, AppendOptions().queue_timeout);
}

absl::StatusOr<AppendResult> RocksEngine::AppendSystemEvent(
    std::string_view stream, std::string_view subject, MakeEvent make) {
  const absl::StatusOr<std::shared_ptr<RunningStore>> running = Use();
  if (!running.ok()) return Refused(running.status());
  return (*running)->appender().AppendSystemEvent(stream, subject,
                                                  std::move(make));
}

absl::StatusOr<AppendResult> RocksEngine::Restore(
    const AppendRequest& request, absl::Time recorded_at,
    std::string_view fingerprint) {
  const absl::StatusOr<std::shared_ptr<RunningStore>> running = Use();
  if (!running.ok()) return Refused(running.status());
  DAYBOOK_RETURN_IF_ERROR(
      Refused(ValidateRestore(request, recorded_at, fingerprint)));
  DAYBOOK_RETURN_IF_ERROR(Refused(schemas().CheckKnown(request)));
  return (*running)->appender().Restore(request, recorded_at, fingerprint);
}

absl::StatusOr<AppendResult> RocksEngine::FindAppend(std::string_view key) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  DAYBOOK_RETURN_IF_ERROR(ValidateAppendKey(key));
  return running->appender().Find(key);
}

absl::StatusOr<EventStore::ExportedAppend> RocksEngine::ExportAppend(
    Position first) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return running->appender().Export(first);
}

// --- Streams ----------------------------------------------------------------

absl::StatusOr<StreamInfo> RocksEngine::GetStream(std::string_view stream) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(stream));
  DAYBOOK_ASSIGN_OR_RETURN(const Tail::StreamSnapshot snapshot,
                           running->core()->tail->Snapshot(stream));
  if (!snapshot.state.known) {
    return absl::NotFoundError(
        absl::StrCat("stream ", Quoted(stream), " is not known"));
  }
  return ToStreamInfo(std::string(stream), snapshot.state);
}

absl::StatusOr<StreamCursor> RocksEngine::ListStreams(
    const ListStreamsOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return StreamCursor(MakeStreamListSource(running->core(), options));
}

// --- Read -------------------------------------------------------------------

absl::StatusOr<EventCursor> RocksEngine::ReadStream(
    std::string_view stream, const ReadStreamOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(stream));
  DAYBOOK_ASSIGN_OR_RETURN(const Tail::StreamSnapshot snapshot,
                           running->core()->tail->Snapshot(stream));
  DAYBOOK_RETURN_IF_ERROR(CheckReadable(stream, snapshot.state));
  return EventCursor(
      MakeStreamSource(running->core(), std::string(stream), snapshot, options),
      snapshot.head);
}

absl::StatusOr<EventCursor> RocksEngine::ReadLog(
    const ReadLogOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  const Position head = running->core()->tail->head();
  DAYBOOK_ASSIGN_OR_RETURN(const LogRange range,
                           ResolveRange(options, *running->core()->log, head));
  return EventCursor(MakeLogSource(running->core(), range), head);
}

absl::StatusOr<EventCursor> RocksEngine::ReadQuery(
    const Query& query, const ReadLogOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  DAYBOOK_RETURN_IF_ERROR(ValidateQuery(query));
  const Position head = running->core()->tail->head();
  DAYBOOK_ASSIGN_OR_RETURN(const LogRange range,
                           ResolveRange(options, *running->core()->log, head));
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<EventCursor::Source> source,
                           MakeQuerySource(running->core(), query, range));
  return EventCursor(std::move(source), head);
}

absl::StatusOr<Event> RocksEngine::ReadEvent(Position position) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  const Position head = running->core()->tail->head();
  if (position >= head) {
    return absl::NotFoundError(absl::StrCat("no event at position ",
                                            position.value(), ", the head is ",
                                            head.value()));
  }
  LogReader reader(*running->core()->log);
  EventView event;
  if (!reader.Read(position, &event)) return reader.status();
  return event.ToEvent();
}

absl::StatusOr<Event> RocksEngine::FindEvent(const EventId& id) {
  return FindEventInLog(*this, id);
}

Position RocksEngine::Head() {
  const absl::StatusOr<std::shared_ptr<RunningStore>> running = Use();
  if (running.ok()) return (*running)->core()->tail->head();
  MutexLock lock(&mutex_);
  return last_status_.head;
}

Position RocksEngine::DurableHead() {
  const absl::StatusOr<std::shared_ptr<RunningStore>> running = Use();
  if (running.ok()) return (*running)->writer()->durable_head();
  MutexLock lock(&mutex_);
  return last_status_.durable_head;
}

// --- Rows -------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<RowReader>> RocksEngine::ReadRows() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return MakeRowReader(running->core());
}

absl::Status RocksEngine::WriteRows(const RowBatch& batch) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return running->writer()->WriteRows(batch);
}

absl::StatusOr<std::unique_ptr<RowLoader>> RocksEngine::LoadRows() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return MakeRowLoader(running->core(), running->writer());
}

absl::Status RocksEngine::Attach(
    std::shared_ptr<AppendParticipant> participant,
    absl::FunctionRef<absl::Status(Position head)> catch_up) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return running->committer().Attach(std::move(participant), catch_up);
}

void RocksEngine::Detach(const AppendParticipant* participant) {
  std::shared_ptr<RunningStore> running;
  {
    MutexLock lock(&mutex_);
    // What is closing may still call it.
    running = last_running_.lock();
  }
  if (running != nullptr) running->committer().Detach(participant);
}

// --- Audit ------------------------------------------------------------------

absl::StatusOr<TreeState> RocksEngine::Tree() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  if (running->core()->tree == nullptr) return NoTree();
  return running->core()->tree->head();
}

absl::StatusOr<std::unique_ptr<TreeReader>> RocksEngine::ReadTree() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  if (running->core()->tree == nullptr) return NoTree();
  return MakeTreeReader(running->core());
}

absl::StatusOr<TreeState> RocksEngine::CheckTree(Position from, Position to) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  if (running->core()->tree == nullptr) return NoTree();
  const TreeState head = running->core()->tree->head();
  DAYBOOK_RETURN_IF_ERROR(CheckTreeRange(from, to, Position(head.size)));
  IndexedLeafFinder finder(running->core());
  CheckTreeOptions options;
  if (from > Position(0)) options.finder = &finder;
  DAYBOOK_ASSIGN_OR_RETURN(
      const TreeState found,
      daybook::CheckTree(*running->core()->log, from, to, options));
  if (found.size == head.size && found.root != head.root) {
    return DamageError(to, "the audit tree on disk is not the one in memory");
  }
  return found;
}

absl::StatusOr<KeptTreeHead> RocksEngine::MakeTreeHead() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  if (running->heads() == nullptr) return NoTree();
  return running->heads()->Make(*running->writer());
}

absl::StatusOr<std::vector<KeptTreeHead>> RocksEngine::TreeHeads() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return ReadHeadTable(*running->core()->log);
}

// --- Keeping house ----------------------------------------------------------

absl::Status RocksEngine::Branch(const std::string& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  DAYBOOK_RETURN_IF_ERROR(running->writer()->health());
  // What was acknowledged before goes with it.
  DAYBOOK_RETURN_IF_ERROR(subscriptions().checkpoints().Flush());
  return BranchStore(
      *running->core(), folder,
      running->heads() == nullptr ? "" : running->heads()->origin());
}

absl::StatusOr<CreatedBackup> RocksEngine::Backup(
    const std::string& folder, const BackupOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  DAYBOOK_RETURN_IF_ERROR(running->writer()->health());
  if (running->core()->tree == nullptr) return NoTree();
  // What was acknowledged before goes with it.
  DAYBOOK_RETURN_IF_ERROR(subscriptions().checkpoints().Flush());
  return CreateBackup(*running->core(), folder, options,
                      [&](absl::FunctionRef<absl::Status()> work) {
                        return running->committer().BetweenGroups([&] {
                          return running->writer()->BetweenRowWrites(work);
                        });
                      });
}

absl::Status RocksEngine::Sync() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return running->writer()->Sync();
}

absl::Status RocksEngine::WaitForIndexes(absl::Duration timeout) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<RunningStore> running, Use());
  return running->deriver().WaitFor(running->core()->tail->head(), timeout);
}

StoreStatus RocksEngine::Status() {
  const absl::StatusOr<std::shared_ptr<RunningStore>> running = Use();
  if (running.ok()) return (*running)->Status();
  MutexLock lock(&mutex_);
  return last_status_;
}

namespace {

// Cursors let go of the folder; the last of them closes it.
absl::Status AwaitCursors(const StoreCore& core, absl::Duration deadline) {
  while (core.cursor_count > 0) {
    if (Clock::System()->Monotonic() >= deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(core.cursor_count.load(), " cursors are still open"));
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RocksEngine::AwaitClosed(absl::Duration deadline) {
  std::shared_ptr<StoreCore> core;
  absl::Status stopped;
  {
    MutexLock lock(&mutex_);
    while (!stopped_.has_value()) {
      const absl::Duration left = deadline - Clock::System()->Monotonic();
      if (left <= absl::ZeroDuration()) {
        return absl::DeadlineExceededError("another call still closes it");
      }
      has_stopped_.WaitWithTimeout(&mutex_, left);
    }
    core = last_core_.lock();
    stopped = *stopped_;
  }
  if (!stopped.ok() || core == nullptr) return stopped;
  return AwaitCursors(*core, deadline);
}

absl::Status RocksEngine::Close(absl::Duration grace) {
  const absl::Duration deadline = Clock::System()->Monotonic() + grace;
  // Their checkpoints are rows, and written while that works.
  subscriptions().Close();
  std::shared_ptr<RunningStore> running;
  {
    MutexLock lock(&mutex_);
    running = std::exchange(running_, nullptr);
    if (running != nullptr) last_status_ = running->Status();
  }
  if (running == nullptr) return AwaitClosed(deadline);
  const absl::Status status = running->Stop(deadline);
  const std::shared_ptr<StoreCore> core = running->core();
  {
    MutexLock lock(&mutex_);
    last_status_ = running->Status();
    stopped_ = status;
    last_core_ = core;
    has_stopped_.SignalAll();
  }
  // Calls that are still returning let go of it, too.
  while (running.use_count() > 1 && Clock::System()->Monotonic() < deadline) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  const absl::Status let_go = AwaitCursors(*core, deadline);
  return status.ok() ? let_go : status;
}

}  // namespace daybook
