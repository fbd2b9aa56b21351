#include "server/remote_engine.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "daybook/store/runtime.h"
#include "server/remote_read.h"
#include "server/remote_rows.h"
#include "server/remote_subscription.h"
#include "server/remote_tree.h"
#include "server/wire.h"
#include "server/wire_events.h"
#include "server/wire_info.h"
#include "server/wire_status.h"
#include "store/errors_internal.h"
#include "store/expected_revision.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"

namespace daybook {
namespace {

using Stub = v1::StoreService::Stub;

constexpr absl::Duration kDestructorGrace = absl::Seconds(10);
// How long Close() waits to know where the log ends.
constexpr absl::Duration kLastLookTimeout = absl::Seconds(1);

absl::Status TooLargeError(std::string_view what, size_t bytes, size_t limit) {
  return absl::InvalidArgumentError(absl::StrCat(
      ToAbsl(what), " is ", bytes, " bytes, the limit is ", limit));
}

// What can be told here.
absl::Status CheckAppend(const AppendRequest& request) {
  if (request.events.empty()) {
    return absl::InvalidArgumentError("nothing to append");
  }
  return absl::OkStatus();
}

// Makes `*number` at least `value`.
void Raise(uint64_t value, std::atomic<uint64_t>* number) {
  uint64_t known = *number;
  while (known < value && !number->compare_exchange_weak(known, value)) {
  }
}

std::string Absolute(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(folder, error);
  return error ? folder : path.string();
}

absl::StatusOr<Event> TheEvent(v1::EventBatch batch) {
  wire::EventList list;
  DAYBOOK_RETURN_IF_ERROR(list.Parse(std::move(*batch.mutable_events())));
  if (list.events().size() != 1) {
    return absl::InternalError("the server sent no event");
  }
  return list.events().front().ToEvent();
}

v1::ReadRequest ToRequest(const ReadLogOptions& options) {
  v1::ReadRequest request;
  v1::ReadRequest::Log& log = *request.mutable_log();
  if (options.from.has_value()) log.set_from(options.from->value());
  if (options.to.has_value()) log.set_to(options.to->value());
  if (options.from_time.has_value()) {
    // Events are recorded at whole microseconds: the first one not before.
    const int64_t micros = wire::ToMicros(*options.from_time);
    const bool is_between = wire::ToTime(micros) < *options.from_time;
    log.set_from_time(is_between ? micros + 1 : micros);
  }
  if (options.to_time.has_value()) {
    log.set_to_time(wire::ToMicros(*options.to_time));
  }
  request.set_backward(options.direction == Direction::kBackward);
  if (options.limit != kNoLimit) request.set_limit(options.limit);
  return request;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventStore>> RemoteStore::Connect(
    const std::string& folder, const RemoteOptions& options) {
  auto connector = std::make_shared<Connector>(folder, options);
  DAYBOOK_RETURN_IF_ERROR(connector->Use().status());
  return std::make_unique<RemoteEngine>(std::move(connector));
}

bool RemoteStore::Is(const EventStore& store) {
  return dynamic_cast<const RemoteEngine*>(&store) != nullptr;
}

RemoteEngine::~RemoteEngine() { Close(kDestructorGrace).IgnoreError(); }

absl::StatusOr<AppendResult> RemoteEngine::Appended(
    const absl::StatusOr<v1::AppendResult>& reply) {
  DAYBOOK_RETURN_IF_ERROR(reply.status());
  AppendResult result = wire::FromMessage(*reply);
  RaiseHead(result.last_position.Next());
  return result;
}

// --- Appends

absl::StatusOr<std::shared_ptr<RemoteAppender>> RemoteEngine::UseAppender() {
  // Asked first: a connection that broke is replaced there.
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector_->Use());
  MutexLock lock(&mutex_);
  // Close() waits for those it finds here.
  if (connector_->is_closed()) {
    return absl::UnavailableError("the store is closed");
  }
  if (appender_ == nullptr || appender_->is_broken()) {
    std::erase_if(replaced_, [](const std::shared_ptr<RemoteAppender>& old) {
      return old->is_over();
    });
    if (appender_ != nullptr) {
      appender_->Cancel();
      replaced_.push_back(std::move(appender_));
    }
    appender_ =
        RemoteAppender::Start(std::move(connection), connector_->options());
  }
  return appender_;
}

void RemoteEngine::AppendAsync(const AppendRequest& request, AppendDone done,
                               const AppendOptions& options) {
  const absl::StatusOr<std::shared_ptr<RemoteAppender>> appender =
      UseAppender();
  absl::Status refused = appender.status();
  if (refused.ok()) refused = CheckAppend(request);
  v1::AppendCall call;
  if (refused.ok()) {
    wire::ToMessage(request, call.mutable_request());
    call.set_queue_timeout(wire::ToMicros(options.queue_timeout));
  }
  if (!refused.ok()) {
    std::move(done)(Refused(std::move(refused)));
    return;
  }
  (*appender)->Add(std::move(call), options.queue_timeout,
                   [this, done = std::move(done)](
                       absl::StatusOr<AppendResult> result) mutable {
                     if (result.ok()) RaiseHead(result->last_position.Next());
                     std::move(done)(std::move(result));
                   });
}

absl::StatusOr<AppendResult> RemoteEngine::Append(
    const AppendRequest& request, const AppendOptions& options) {
  Mutex mutex;
  CondVar changed;
  std::optional<absl::StatusOr<AppendResult>> result;
  AppendAsync(
      request,
      [&](absl::StatusOr<AppendResult> given) {
        MutexLock lock(&mutex);
        result = std::move(given);
        changed.Signal();
      },
      options);
  MutexLock lock(&mutex);
  while (!result.has_value()) changed.Wait(&mutex);
  return *std::move(result);
}

absl::StatusOr<AppendResult> RemoteEngine::FindAppend(std::string_view key) {
  v1::FindAppendRequest request;
  request.set_key(std::string(key));
  v1::AppendResult reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::FindAppend, request, &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<AppendResult> RemoteEngine::SetStreamMetadata(
    std::string_view stream, const StreamMetadata& metadata,
    ExpectedRevision expected) {
  v1::SetStreamMetadataRequest request;
  request.set_stream(std::string(stream));
  wire::ToMessage(metadata, request.mutable_metadata());
  *request.mutable_expected() = RevisionMessage(expected);
  return Appended(calls_.Append(&Stub::SetStreamMetadata, request));
}

absl::StatusOr<AppendResult> RemoteEngine::DeleteStream(
    std::string_view stream, ExpectedRevision expected) {
  v1::DeleteStreamRequest request;
  request.set_stream(std::string(stream));
  *request.mutable_expected() = RevisionMessage(expected);
  return Appended(calls_.Append(&Stub::DeleteStream, request));
}

absl::StatusOr<AppendResult> RemoteEngine::TombstoneStream(
    std::string_view stream, ExpectedRevision expected) {
  v1::DeleteStreamRequest request;
  request.set_stream(std::string(stream));
  *request.mutable_expected() = RevisionMessage(expected);
  request.set_tombstone(true);
  return Appended(calls_.Append(&Stub::DeleteStream, request));
}

absl::StatusOr<AppendResult> RemoteEngine::RecordOperation(
    const Operation& operation) {
  v1::RecordOperationRequest request;
  wire::ToMessage(operation, &request);
  return Appended(calls_.Append(&Stub::RecordOperation, request));
}

absl::StatusOr<AppendResult> RemoteEngine::Restore(
    const AppendRequest& request, absl::Time recorded_at,
    std::string_view fingerprint) {
  v1::RestoreRequest message;
  wire::ToMessage(request, message.mutable_request());
  message.set_recorded_at(wire::ToMicros(recorded_at));
  message.set_fingerprint(std::string(fingerprint));
  return Appended(calls_.Append(&Stub::Restore, message));
}

absl::StatusOr<EventStore::ExportedAppend> RemoteEngine::ExportAppend(
    Position first) {
  v1::ExportAppendRequest request;
  request.set_first_position(first.value());
  v1::ExportAppendReply reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::ExportAppend, request, &reply));
  return ExportedAppend{reply.key(), reply.fingerprint(), reply.result()};
}

// --- Streams and schemas

absl::StatusOr<StreamInfo> RemoteEngine::GetStream(std::string_view stream) {
  v1::GetStreamRequest request;
  request.set_stream(std::string(stream));
  v1::StreamInfo reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::GetStream, request, &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<StreamCursor> RemoteEngine::ListStreams(
    const ListStreamsOptions& options) {
  return ListRemote(*connector_, options);
}

absl::StatusOr<SchemaHash> RemoteEngine::RegisterSchema(const Schema& schema) {
  v1::RegisterSchemaRequest request;
  wire::ToMessage(schema, request.mutable_schema());
  v1::RegisterSchemaReply reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::RegisterSchema, request, &reply));
  return SchemaHash(reply.hash());
}

