// EventStore over a connection to the process that holds it.
//
// One class in several files: remote_engine.cc has its beginning and end, rows,
// the audit tree and what keeps house, remote_engine_appends.cc what appends,
// remote_engine_reads.cc what reads events.

#ifndef DAYBOOK_SERVER_REMOTE_ENGINE_H_
#define DAYBOOK_SERVER_REMOTE_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "daybook/server/remote_store.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"
#include "server/connection.h"
#include "server/remote_appender.h"
#include "server/remote_calls.h"
#include "store/mutex.h"

namespace daybook {

class RemoteEngine final : public EventStore {
 public:
  explicit RemoteEngine(std::shared_ptr<Connector> connector)
      : connector_(std::move(connector)), calls_(*connector_) {}
  ~RemoteEngine() override;

  const std::shared_ptr<Connector>& connector() const { return connector_; }

  absl::StatusOr<AppendResult> Append(const AppendRequest& request,
                                      const AppendOptions& options) override;
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
  void Detach(const AppendParticipant* /*participant*/) override {}
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

 private:
  // Takes note of where the log ends.
  absl::StatusOr<AppendResult> Appended(
      const absl::StatusOr<v1::AppendResult>& reply);
  absl::StatusOr<std::shared_ptr<RemoteAppender>> UseAppender();
  // Asks for the heads.
  void LookAtHeads();
  void RaiseHeads(const v1::HelloReply& reply);
  void RaiseHead(Position head);

  const std::shared_ptr<Connector> connector_;
  RemoteCalls calls_;
  std::atomic<uint64_t> head_ = 0;
  std::atomic<uint64_t> durable_head_ = 0;

  // Of the appenders: outlives them. Null where no thread was to be had.
  const std::unique_ptr<Executor> writer_ = Executor::Threads(1);

  Mutex mutex_;
  std::shared_ptr<RemoteAppender> appender_ ABSL_GUARDED_BY(mutex_);
  // Those before it that still have to call back.
  std::vector<std::shared_ptr<RemoteAppender>> replaced_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_ENGINE_H_
