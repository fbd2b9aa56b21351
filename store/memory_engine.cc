#include "store/memory_engine.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "store/caught.h"
#include "store/check_tree.h"
#include "store/cursor_feed.h"
#include "store/errors_internal.h"
#include "store/head_signer.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/validate.h"

namespace daybook {
namespace {

StoreOptions WithDefaults(StoreOptions options) {
  if (options.clock == nullptr) options.clock = Clock::System();
  if (options.id_source == nullptr) options.id_source = IdSource::Random();
  return options;
}

// There is nothing to be gained by waiting.
void RunNow(absl::Duration /*delay*/, absl::AnyInvocable<void() &&> task) {
  std::move(task)();
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

}  // namespace

std::unique_ptr<EventStore> EventStore::OpenInMemory(
    const StoreOptions& options) {
  return std::make_unique<MemoryEngine>(options);
}

MemoryEngine::MemoryEngine(const StoreOptions& options)
    : EngineBase(WithDefaults(options).clock, RunNow),
      options_(WithDefaults(options)),
      store_id_(IdSource::Random()->NewId(absl::Now()).ToString()),
      committer_(options_, &log_, &rows_) {
  assert(ValidateSource(options.source).ok());
}

MemoryEngine::~MemoryEngine() { Close(absl::Seconds(10)).IgnoreError(); }

absl::StatusOr<std::unique_ptr<EventFeed>> MemoryEngine::MakeFeed(
    const EventFilter& filter) {
  return std::make_unique<CursorFeed>(this, filter);
}

// --- Append -----------------------------------------------------------------

absl::StatusOr<AppendResult> MemoryEngine::Commit(
    absl::FunctionRef<absl::StatusOr<AppendResult>(MemoryCommitter& committer)>
        append) {
  MutexLock append_lock(&append_mutex_);
  MutexLock lock(&mutex_);
  if (absl::Status status = CheckOpen(); !status.ok()) {
    return Refused(std::move(status));
  }
  absl::StatusOr<AppendResult> result = append(committer_);
  if (!result.ok()) return Refused(std::move(result).status());
  watch()->Announce(log_.head());
  durable_watch()->Announce(log_.head());
  return result;
}

absl::StatusOr<AppendResult> MemoryEngine::Append(
    const AppendRequest& request, const AppendOptions& /*options*/) {
  DAYBOOK_RETURN_IF_ERROR(Refused(CheckStillOpen()));
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateAppend(request)));
  DAYBOOK_RETURN_IF_ERROR(Refused(schemas().CheckKnown(request)));
  return Commit(
      [&](MemoryCommitter& committer) { return committer.Append(request); });
}

void MemoryEngine::AppendAsync(const AppendRequest& request, AppendDone done,
                               const AppendOptions& options) {
  absl::StatusOr<AppendResult> result = Append(request, options);
  if (absl::IsInvalidArgument(result.status()) ||
      absl::IsUnavailable(result.status())) {
    std::move(done)(std::move(result));  // refused
    return;
  }
  callbacks_.Call(std::move(done), std::move(result));
}

absl::StatusOr<AppendResult> MemoryEngine::AppendToSystem(
    const AppendRequest& request) {
  DAYBOOK_RETURN_IF_ERROR(Refused(ValidateSystemAppend(request)));
  return Commit(
      [&](MemoryCommitter& committer) { return committer.Append(request); });
}

absl::StatusOr<AppendResult> MemoryEngine::AppendSystemEvent(
    std::string_view stream, std::string_view subject, MakeEvent make) {
  return Commit([&](MemoryCommitter& committer) {
    return committer.AppendSystemEvent(stream, subject, make);
  });
}

absl::StatusOr<AppendResult> MemoryEngine::Restore(
    const AppendRequest& request, absl::Time recorded_at,
    std::string_view fingerprint) {
  DAYBOOK_RETURN_IF_ERROR(Refused(CheckStillOpen()));
  DAYBOOK_RETURN_IF_ERROR(
      Refused(ValidateRestore(request, recorded_at, fingerprint)));
  DAYBOOK_RETURN_IF_ERROR(Refused(schemas().CheckKnown(request)));
  return Commit([&](MemoryCommitter& committer) {
    return committer.Restore(request, recorded_at, fingerprint);
  });
}

absl::StatusOr<AppendResult> MemoryEngine::FindAppend(std::string_view key) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateAppendKey(key));
  const MemoryAppend* const append = log_.AppendWith(key);
  if (append == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("append key ", Quoted(key), " was never used"));
  }
  AppendResult result = append->result;
  result.repeated = true;
  return result;
}

absl::StatusOr<EventStore::ExportedAppend> MemoryEngine::ExportAppend(
    Position first) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  const MemoryAppend* const append = log_.AppendAt(first);
  if (append == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("no append starts at position ", first.value()));
  }
  ExportedAppend exported;
  if (append->key.empty()) return exported;
  exported.key = append->key;
  exported.fingerprint.assign(append->fingerprint.begin(),
                              append->fingerprint.end());
  exported.result = append->result.result;
  return exported;
}

