// InterceptedStore is a store whose calls a test can make fail: appends before
// they reach it or after, like a reply that is lost on its way; reads, rows and
// subscriptions before.

#ifndef DAYBOOK_TESTS_TESTING_INTERCEPTED_STORE_H_
#define DAYBOOK_TESTS_TESTING_INTERCEPTED_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/store/event_store.h"

namespace daybook::testing {

// Hands every call to `store`, which must outlive it.
class InterceptedStore final : public EventStore {
 public:
  explicit InterceptedStore(EventStore& store) : store_(store) {}

  // Called with each append; what it returns stands in for it.
  std::function<absl::StatusOr<AppendResult>(EventStore& store,
                                             const AppendRequest& request)>
      on_append;
  // Takes each append whose end is told later.
  std::function<void(AppendDone done)> on_append_async;
  // Called before each of these calls; an error stands in for it. Must be
  // thread-safe where several threads use the store.
  using Before = std::function<absl::Status()>;
  Before before_tell_of_subscriptions;
  Before before_read_event;
  Before before_read_log;
  Before before_read_rows;
  Before before_write_rows;
  std::function<absl::Status(std::string_view stream)> before_read_stream;
  // Called with each subscription that was made; what it returns is handed out.
  std::function<absl::StatusOr<std::unique_ptr<Subscription>>(
      std::unique_ptr<Subscription> subscription)>
      on_subscribe;

