// MemoryEngine is the store that OpenInMemory() gives: for tests of programs
// that use daybook, and what the engine in RocksDB is compared with.
//
// It is kept so plain that one sees it is right: a vector of events, a map of
// streams, one of rows, one mutex around them. A read copies pointers to the
// events it will show; that is its snapshot. A second mutex, taken first, lets
// something be done between two appends: attaching a participant.

#ifndef DAYBOOK_STORE_MEMORY_ENGINE_H_
#define DAYBOOK_STORE_MEMORY_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "daybook/store/event_store.h"
#include "store/fingerprint.h"
#include "store/head_watch.h"
#include "store/memory_rows.h"
#include "store/memory_tree.h"
#include "store/mutex.h"
#include "store/participants.h"
#include "store/producer_registry.h"
#include "store/schema_registry.h"
#include "store/stream_state.h"
#include "store/subscriptions.h"

namespace daybook {

class MemoryEngine final : public EventStore {
 public:
  explicit MemoryEngine(const StoreOptions& options);
  ~MemoryEngine() override;

  using EventStore::Append;
  absl::StatusOr<AppendResult> Append(const AppendRequest& request,
                                      const AppendOptions& options) override;
  // Appends before it returns. `done` runs on this thread, or on another one
  // that is just running those of its own appends.
  void AppendAsync(const AppendRequest& request, AppendDone done,
                   const AppendOptions& options) override;
  absl::StatusOr<AppendResult> FindAppend(std::string_view key) override;

  absl::StatusOr<AppendResult> SetStreamMetadata(
      std::string_view stream, const StreamMetadata& metadata,
      ExpectedRevision expected) override;
  absl::StatusOr<AppendResult> DeleteStream(std::string_view stream,
                                            ExpectedRevision expected) override;
  absl::StatusOr<AppendResult> TombstoneStream(
      std::string_view stream, ExpectedRevision expected) override;
  absl::StatusOr<StreamInfo> GetStream(std::string_view stream) override;
  absl::StatusOr<StreamCursor> ListStreams(
      const ListStreamsOptions& options) override;

  absl::StatusOr<SchemaHash> RegisterSchema(const Schema& schema) override;
  absl::StatusOr<RegisteredSchema> FindSchema(SchemaHash hash) override;
  absl::StatusOr<std::vector<RegisteredSchema>> ListSchemas() override;

  absl::StatusOr<AppendResult> AddProducer(const audit::VerifierKey& key,
                                           std::string_view origin) override;
  absl::StatusOr<AppendResult> RevokeProducer(std::string_view key_name,
                                              uint32_t key_id,
                                              std::string_view reason) override;
  absl::StatusOr<AppendResult> SetProducerPolicy(
      std::string_view prefix, ProducerPolicy policy) override;
  absl::StatusOr<Producers> ReadProducers(
      std::optional<Position> position) override;

  absl::StatusOr<EventCursor> ReadStream(
      std::string_view stream, const ReadStreamOptions& options) override;
  absl::StatusOr<EventCursor> ReadLog(const ReadLogOptions& options) override;
  absl::StatusOr<EventCursor> ReadQuery(const Query& query,
                                        const ReadLogOptions& options) override;
  absl::StatusOr<Event> ReadEvent(Position position) override;
  absl::StatusOr<Event> FindEvent(const EventId& id) override;
  Position Head() override;
  absl::Status WaitForEvent(Position position, absl::Duration timeout) override;
  Position DurableHead() override;

  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options) override;
  absl::Status WaitHandled(std::string_view name, Position position,
                           absl::Duration timeout) override;
  absl::StatusOr<std::vector<SubscriptionInfo>> ListSubscriptions() override;
  absl::StatusOr<SubscriptionInfo> GetSubscription(
      std::string_view name) override;
  absl::Status ResetSubscription(std::string_view name,
                                 Position position) override;
  absl::Status DeleteSubscription(std::string_view name) override;

  absl::StatusOr<std::unique_ptr<RowReader>> ReadRows() override;
  absl::Status WriteRows(const RowBatch& batch) override;
  absl::StatusOr<std::unique_ptr<RowLoader>> LoadRows() override;
  absl::Status Attach(
      std::shared_ptr<AppendParticipant> participant,
      absl::FunctionRef<absl::Status(Position head)> catch_up) override;
  void Detach(const AppendParticipant* participant) override;

  absl::StatusOr<TreeState> Tree() override;
  absl::StatusOr<std::unique_ptr<TreeReader>> ReadTree() override;
  absl::StatusOr<TreeState> CheckTree(Position from, Position to) override;
  absl::StatusOr<KeptTreeHead> MakeTreeHead() override;
  absl::StatusOr<std::vector<KeptTreeHead>> TreeHeads() override;
  absl::Status Branch(const std::string& folder) override;
  absl::StatusOr<CreatedBackup> Backup(const std::string& folder,
                                       const BackupOptions& options) override;
  absl::Status Sync() override;
  absl::Status WaitForIndexes(absl::Duration timeout) override;
  absl::StatusOr<AppendResult> RecordOperation(
      const Operation& operation) override;
  absl::StatusOr<AppendResult> Restore(const AppendRequest& request,
                                       absl::Time recorded_at,
                                       std::string_view fingerprint) override;
  absl::StatusOr<ExportedAppend> ExportAppend(Position first) override;
  StoreStatus Status() override;
  absl::Status Close(absl::Duration grace) override;