// --- Streams ----------------------------------------------------------------

absl::StatusOr<StreamInfo> MemoryEngine::GetStream(std::string_view stream) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(stream));
  const StreamState state = log_.StateOf(stream);
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
  for (const auto& [name, stream] : log_.streams()) {
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

// --- Read -------------------------------------------------------------------

absl::StatusOr<EventCursor> MemoryEngine::ReadStream(
    std::string_view stream, const ReadStreamOptions& options) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(stream));
  DAYBOOK_RETURN_IF_ERROR(CheckReadable(stream, log_.StateOf(stream)));
  const MemoryLog::Stream& found = log_.streams().find(stream)->second;
  const uint64_t first =
      std::max(ValueOr(options.from, 0), FirstVisible(found.state).value());
  MemoryEvents events = Select(
      found.events, first, ValueOr(options.to, kNoLimit), options.direction,
      options.limit, [](const EventView&) { return true; });
  return EventCursor(
      std::make_unique<MemoryEventSource>(
          std::move(events), MemoryEventSource::Keys::kHidden, open_cursors_),
      log_.head());
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
  MemoryEvents events = Select(
      log_.events(), ValueOr(options.from, 0), ValueOr(options.to, kNoLimit),
      options.direction, options.limit, [&](const EventView& event) {
        return WithinTimes(options, event.recorded_at) && Matches(query, event);
      });
  return EventCursor(
      std::make_unique<MemoryEventSource>(
          std::move(events), MemoryEventSource::Keys::kShown, open_cursors_),
      log_.head());
}

absl::StatusOr<Event> MemoryEngine::ReadEvent(Position position) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  if (position >= log_.head()) {
    return absl::NotFoundError(absl::StrCat("no event at position ",
                                            position.value(), ", the head is ",
                                            log_.head().value()));
  }
  return ToView(*log_.events()[position.value()]).ToEvent();
}

absl::StatusOr<Event> MemoryEngine::FindEvent(const EventId& id) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  for (const auto& stored : log_.events()) {
    if (stored->event.id == id) return ToView(*stored).ToEvent();
  }
  return absl::NotFoundError(absl::StrCat("no event ", id.ToString()));
}

Position MemoryEngine::Head() {
  MutexLock lock(&mutex_);
  return log_.head();
}

Position MemoryEngine::DurableHead() { return Head(); }

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
  DAYBOOK_RETURN_IF_ERROR(Caught("catch_up", [&] { return catch_up(Head()); }));
  MutexLock lock(&mutex_);
  committer_.participants().Add(std::move(participant));
  return absl::OkStatus();
}

void MemoryEngine::Detach(const AppendParticipant* participant) {
  MutexLock append_lock(&append_mutex_);
  MutexLock lock(&mutex_);
  committer_.participants().Remove(participant);
}

// --- Audit -------------------------------------------------------------------

absl::StatusOr<TreeState> MemoryEngine::Tree() {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return log_.tree().state();
}

absl::StatusOr<std::unique_ptr<TreeReader>> MemoryEngine::ReadTree() {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return log_.tree().Read(std::make_shared<CursorTicket>(open_cursors_));
}

absl::StatusOr<TreeState> MemoryEngine::CheckTree(Position from, Position to) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  DAYBOOK_RETURN_IF_ERROR(CheckTreeRange(from, to, log_.head()));
  return log_.tree().StateOf(to.value());
}

absl::StatusOr<KeptTreeHead> MemoryEngine::MakeTreeHead() {
  DAYBOOK_ASSIGN_OR_RETURN(const HeadSigner signer,
                           HeadSigner::Load(options_.tree_heads, store_id_));
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  const TreeState tree = log_.tree().state();
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

absl::Status MemoryEngine::Branch(const std::string& /*folder*/) {
  return absl::UnimplementedError("a store in memory has no branches");
}

absl::StatusOr<CreatedBackup> MemoryEngine::Backup(
    const std::string& /*folder*/, const BackupOptions& /*options*/) {
  return absl::UnimplementedError("a store in memory has no backups");
}

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
  status.head = log_.head();
  status.durable_head = log_.head();
  status.appends = log_.append_count();
  status.commits = log_.append_count();
  return status;
}

absl::Status MemoryEngine::Close(absl::Duration grace) {
  const absl::Duration deadline = Clock::System()->Monotonic() + grace;
  const auto left = [&] { return deadline - Clock::System()->Monotonic(); };
  subscriptions().Close();
  {
    MutexLock lock(&mutex_);
    closed_ = true;
  }
  callbacks_.Wait(left());
  const int open = open_cursors_->Wait(left());
  if (open == 0) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat(open, " cursors are still open"));
}

absl::Status MemoryEngine::CheckStillOpen() const {
  MutexLock lock(&mutex_);
  return CheckOpen();
}

absl::Status MemoryEngine::CheckOpen() const {
  if (!closed_) return absl::OkStatus();
  return absl::UnavailableError("the store is closed");
}

}  // namespace daybook
