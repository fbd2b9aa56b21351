// The engine behind EventStore::Open(): a store in a folder, in RocksDB.
//
// It puts the parts together and holds no logic of its own: the committer
// writes, the deriver indexes, the sources read. Life of an append:
// store/README.md.

#ifndef DAYBOOK_STORE_ROCKS_ENGINE_H_
#define DAYBOOK_STORE_ROCKS_ENGINE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/store/event_store.h"
#include "store/committer.h"
#include "store/deriver.h"
#include "store/head_keeper.h"
#include "store/head_watch.h"
#include "store/log_writer.h"
#include "store/mutex.h"
#include "store/open_store.h"
#include "store/producer_registry.h"
#include "store/schema_registry.h"
#include "store/store_core.h"
#include "store/subscriptions.h"

namespace daybook {

class RocksEngine final : public EventStore {
 public:
  // `heads`: null for a store without an audit tree.
  RocksEngine(OpenedStore opened, std::unique_ptr<HeadKeeper> heads);
  // Reads what appends are judged by. Once, before the first of them.
  void LoadProducers();
  ~RocksEngine() override;

  using EventStore::Append;
  absl::StatusOr<AppendResult> Append(const AppendRequest& request,
                                      const AppendOptions& options) override;
  void AppendAsync(const AppendRequest& request, AppendDone done,
                   const AppendOptions& options) override;
  absl::StatusOr<AppendResult> FindAppend(std::string_view key) override;
  absl::StatusOr<AppendResult> Restore(const AppendRequest& request,
                                       absl::Time recorded_at,
                                       std::string_view fingerprint) override;
  absl::StatusOr<ExportedAppend> ExportAppend(Position first) override;

  absl::StatusOr<AppendResult> SetStreamMetadata(
      std::string_view stream, const StreamMetadata& metadata,
      ExpectedRevision expected) override;
  absl::StatusOr<AppendResult> DeleteStream(std::string_view stream,
                                            ExpectedRevision expected) override;
  absl::StatusOr<AppendResult> TombstoneStream(
      std::string_view stream, ExpectedRevision expected) override;
  absl::StatusOr<AppendResult> RecordOperation(
      const Operation& operation) override;
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
  StoreStatus Status() override;
  absl::Status Close(absl::Duration grace) override;

 private:
  // Judges where the subject stands and makes the event that says it.
  using MakeEvent =
      std::function<absl::StatusOr<NewEvent>(const StreamState& subject)>;

  // What works while the store is open. Each call holds it, so that Close()
  // can let go of it while others are still returning.
  struct Running {
    std::shared_ptr<StoreCore> core;
    std::unique_ptr<Deriver> deriver;
    std::shared_ptr<LogWriter> writer;
    // Null: without an audit tree.
    std::unique_ptr<HeadKeeper> heads;
    // A head is being made since so many events came.
    std::atomic<bool> making_head = false;
    std::unique_ptr<Committer> committer;
  };

  // Errors: kUnavailable once closed.
  absl::StatusOr<std::shared_ptr<Running>> Use() const;
  static absl::StatusOr<AppendResult> Commit(
      Running& running, const std::shared_ptr<PendingAppend>& pending,
      absl::Duration queue_timeout);
  // As Append, for events of system streams.
  absl::StatusOr<AppendResult> AppendToSystem(const AppendRequest& request);
  // Appends the event that `make` gives to system stream `stream`, about
  // `subject` if that is not empty.
  absl::StatusOr<AppendResult> AppendSystemEvent(std::string_view stream,
                                                 std::string_view subject,
                                                 MakeEvent make);
  // The first event of `range` with this id, if any.
  absl::StatusOr<std::optional<Event>> ScanForId(const EventId& id,
                                                 const ReadLogOptions& range);

  static StoreStatus StatusOf(const Running& running);

  // Syncs now and then, as the durability asks; the task holds what it needs
  // and may outlive the store in its executor.
  static void SyncLater(std::weak_ptr<Running> weak);
  // Makes heads of the audit tree at their interval, likewise.
  static void MakeHeadLater(std::weak_ptr<Running> weak);
  // Makes one soon if so many events came since the last.
  static void MakeHeadIfDue(const std::shared_ptr<Running>& running);

  const std::shared_ptr<HeadWatch> watch_ = std::make_shared<HeadWatch>();
  const std::shared_ptr<HeadWatch> durable_watch_ =
      std::make_shared<HeadWatch>();
  Subscriptions subscriptions_;
  SchemaRegistry schemas_;
  ProducerRegistry producers_;
  mutable Mutex mutex_;
  // Null once closed.
  std::shared_ptr<Running> running_ ABSL_GUARDED_BY(mutex_);
  // The same, for as long as something of it still runs.
  std::weak_ptr<Running> last_running_ ABSL_GUARDED_BY(mutex_);
  // What Status() said last, for after.
  StoreStatus last_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROCKS_ENGINE_H_