absl::StatusOr<RegisteredSchema> RemoteEngine::FindSchema(SchemaHash hash) {
  v1::FindSchemaRequest request;
  request.set_hash(hash.value());
  v1::RegisteredSchema reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::FindSchema, request, &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<std::vector<RegisteredSchema>> RemoteEngine::ListSchemas() {
  return ReadAll<RegisteredSchema, v1::RegisteredSchema>(
      *connector_, &Stub::ListSchemas, v1::ListSchemasRequest());
}

// --- Producers

absl::StatusOr<AppendResult> RemoteEngine::AddProducer(
    const audit::VerifierKey& key, std::string_view origin) {
  v1::AddProducerRequest request;
  request.set_key(key.ToString());
  request.set_origin(std::string(origin));
  return Appended(calls_.Append(&Stub::AddProducer, request));
}

absl::StatusOr<AppendResult> RemoteEngine::RevokeProducer(
    std::string_view key_name, uint32_t key_id, std::string_view reason) {
  v1::RevokeProducerRequest request;
  request.set_key_name(std::string(key_name));
  request.set_key_id(key_id);
  request.set_reason(std::string(reason));
  return Appended(calls_.Append(&Stub::RevokeProducer, request));
}

absl::StatusOr<AppendResult> RemoteEngine::SetProducerPolicy(
    std::string_view prefix, ProducerPolicy policy) {
  using Message = v1::SetProducerPolicyRequest;
  Message request;
  request.set_prefix(std::string(prefix));
  switch (policy) {
    case ProducerPolicy::kAccept:
      request.set_policy(Message::POLICY_ACCEPT);
      break;
    case ProducerPolicy::kRequire:
      request.set_policy(Message::POLICY_REQUIRE);
      break;
    case ProducerPolicy::kIgnore:
      request.set_policy(Message::POLICY_IGNORE);
      break;
  }
  return Appended(calls_.Append(&Stub::SetProducerPolicy, request));
}

absl::StatusOr<Producers> RemoteEngine::ReadProducers(
    std::optional<Position> position) {
  Producers producers;
  absl::StatusOr<EventCursor> cursor = ReadStream(kProducersStream, {});
  if (absl::IsNotFound(cursor.status())) return producers;
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  for (const EventView& event : *cursor) {
    if (position.has_value() && event.position >= *position) break;
    const absl::Status applied = producers.Apply(event);
    if (applied.ok()) continue;
    return DamageError(event.position, std::string(applied.message()));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return producers;
}

// --- Read

absl::StatusOr<EventCursor> RemoteEngine::ReadStream(
    std::string_view stream, const ReadStreamOptions& options) {
  v1::ReadRequest request;
  v1::ReadRequest::Stream& asked = *request.mutable_stream();
  asked.set_stream(std::string(stream));
  if (options.from.has_value()) asked.set_from(options.from->value());
  if (options.to.has_value()) asked.set_to(options.to->value());
  request.set_backward(options.direction == Direction::kBackward);
  if (options.limit != kNoLimit) request.set_limit(options.limit);
  return ReadRemote(*connector_, request);
}

absl::StatusOr<EventCursor> RemoteEngine::ReadLog(
    const ReadLogOptions& options) {
  return ReadRemote(*connector_, ToRequest(options));
}

absl::StatusOr<EventCursor> RemoteEngine::ReadQuery(
    const Query& query, const ReadLogOptions& options) {
  v1::ReadRequest request = ToRequest(options);
  wire::ToMessage(query, request.mutable_log()->mutable_query());
  return ReadRemote(*connector_, request);
}

absl::StatusOr<Event> RemoteEngine::ReadEvent(Position position) {
  v1::ReadEventRequest request;
  request.set_position(position.value());
  v1::EventBatch reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::ReadEvent, request, &reply));
  return TheEvent(std::move(reply));
}

