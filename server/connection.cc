#include "server/connection.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/version.h"
#include "grpcpp/create_channel_posix.h"
#include "server/callback_threads.h"
#include "server/grpc_status.h"
#include "server/socket.h"
#include "server/wire.h"
#include "server/wire_status.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// What gRPC reads ahead of who takes slowly, for each call.
constexpr int kReadAheadBytes = 1 << 20;

std::shared_ptr<grpc::Channel> MakeChannel(OwnedFile socket) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, wire::kTrailerBytesMax);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kReadAheadBytes);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, wire::kFrameBytesMax);
  arguments.SetInt(GRPC_ARG_TCP_READ_CHUNK_SIZE, wire::kFrameBytesMax);
  // Each connection is one socket: none is shared behind our back.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomInsecureChannelFromFd("daybook", socket.Release(),
                                                 arguments);
}

}  // namespace

absl::StatusOr<std::shared_ptr<Connection>> Connection::Open(
    const std::string& folder, absl::Duration timeout) {
  DAYBOOK_ASSIGN_OR_RETURN(OwnedFile socket, ConnectTo(folder));
  KeepCallbackThreads();
  auto connection = std::shared_ptr<Connection>(new Connection());
  const std::shared_ptr<grpc::Channel> channel = MakeChannel(std::move(socket));
  connection->stub_ = v1::StoreService::NewStub(channel);
  connection->group_stub_ = v1::GroupService::NewStub(channel);
  v1::HelloRequest request;
  request.set_protocol_min(wire::kProtocol);
  request.set_protocol_max(wire::kProtocol);
  request.set_version(std::string(Version()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoMicroseconds(timeout));
  DAYBOOK_RETURN_IF_ERROR(connection->Judge(
      connection->stub_->Hello(&context, request, &connection->hello_)));
  if (connection->hello_.protocol() != wire::kProtocol) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the store is held by daybook ", connection->hello_.version(),
        ", which answers with protocol ", connection->hello_.protocol(),
        "; daybook ", ToAbsl(Version()), " speaks protocol ", wire::kProtocol));
  }
  return connection;
}

absl::Status Connection::Judge(const grpc::Status& status) {
  absl::Status judged = FromGrpc(status);
  if (!IsOfStore(status) && absl::IsUnavailable(judged)) is_broken_ = true;
  return judged;
}

void OpenCount::Add() {
  MutexLock lock(&mutex_);
  ++count_;
}

void OpenCount::Remove() {
  MutexLock lock(&mutex_);
  if (--count_ == 0) changed_.SignalAll();
}

bool OpenCount::AwaitNone(absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  MutexLock lock(&mutex_);
  while (count_ > 0) {
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration()) return false;
    changed_.WaitWithTimeout(&mutex_, left);
  }
  return true;
}

absl::StatusOr<std::shared_ptr<Connection>> Connector::Use() {
  MutexLock lock(&mutex_);
  if (is_closed_) return absl::UnavailableError("the store is closed");
  if (connection_ != nullptr && !connection_->is_broken()) return connection_;
  connection_ = nullptr;
  absl::StatusOr<std::shared_ptr<Connection>> opened =
      Connection::Open(folder_, options_.connect_timeout);
  if (absl::IsNotFound(opened.status()) && !store_id_.empty()) {
    return wire::GoneError("it serves the store no longer");
  }
  DAYBOOK_RETURN_IF_ERROR(opened.status());
  const std::string& store_id = (*opened)->hello().store_id();
  if (store_id_.empty()) store_id_ = store_id;
  if (store_id != store_id_) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is another store in ", folder_, " now: ", store_id,
                     ", not ", store_id_));
  }
  connection_ = *std::move(opened);
  return connection_;
}

void Connector::Close() {
  std::vector<std::function<void()>> on_close;
  {
    MutexLock lock(&mutex_);
    is_closed_ = true;
    connection_ = nullptr;
    on_close.swap(on_close_);
  }
  for (const auto& call : on_close) call();
}

bool Connector::is_closed() const {
  MutexLock lock(&mutex_);
  return is_closed_;
}

void Connector::WhenClosed(std::function<void()> on_close) {
  {
    MutexLock lock(&mutex_);
    if (!is_closed_) {
      on_close_.push_back(std::move(on_close));
      return;
    }
  }
  on_close();
}

}  // namespace daybook
