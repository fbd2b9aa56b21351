#include "server/service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/version.h"
#include "daybook/v1/service.grpc.pb.h"
#include "server/append_call.h"
#include "server/append_many_call.h"
#include "server/backup_call.h"
#include "server/calls.h"
#include "server/list_call.h"
#include "server/served_read.h"
#include "server/sessions.h"
#include "server/subscribe_call.h"
#include "server/wire.h"
#include "server/wire_info.h"
#include "server/wire_kept_event.h"
#include "server/wire_status.h"
#include "store/errors_internal.h"
#include "store/expected_revision.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor;
template <typename Reply>
using Streaming = grpc::ServerWriteReactor<Reply>;
template <typename Request, typename Reply>
using Bidirectional = grpc::ServerBidiReactor<Request, Reply>;

// Of what a list has.
constexpr size_t kBatchBytesMax = 256 << 10;

// What a call gives, into its reply.
template <typename Value, typename Reply>
absl::Status Give(const absl::StatusOr<Value>& value, Reply* reply) {
  if (value.ok()) wire::ToMessage(*value, reply);
  return value.status();
}
absl::Status GiveEvent(const absl::StatusOr<Event>& event,
                       v1::EventBatch* reply) {
  if (event.ok()) wire::AppendEvent(*event, reply->mutable_events());
  return event.status();
}

class Service final : public v1::StoreService::CallbackService {
 public:
  explicit Service(ServedStore& served)
      : served_(served), store_(served.store) {}

  Unary* Hello(Context* context, const v1::HelloRequest* request,
               v1::HelloReply* reply) override {
    return Run(context, [=, this] { return SayHello(*request, reply); });
  }

  Bidirectional<v1::Done, v1::Done>* Beat(Context* /*context*/) override {
    return new BeatCall();
  }

  // --- Appends

  Unary* Append(Context* /*context*/, const v1::AppendCall* request,
                v1::AppendResult* reply) override {
    return new AppendCall(served_, *request, reply);
  }
  Bidirectional<v1::AppendManyRequest, v1::AppendManyReply>* AppendMany(
      Context* /*context*/) override {
    return AppendManyCall::Start(served_);
  }
  Unary* FindAppend(Context* context, const v1::FindAppendRequest* request,
                    v1::AppendResult* reply) override {
    return Run(context, [=, this] {
      return Give(store_.FindAppend(request->key()), reply);
    });
  }
  Unary* SetStreamMetadata(Context* context,
                           const v1::SetStreamMetadataRequest* request,
                           v1::AppendResult* reply) override {
    return Run(context, [=, this] {
      return Give(store_.SetStreamMetadata(
                      request->stream(), wire::FromMessage(request->metadata()),
                      RevisionOf(request->expected())),
                  reply);
    });
  }
  Unary* DeleteStream(Context* context, const v1::DeleteStreamRequest* request,
                      v1::AppendResult* reply) override {
    return Run(context, [=, this] {
      const ExpectedRevision expected = RevisionOf(request->expected());
      return Give(request->tombstone()
                      ? store_.TombstoneStream(request->stream(), expected)
                      : store_.DeleteStream(request->stream(), expected),
                  reply);
    });
  }
  Unary* RecordOperation(Context* context,
                         const v1::RecordOperationRequest* request,
                         v1::AppendResult* reply) override {
    return Run(context, [=, this] {
      return Give(store_.RecordOperation(wire::FromMessage(*request)), reply);
    });
  }
  Unary* Restore(Context* context, const v1::RestoreRequest* request,
                 v1::AppendResult* reply) override {
    return Run(context, [=, this]() -> absl::Status {
      const absl::StatusOr<AppendRequest> append =
          wire::FromMessage(request->request());
      if (!append.ok()) return Refused(append.status());
      return Give(store_.Restore(*append, wire::ToTime(request->recorded_at()),
                                 request->fingerprint()),
                  reply);
    });
  }
  Unary* ExportAppend(Context* context, const v1::ExportAppendRequest* request,
                      v1::ExportAppendReply* reply) override {
    return Run(context, [=, this]() -> absl::Status {
      DAYBOOK_ASSIGN_OR_RETURN(
          const EventStore::ExportedAppend exported,
          store_.ExportAppend(Position(request->first_position())));
      reply->set_key(exported.key);
      reply->set_fingerprint(exported.fingerprint);
      reply->set_result(exported.result);
      return absl::OkStatus();
    });
  }