  using EventStore::Append;
  absl::StatusOr<AppendResult> Append(const AppendRequest& request,
                                      const AppendOptions& options) override {
    return on_append ? on_append(store_, request)
                     : store_.Append(request, options);
  }
  void AppendAsync(const AppendRequest& request, AppendDone done,
                   const AppendOptions& options) override {
    if (on_append_async) return on_append_async(std::move(done));
    store_.AppendAsync(request, std::move(done), options);
  }
  absl::StatusOr<AppendResult> FindAppend(std::string_view key) override {
    return store_.FindAppend(key);
  }
  absl::StatusOr<AppendResult> SetStreamMetadata(
      std::string_view stream, const StreamMetadata& metadata,
      ExpectedRevision expected) override {
    return store_.SetStreamMetadata(stream, metadata, expected);
  }
  absl::StatusOr<AppendResult> DeleteStream(
      std::string_view stream, ExpectedRevision expected) override {
    return store_.DeleteStream(stream, expected);
  }
  absl::StatusOr<AppendResult> TombstoneStream(
      std::string_view stream, ExpectedRevision expected) override {
    return store_.TombstoneStream(stream, expected);
  }
  absl::StatusOr<AppendResult> AddProducer(const audit::VerifierKey& key,
                                           std::string_view origin) override {
    return store_.AddProducer(key, origin);
  }
  absl::StatusOr<AppendResult> RevokeProducer(
      std::string_view key_name, uint32_t key_id,
      std::string_view reason) override {
    return store_.RevokeProducer(key_name, key_id, reason);
  }
  absl::StatusOr<AppendResult> SetProducerPolicy(
      std::string_view prefix, ProducerPolicy policy) override {
    return store_.SetProducerPolicy(prefix, policy);
  }
  absl::StatusOr<Producers> ReadProducers(
      std::optional<Position> position) override {
    return store_.ReadProducers(position);
  }
  absl::StatusOr<StreamInfo> GetStream(std::string_view stream) override {
    return store_.GetStream(stream);
  }
  absl::StatusOr<StreamCursor> ListStreams(
      const ListStreamsOptions& options) override {
    return store_.ListStreams(options);
  }
  absl::StatusOr<SchemaHash> RegisterSchema(const Schema& schema) override {
    return store_.RegisterSchema(schema);
  }
  absl::StatusOr<RegisteredSchema> FindSchema(SchemaHash hash) override {
    return store_.FindSchema(hash);
  }
  absl::StatusOr<std::vector<RegisteredSchema>> ListSchemas() override {
    return store_.ListSchemas();
  }
  absl::StatusOr<EventCursor> ReadStream(
      std::string_view stream, const ReadStreamOptions& options) override {
    if (before_read_stream) {
      absl::Status status = before_read_stream(stream);
      if (!status.ok()) return status;
    }
    return store_.ReadStream(stream, options);
  }
  absl::StatusOr<EventCursor> ReadLog(const ReadLogOptions& options) override {
    absl::Status status = Run(before_read_log);
    if (!status.ok()) return status;
    return store_.ReadLog(options);
  }
  absl::StatusOr<EventCursor> ReadQuery(
      const Query& query, const ReadLogOptions& options) override {
    return store_.ReadQuery(query, options);
  }
  absl::StatusOr<Event> ReadEvent(Position position) override {
    absl::Status status = Run(before_read_event);
    if (!status.ok()) return status;
    return store_.ReadEvent(position);
  }
  absl::StatusOr<Event> FindEvent(const EventId& id) override {
    return store_.FindEvent(id);
  }
  Position Head() override { return store_.Head(); }
  absl::Status WaitForEvent(Position position,
                            absl::Duration timeout) override {
    return store_.WaitForEvent(position, timeout);
  }
  Position DurableHead() override { return store_.DurableHead(); }
  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options) override {
    auto subscription = store_.Subscribe(options);
    if (!subscription.ok() || !on_subscribe) return subscription;
    return on_subscribe(*std::move(subscription));
  }
  absl::Status WaitHandled(std::string_view name, Position position,
                           absl::Duration timeout) override {
    return store_.WaitHandled(name, position, timeout);
  }
  absl::StatusOr<std::vector<SubscriptionInfo>> ListSubscriptions() override {
    absl::Status status = Run(before_tell_of_subscriptions);
    if (!status.ok()) return status;
    return store_.ListSubscriptions();
  }
  absl::StatusOr<SubscriptionInfo> GetSubscription(
      std::string_view name) override {
    absl::Status status = Run(before_tell_of_subscriptions);
    if (!status.ok()) return status;
    return store_.GetSubscription(name);
  }
  absl::Status ResetSubscription(std::string_view name,
                                 Position position) override {
    return store_.ResetSubscription(name, position);
  }
  absl::Status DeleteSubscription(std::string_view name) override {
    return store_.DeleteSubscription(name);
  }
  absl::StatusOr<std::unique_ptr<RowReader>> ReadRows() override {
    absl::Status status = Run(before_read_rows);
    if (!status.ok()) return status;
    return store_.ReadRows();
  }
  absl::Status WriteRows(const RowBatch& batch) override {
    absl::Status status = Run(before_write_rows);
    if (!status.ok()) return status;
    return store_.WriteRows(batch);
  }
  absl::StatusOr<std::unique_ptr<RowLoader>> LoadRows() override {
    return store_.LoadRows();
  }
  absl::Status Attach(
      std::shared_ptr<AppendParticipant> participant,
      absl::FunctionRef<absl::Status(Position head)> catch_up) override {
    return store_.Attach(std::move(participant), catch_up);
  }
  void Detach(const AppendParticipant* participant) override {
    store_.Detach(participant);
  }
  absl::StatusOr<TreeState> Tree() override { return store_.Tree(); }
  absl::StatusOr<std::unique_ptr<TreeReader>> ReadTree() override {
    return store_.ReadTree();
  }
  absl::StatusOr<TreeState> CheckTree(Position from, Position to) override {
    return store_.CheckTree(from, to);
  }
  absl::StatusOr<KeptTreeHead> MakeTreeHead() override {
    return store_.MakeTreeHead();
  }
  absl::StatusOr<std::vector<KeptTreeHead>> TreeHeads() override {
    return store_.TreeHeads();
  }
  absl::Status Branch(const std::string& folder) override {
    return store_.Branch(folder);
  }
  absl::StatusOr<CreatedBackup> Backup(const std::string& folder,
                                       const BackupOptions& options) override {
    return store_.Backup(folder, options);
  }
  absl::Status Sync() override { return store_.Sync(); }
  absl::Status WaitForIndexes(absl::Duration timeout) override {
    return store_.WaitForIndexes(timeout);
  }
  absl::StatusOr<AppendResult> RecordOperation(
      const Operation& operation) override {
    return store_.RecordOperation(operation);
  }
  absl::StatusOr<AppendResult> Restore(const AppendRequest& request,
                                       absl::Time recorded_at,
                                       std::string_view fingerprint) override {
    return store_.Restore(request, recorded_at, fingerprint);
  }
  absl::StatusOr<ExportedAppend> ExportAppend(Position first) override {
    return store_.ExportAppend(first);
  }
  StoreStatus Status() override { return store_.Status(); }
  absl::Status Close(absl::Duration grace) override {
    return store_.Close(grace);
  }

 private:
  static absl::Status Run(const Before& before) {
    return before ? before() : absl::OkStatus();
  }

  EventStore& store_;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_INTERCEPTED_STORE_H_