absl::StatusOr<Event> RemoteEngine::FindEvent(const EventId& id) {
  v1::FindEventRequest request;
  request.set_id(std::string(wire::BytesOf(id)));
  v1::EventBatch reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::FindEvent, request, &reply));
  return TheEvent(std::move(reply));
}

void RemoteEngine::RaiseHead(Position head) { Raise(head.value(), &head_); }

void RemoteEngine::RaiseHeads(const v1::HelloReply& reply) {
  // Answers may come in another order than they were given in.
  Raise(reply.head(), &head_);
  Raise(reply.durable_head(), &durable_head_);
}

void RemoteEngine::LookAtHeads() {
  v1::HelloReply reply;
  if (calls_.Call(&Stub::Hello, wire::HelloRequest(), &reply).ok())
    RaiseHeads(reply);
}

Position RemoteEngine::Head() {
  LookAtHeads();
  return Position(head_);
}

Position RemoteEngine::DurableHead() {
  LookAtHeads();
  return Position(durable_head_);
}

absl::Status RemoteEngine::WaitForEvent(Position position,
                                        absl::Duration timeout) {
  v1::WaitForEventRequest request;
  request.set_position(position.value());
  request.set_timeout(wire::ToMicros(timeout));
  return calls_.Wait(&Stub::WaitForEvent, request);
}