  // --- Streams and schemas

  Unary* GetStream(Context* context, const v1::GetStreamRequest* request,
                   v1::StreamInfo* reply) override {
    return Run(context, [=, this] {
      return Give(store_.GetStream(request->stream()), reply);
    });
  }
  Streaming<v1::StreamInfoBatch>* ListStreams(
      Context* /*context*/, const v1::ListStreamsRequest* request) override {
    auto list = std::make_shared<std::optional<StreamCursor>>();
    return Stream<v1::StreamInfoBatch>(
        [=, this](v1::StreamInfoBatch* batch) -> absl::StatusOr<bool> {
          if (!list->has_value()) {
            DAYBOOK_ASSIGN_OR_RETURN(
                *list, store_.ListStreams(
                           {.prefix = request->prefix(),
                            .category = request->category(),
                            .include_system = request->include_system(),
                            .include_deleted = request->include_deleted()}));
            return true;
          }
          for (size_t bytes = 0; bytes < kBatchBytesMax && (*list)->Next();) {
            v1::StreamInfo& added = *batch->add_streams();
            wire::ToMessage((*list)->stream(), &added);
            bytes += added.ByteSizeLong();
          }
          if (batch->streams_size() > 0) return true;
          DAYBOOK_RETURN_IF_ERROR((*list)->status());
          return false;
        });
  }
  Unary* RegisterSchema(Context* context,
                        const v1::RegisterSchemaRequest* request,
                        v1::RegisterSchemaReply* reply) override {
    return Run(context, [=, this]() -> absl::Status {
      DAYBOOK_ASSIGN_OR_RETURN(
          const SchemaHash hash,
          store_.RegisterSchema(wire::FromMessage(request->schema())));
      reply->set_hash(hash.value());
      return absl::OkStatus();
    });
  }
  Unary* FindSchema(Context* context, const v1::FindSchemaRequest* request,
                    v1::RegisteredSchema* reply) override {
    return Run(context, [=, this] {
      return Give(store_.FindSchema(SchemaHash(request->hash())), reply);
    });
  }
  Streaming<v1::RegisteredSchema>* ListSchemas(
      Context* /*context*/,
      const v1::ListSchemasRequest* /*request*/) override {
    return ListCall<v1::RegisteredSchema, RegisteredSchema>(
        served_.workers(), [this] { return store_.ListSchemas(); });
  }

  // --- Producers

  Unary* AddProducer(Context* context, const v1::AddProducerRequest* request,
                     v1::AppendResult* reply) override {
    return Run(context, [=, this]() -> absl::Status {
      const absl::StatusOr<audit::VerifierKey> key =
          audit::VerifierKey::Parse(request->key());
      if (!key.ok()) return Refused(key.status());
      return Give(store_.AddProducer(*key, request->origin()), reply);
    });
  }
  Unary* RevokeProducer(Context* context,
                        const v1::RevokeProducerRequest* request,
                        v1::AppendResult* reply) override {
    return Run(context, [=, this] {
      return Give(store_.RevokeProducer(request->key_name(), request->key_id(),
                                        request->reason()),
                  reply);
    });
  }
  Unary* SetProducerPolicy(Context* context,
                           const v1::SetProducerPolicyRequest* request,
                           v1::AppendResult* reply) override {
    return Run(context, [=, this]() -> absl::Status {
      ProducerPolicy policy = ProducerPolicy::kAccept;
      switch (request->policy()) {
        case v1::SetProducerPolicyRequest::POLICY_ACCEPT:
          break;
        case v1::SetProducerPolicyRequest::POLICY_REQUIRE:
          policy = ProducerPolicy::kRequire;
          break;
        case v1::SetProducerPolicyRequest::POLICY_IGNORE:
          policy = ProducerPolicy::kIgnore;
          break;
        default:
          return Refused(absl::InvalidArgumentError("a policy that is none"));
      }
      return Give(store_.SetProducerPolicy(request->prefix(), policy), reply);
    });
  }

  // --- Read

