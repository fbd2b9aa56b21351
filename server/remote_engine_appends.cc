// What appends: events, and what is an event in a system stream.

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "google/protobuf/arena.h"
#include "server/remote_engine.h"
#include "server/wire.h"
#include "server/wire_info.h"
#include "store/errors_internal.h"
#include "store/expected_revision.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

using Stub = v1::StoreService::Stub;

// What can be told here.
absl::Status CheckAppend(const AppendRequest& request) {
  if (request.events.empty()) {
    return absl::InvalidArgumentError("nothing to append");
  }
  return absl::OkStatus();
}

// As an AppendCall.
absl::Status Serialized(const AppendRequest& request,
                        const AppendOptions& options, std::string* bytes) {
  // A few events need no other memory.
  alignas(8) std::array<char, 2048> block;
  google::protobuf::ArenaOptions arena_options;
  arena_options.initial_block = block.data();
  arena_options.initial_block_size = block.size();
  google::protobuf::Arena arena(arena_options);
  auto& call = *google::protobuf::Arena::CreateMessage<v1::AppendCall>(&arena);
  wire::ToMessage(request, call.mutable_request());
  call.set_queue_timeout(wire::ToMicros(options.queue_timeout));
  // More than 2 GiB is no message.
  if (!call.SerializeToString(bytes)) {
    return absl::InvalidArgumentError("the append is too large for a message");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AppendResult> RemoteEngine::Appended(
    const absl::StatusOr<v1::AppendResult>& reply) {
  DAYBOOK_RETURN_IF_ERROR(reply.status());
  AppendResult result = wire::FromMessage(*reply);
  RaiseHead(result.last_position.Next());
  return result;
}

// --- Events

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
    appender_ = RemoteAppender::Start(std::move(connection),
                                      connector_->options(), writer_.get());
  }
  return appender_;
}

void RemoteEngine::AppendAsync(const AppendRequest& request, AppendDone done,
                               const AppendOptions& options) {
  const absl::StatusOr<std::shared_ptr<RemoteAppender>> appender =
      UseAppender();
  absl::Status refused = appender.status();
  if (refused.ok()) refused = CheckAppend(request);
  std::string bytes;
  if (refused.ok()) refused = Serialized(request, options, &bytes);
  if (!refused.ok()) {
    std::move(done)(Refused(std::move(refused)));
    return;
  }
  (*appender)->Add(bytes, options.queue_timeout,
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

}  // namespace daybook