// --- Subscriptions

absl::StatusOr<std::unique_ptr<Subscription>> RemoteEngine::Subscribe(
    const SubscribeOptions& options) {
  return RemoteSubscription::Start(connector_, options);
}

absl::Status RemoteEngine::WaitHandled(std::string_view name, Position position,
                                       absl::Duration timeout) {
  v1::WaitHandledRequest request;
  request.set_name(std::string(name));
  request.set_position(position.value());
  request.set_timeout(wire::ToMicros(timeout));
  return calls_.Wait(&Stub::WaitHandled, request);
}

absl::StatusOr<std::vector<SubscriptionInfo>>
RemoteEngine::ListSubscriptions() {
  return ReadAll<SubscriptionInfo, v1::SubscriptionInfo>(
      *connector_, &Stub::ListSubscriptions, v1::ListSubscriptionsRequest());
}

absl::StatusOr<SubscriptionInfo> RemoteEngine::GetSubscription(
    std::string_view name) {
  v1::SubscriptionName request;
  request.set_name(std::string(name));
  v1::SubscriptionInfo reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::GetSubscription, request, &reply));
  return wire::FromMessage(reply);
}

absl::Status RemoteEngine::ResetSubscription(std::string_view name,
                                             Position position) {
  v1::ResetSubscriptionRequest request;
  request.set_name(std::string(name));
  request.set_position(position.value());
  v1::Done reply;
  return calls_.Call(&Stub::ResetSubscription, request, &reply);
}

absl::Status RemoteEngine::DeleteSubscription(std::string_view name) {
  v1::SubscriptionName request;
  request.set_name(std::string(name));
  v1::Done reply;
  return calls_.Call(&Stub::DeleteSubscription, request, &reply);
}

// --- Rows

absl::StatusOr<std::unique_ptr<RowReader>> RemoteEngine::ReadRows() {
  return ReadRemoteRows(*connector_);
}

absl::Status RemoteEngine::WriteRows(const RowBatch& batch) {
  using Change = v1::WriteRowsRequest::Change;
  if (batch.bytes() > kRowBatchBytesMax) {
    return TooLargeError("the batch of rows", batch.bytes(), kRowBatchBytesMax);
  }
  v1::WriteRowsRequest request;
  for (const RowBatch::Change& change : batch.changes()) {
    Change& added = *request.add_changes();
    switch (change.kind) {
      case RowBatch::Kind::kPut:
        added.set_kind(Change::KIND_PUT);
        break;
      case RowBatch::Kind::kDelete:
        added.set_kind(Change::KIND_DELETE);
        break;
      case RowBatch::Kind::kDeleteRange:
        added.set_kind(Change::KIND_DELETE_RANGE);
        break;
    }
    added.set_key(change.key);
    added.set_value(change.value);
  }
  v1::Done reply;
  return calls_.Call(&Stub::WriteRows, request, &reply);
}

absl::StatusOr<std::unique_ptr<RowLoader>> RemoteEngine::LoadRows() {
  return LoadRemoteRows(*connector_);
}

absl::Status RemoteEngine::Attach(
    std::shared_ptr<AppendParticipant> /*participant*/,
    absl::FunctionRef<absl::Status(Position head)> /*catch_up*/) {
  if (connector_->is_closed()) {
    return absl::UnavailableError("the store is closed");
  }
  return absl::UnimplementedError(
      "another process holds the store: what takes part in its appends, such "
      "as an inline view, must run there");
}