  // Immutable once stored, and shared with the cursors that show them.
  struct StoredAppend {
    AppendResult result;
    uint32_t count = 0;
    std::string key;
    Fingerprint fingerprint{};
  };
  struct StoredEvent {
    std::shared_ptr<const StoredAppend> append;
    Position position;
    Revision revision;
    std::string stream;
    // `source` and `id` filled in, `occurred_at` in whole microseconds.
    NewEvent event;
    std::string encoded_tags;
    std::string encoded_metadata;
  };
  using Events = std::vector<std::shared_ptr<const StoredEvent>>;

  // How many cursors are open; Close() waits for none.
  struct OpenCursors {
    Mutex mutex;
    CondVar changed;
    int count ABSL_GUARDED_BY(mutex) = 0;
  };

 private:
  struct Stream {
    StreamState state;
    // All there ever were, by revision.
    Events events;
  };
  struct FinishedAppend {
    AppendDone done;
    absl::StatusOr<AppendResult> result;
  };

  absl::Status CheckOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckStillOpen() const;
  StreamState StateOf(std::string_view stream) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Position HeadLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What the append with `key` gave back; nothing if there was none. Errors:
  // kAlreadyExists when it had another fingerprint.
  absl::StatusOr<std::optional<AppendResult>> FindRepeated(
      std::string_view key, const Fingerprint& fingerprint) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckStreamsWritable(const AppendRequest& request) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckProducers(const AppendRequest& request,
                              const Fingerprint& fingerprint) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckCondition(const AppendCondition& condition) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Each writes or fails as Append does, without the outcome on the error.
  absl::StatusOr<AppendResult> AppendToSystem(const AppendRequest& request);
  absl::StatusOr<AppendResult> AppendChecked(const AppendRequest& request);
  absl::StatusOr<AppendResult> AppendLocked(const AppendRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<AppendResult> RestoreChecked(const AppendRequest& request,
                                              absl::Time recorded_at,
                                              std::string_view fingerprint);
  absl::StatusOr<AppendResult> AppendSystemEvent(std::string stream,
                                                 NewEvent event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The committer's time, floored to microseconds. Errors: kFailedPrecondition
  // when the wall clock jumped.
  absl::StatusOr<absl::Time> RecordedAt() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets participants join and, unless one refuses, writes.
  absl::StatusOr<AppendResult> Write(const AppendRequest& request,
                                     absl::Time recorded_at,
                                     const Fingerprint& fingerprint)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The events of `request` as they will be stored; all share one append.
  Events MakeEvents(const AppendRequest& request, absl::Time recorded_at,
                    const Fingerprint& fingerprint)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Join(const Events& events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Nothing can fail any more.
  AppendResult Store(const Events& events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void CallBack(AppendDone done, absl::StatusOr<AppendResult> result);

  const StoreOptions options_;
  Clock* const clock_;
  IdSource* const id_source_;
  const std::string store_id_;
  const absl::Time wall_at_open_;
  const absl::Duration monotonic_at_open_;
  const std::shared_ptr<OpenCursors> open_cursors_;
  const std::shared_ptr<HeadWatch> watch_ = std::make_shared<HeadWatch>();
  Subscriptions subscriptions_;
  // Use the store from outside `mutex_`.
  SchemaRegistry schemas_;
  ProducerRegistry producer_registry_;

  // Held during each append, before `mutex_` and longer.
  Mutex append_mutex_;
  mutable Mutex mutex_ ABSL_ACQUIRED_AFTER(append_mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // The log, by position.
  Events log_ ABSL_GUARDED_BY(mutex_);
  MemoryTree tree_ ABSL_GUARDED_BY(mutex_);
  Producers producers_ ABSL_GUARDED_BY(mutex_);
  std::vector<KeptTreeHead> heads_ ABSL_GUARDED_BY(mutex_);
  // Every stream that anything was said about or appended to.
  std::map<std::string, Stream, std::less<>> streams_ ABSL_GUARDED_BY(mutex_);
  // By first position, and those with a key by that.
  std::map<Position, std::shared_ptr<const StoredAppend>> appends_
      ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<const StoredAppend>, std::less<>> keys_
      ABSL_GUARDED_BY(mutex_);
  absl::Time last_recorded_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  MemoryRows rows_ ABSL_GUARDED_BY(mutex_);
  Participants participants_ ABSL_GUARDED_BY(mutex_);

  // Ended asynchronous appends whose `done` is still to be called, by the one
  // thread that is at it.
  std::deque<FinishedAppend> finished_ ABSL_GUARDED_BY(mutex_);
  bool calling_back_ ABSL_GUARDED_BY(mutex_) = false;
  CondVar called_back_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_MEMORY_ENGINE_H_