  Streaming<v1::EventBatch>* Read(Context* /*context*/,
                                  const v1::ReadRequest* request) override {
    auto read = std::make_shared<ServedRead>(served_, *request);
    return Stream<v1::EventBatch>(
        [read](v1::EventBatch* batch) { return read->Produce(batch); });
  }
  Unary* ReadEvent(Context* context, const v1::ReadEventRequest* request,
                   v1::EventBatch* reply) override {
    return Run(context, [=, this] {
      return GiveEvent(store_.ReadEvent(Position(request->position())), reply);
    });
  }
  Unary* FindEvent(Context* context, const v1::FindEventRequest* request,
                   v1::EventBatch* reply) override {
    return RunSlow(context, [=, this]() -> absl::Status {
      const std::optional<EventId> id = wire::ToId(request->id());
      if (!id.has_value()) {
        return absl::InvalidArgumentError("an id is not of 16 bytes");
      }
      return GiveEvent(store_.FindEvent(*id), reply);
    });
  }
  Unary* WaitForEvent(Context* /*context*/,
                      const v1::WaitForEventRequest* request,
                      v1::Done* /*reply*/) override {
    return new WaitCall(
        served_.workers(), wire::ToDuration(request->timeout()), [=, this] {
          return store_.WaitForEvent(Position(request->position()),
                                     absl::ZeroDuration());
        });
  }

  // --- Subscriptions

  Bidirectional<v1::SubscribeRequest, v1::SubscribeReply>* Subscribe(
      Context* /*context*/) override {
    return SubscribeCall::Start(served_);
  }
  Unary* WaitHandled(Context* /*context*/,
                     const v1::WaitHandledRequest* request,
                     v1::Done* /*reply*/) override {
    return new WaitCall(
        served_.workers(), wire::ToDuration(request->timeout()), [=, this] {
          return store_.WaitHandled(request->name(),
                                    Position(request->position()),
                                    absl::ZeroDuration());
        });
  }
  Streaming<v1::SubscriptionInfo>* ListSubscriptions(
      Context* /*context*/,
      const v1::ListSubscriptionsRequest* /*request*/) override {
    return ListCall<v1::SubscriptionInfo, SubscriptionInfo>(
        served_.workers(), [this] { return store_.ListSubscriptions(); });
  }
  Unary* GetSubscription(Context* context, const v1::SubscriptionName* request,
                         v1::SubscriptionInfo* reply) override {
    return Run(context, [=, this] {
      return Give(store_.GetSubscription(request->name()), reply);
    });
  }
  Unary* ResetSubscription(Context* context,
                           const v1::ResetSubscriptionRequest* request,
                           v1::Done* /*reply*/) override {
    return Run(context, [=, this] {
      return store_.ResetSubscription(request->name(),
                                      Position(request->position()));
    });
  }
  Unary* DeleteSubscription(Context* context,
                            const v1::SubscriptionName* request,
                            v1::Done* /*reply*/) override {
    return Run(context, [=, this] {
      return store_.DeleteSubscription(request->name());
    });
  }

  // --- Rows

  Bidirectional<v1::ReadRowsRequest, v1::ReadRowsReply>* ReadRows(
      Context* /*context*/) override {
    return Session<v1::ReadRowsRequest, v1::ReadRowsReply, RowReadSession>();
  }
  Unary* WriteRows(Context* context, const v1::WriteRowsRequest* request,
                   v1::Done* /*reply*/) override {
    return Run(context, [=, this]() -> absl::Status {
      RowBatch batch;
      for (const v1::WriteRowsRequest::Change& change : request->changes()) {
        switch (change.kind()) {
          case v1::WriteRowsRequest::Change::KIND_PUT:
            batch.Put(change.key(), change.value());
            break;
          case v1::WriteRowsRequest::Change::KIND_DELETE:
            batch.Delete(change.key());
            break;
          case v1::WriteRowsRequest::Change::KIND_DELETE_RANGE:
            batch.DeleteRange({change.key(), change.value()});
            break;
          default:
            return absl::InvalidArgumentError("a change of rows that is none");
        }
      }
      return store_.WriteRows(batch);
    });
  }
  Bidirectional<v1::LoadRowsRequest, v1::Done>* LoadRows(
      Context* /*context*/) override {
    return Session<v1::LoadRowsRequest, v1::Done, RowLoadSession>();
  }

  // --- Audit