// --- Audit

absl::StatusOr<TreeState> RemoteEngine::Tree() {
  v1::TreeState reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::Tree, v1::TreeRequest(), &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<std::unique_ptr<TreeReader>> RemoteEngine::ReadTree() {
  return ReadRemoteTree(*connector_);
}

absl::StatusOr<TreeState> RemoteEngine::CheckTree(Position from, Position to) {
  v1::CheckTreeRequest request;
  request.set_from(from.value());
  request.set_to(to.value());
  v1::TreeState reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::CheckTree, request, &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<KeptTreeHead> RemoteEngine::MakeTreeHead() {
  v1::KeptTreeHead reply;
  DAYBOOK_RETURN_IF_ERROR(
      calls_.Call(&Stub::MakeTreeHead, v1::MakeTreeHeadRequest(), &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<std::vector<KeptTreeHead>> RemoteEngine::TreeHeads() {
  return ReadAll<KeptTreeHead, v1::KeptTreeHead>(*connector_, &Stub::TreeHeads,
                                                 v1::TreeHeadsRequest());
}

// --- Keeping house

absl::Status RemoteEngine::Branch(const std::string& folder) {
  v1::BranchRequest request;
  request.set_folder(Absolute(folder));
  v1::Done reply;
  return calls_.Call(&Stub::Branch, request, &reply);
}

absl::StatusOr<CreatedBackup> RemoteEngine::Backup(
    const std::string& folder, const BackupOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector_->Use());
  v1::BackupRequest request;
  request.set_folder(Absolute(folder));
  ReplyReader<v1::BackupReply> reader(*connector_, std::move(connection));
  reader.Start(&Stub::Backup, request);
  v1::BackupReply reply;
  while (reader.Next(&reply)) {
    if (reply.has_created()) return wire::FromMessage(reply.created());
    if (options.progress != nullptr &&
        !options.progress(reply.progress().done(), reply.progress().total())) {
      return absl::CancelledError("the backup was cancelled");
    }
  }
  DAYBOOK_RETURN_IF_ERROR(reader.status());
  return absl::InternalError("the server did not say what it made");
}

absl::Status RemoteEngine::Sync() {
  v1::Done reply;
  return calls_.Call(&Stub::Sync, v1::SyncRequest(), &reply);
}

absl::Status RemoteEngine::WaitForIndexes(absl::Duration timeout) {
  v1::WaitForIndexesRequest request;
  request.set_timeout(wire::ToMicros(timeout));
  return calls_.Wait(&Stub::WaitForIndexes, request);
}

StoreStatus RemoteEngine::Status() {
  v1::StoreStatus reply;
  StoreStatus status;
  if (const absl::Status called =
          calls_.Call(&Stub::Status, v1::StatusRequest(), &reply);
      called.ok()) {
    status = wire::FromMessage(reply);
  } else {
    status.health = called;
    status.head = Position(head_);
    status.durable_head = Position(durable_head_);
  }
  // As this process names it.
  status.path = connector_->folder();
  return status;
}

absl::Status RemoteEngine::Close(absl::Duration grace) {
  const absl::Duration deadline = Clock::System()->Monotonic() + grace;
  const auto left = [deadline] {
    return deadline - Clock::System()->Monotonic();
  };
  const std::shared_ptr<Connection> connection = connector_->Current();
  // First: nobody begins anything any more.
  connector_->Close(deadline);
  calls_.CancelWaits();
  std::vector<std::shared_ptr<RemoteAppender>> appenders;
  {
    MutexLock lock(&mutex_);
    appenders.swap(replaced_);
    if (appender_ != nullptr) appenders.push_back(std::move(appender_));
    appender_ = nullptr;
  }
  // For those who ask afterwards.
  if (connection != nullptr) {
    grpc::ClientContext context;
    context.set_deadline(
        std::chrono::system_clock::now() +
        absl::ToChronoMicroseconds(std::min(left(), kLastLookTimeout)));
    v1::HelloReply reply;
    if (connection->stub().Hello(&context, wire::HelloRequest(), &reply).ok()) {
      RaiseHeads(reply);
    }
  }
  for (const auto& appender : appenders) appender->Stop(left());
  if (connector_->open().AwaitNone(left())) {
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError("cursors are still open");
}

}  // namespace daybook