  Unary* Tree(Context* context, const v1::TreeRequest* /*request*/,
              v1::TreeState* reply) override {
    return Run(context, [=, this] { return Give(store_.Tree(), reply); });
  }
  Bidirectional<v1::ReadTreeRequest, v1::ReadTreeReply>* ReadTree(
      Context* /*context*/) override {
    return Session<v1::ReadTreeRequest, v1::ReadTreeReply, TreeSession>();
  }
  Unary* CheckTree(Context* context, const v1::CheckTreeRequest* request,
                   v1::TreeState* reply) override {
    return RunSlow(context, [=, this] {
      return Give(
          store_.CheckTree(Position(request->from()), Position(request->to())),
          reply);
    });
  }
  Unary* MakeTreeHead(Context* context,
                      const v1::MakeTreeHeadRequest* /*request*/,
                      v1::KeptTreeHead* reply) override {
    return RunSlow(context,
                   [=, this] { return Give(store_.MakeTreeHead(), reply); });
  }
  Streaming<v1::KeptTreeHead>* TreeHeads(
      Context* /*context*/, const v1::TreeHeadsRequest* /*request*/) override {
    return ListCall<v1::KeptTreeHead, KeptTreeHead>(
        served_.workers(), [this] { return store_.TreeHeads(); });
  }

  // --- Keeping house

  Unary* Branch(Context* context, const v1::BranchRequest* request,
                v1::Done* /*reply*/) override {
    return RunSlow(context,
                   [=, this] { return store_.Branch(request->folder()); });
  }
  Streaming<v1::BackupReply>* Backup(
      Context* /*context*/, const v1::BackupRequest* request) override {
    return new BackupCall(served_, request->folder());
  }
  Unary* Sync(Context* context, const v1::SyncRequest* /*request*/,
              v1::Done* /*reply*/) override {
    return Run(context, [this] { return store_.Sync(); });
  }
  Unary* WaitForIndexes(Context* /*context*/,
                        const v1::WaitForIndexesRequest* request,
                        v1::Done* /*reply*/) override {
    return new WaitCall(
        served_.workers(), wire::ToDuration(request->timeout()),
        [this] { return store_.WaitForIndexes(absl::ZeroDuration()); });
  }
  Unary* Status(Context* context, const v1::StatusRequest* /*request*/,
                v1::StoreStatus* reply) override {
    return Run(context, [=, this] {
      wire::ToMessage(store_.Status(), reply);
      return absl::OkStatus();
    });
  }

 private:
  template <typename Work>
  Unary* Run(Context* context, Work work) {
    return RunUnary(context, served_.workers(), std::move(work));
  }
  template <typename Work>
  Unary* RunSlow(Context* context, Work work) {
    return RunUnary(context, served_.slow_workers(), std::move(work));
  }

  template <typename Reply>
  Streaming<Reply>* Stream(typename StreamCall<Reply>::Produce produce) {
    return new StreamCall<Reply>(served_.workers(), std::move(produce));
  }
  template <typename Request, typename Reply, typename Answerer>
  Bidirectional<Request, Reply>* Session() {
    return new SessionCall<Request, Reply>(
        served_.workers(), [session = std::make_shared<Answerer>(store_)](
                               const Request* request, Reply* reply) {
          return session->Answer(request, reply);
        });
  }

  absl::Status SayHello(const v1::HelloRequest& request,
                        v1::HelloReply* reply) {
    if (request.protocol_min() > wire::kProtocol ||
        request.protocol_max() < wire::kProtocol) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the store is held by daybook ", ToAbsl(Version()),
          ", which speaks protocol ", wire::kProtocol, "; daybook ",
          request.version(), " wants protocol ", request.protocol_min(),
          request.protocol_min() == request.protocol_max()
              ? ""
              : absl::StrCat(" to ", request.protocol_max()),
          ": use the same release for both"));
    }
    reply->set_protocol(wire::kProtocol);
    reply->set_version(std::string(Version()));
    reply->set_store_id(served_.store_id);
    // In this order: the other way round it could be above the head.
    reply->set_durable_head(store_.DurableHead().value());
    reply->set_head(store_.Head().value());
    reply->set_request_bytes_max(served_.request_bytes_max);
    return absl::OkStatus();
  }

  ServedStore& served_;
  EventStore& store_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeService(ServedStore& served) {
  return std::make_unique<Service>(served);
}

}  // namespace daybook
