#include "server/connection.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"
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

// Longer than this nobody waits, and what is added to the time overflows.
constexpr absl::Duration kForEver = absl::Hours(24 * 365);

std::shared_ptr<grpc::Channel> MakeChannel(OwnedFile socket) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, wire::kTrailerBytesMax);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES,
                   wire::kReadAheadBytes);
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
    const std::string& folder, const RemoteOptions& options,
    absl::Duration patience) {
  DAYBOOK_ASSIGN_OR_RETURN(OwnedFile socket, ConnectTo(folder));
  OwnedFile again(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  if (again.get() < 0) {
    return absl::ErrnoToStatus(errno, "keep hold of a socket");
  }
  KeepCallbackThreads();
  auto connection =
      std::shared_ptr<Connection>(new Connection(std::move(again)));
  connection->channel_ = MakeChannel(std::move(socket));
  connection->stub_ = v1::StoreService::NewStub(connection->channel_);
  connection->group_stub_ = v1::GroupService::NewStub(connection->channel_);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoMicroseconds(std::min(
                           {options.connect_timeout, patience, kForEver})));
  DAYBOOK_RETURN_IF_ERROR(connection->Judge(connection->stub_->Hello(
      &context, wire::HelloRequest(), &connection->hello_)));
  if (connection->hello_.protocol() != wire::kProtocol) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the store is held by daybook ", connection->hello_.version(),
        ", which answers with protocol ", connection->hello_.protocol(),
        "; daybook ", ToAbsl(Version()), " speaks protocol ", wire::kProtocol));
  }
  if (options.answer_timeout < absl::InfiniteDuration()) {
    // One passes until it is noticed, and one until it is sure.
    connection->heartbeat_ =
        Heartbeat::Start(*connection->stub_, options.answer_timeout / 2,
                         [weak = std::weak_ptr<Connection>(connection)] {
                           if (const auto lost = weak.lock()) lost->Break();
                         });
  }
  return connection;
}

Connection::~Connection() {
  if (heartbeat_ != nullptr) heartbeat_->Stop();
}

size_t Connection::request_bytes_max() const {
  return std::min<size_t>(hello_.request_bytes_max(), wire::kMessageBytesMax);
}

void Connection::Break() {
  is_broken_ = true;
  shutdown(socket_.get(), SHUT_RDWR);
}

absl::Status Connection::Judge(const grpc::Status& status) {
  absl::Status judged = FromGrpc(status);
  // What was cancelled, by this side, says nothing of the other one.
  if (!IsOfStore(status) && absl::IsUnavailable(judged) &&
      status.error_code() != grpc::StatusCode::CANCELLED) {
    is_broken_ = true;
  }
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

std::shared_ptr<Connection> Connector::Usable() const {
  if (is_closed_ || connection_ == nullptr || connection_->is_broken()) {
    return nullptr;
  }
  return connection_;
}

absl::Status Connector::CheckStore(const Connection& opened) {
  const std::string& store_id = opened.hello().store_id();
  if (store_id_.empty()) store_id_ = store_id;
  if (store_id == store_id_) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("there is another store in ", folder_, " now: ", store_id,
                   ", not ", store_id_));
}

absl::StatusOr<std::shared_ptr<Connection>> Connector::Use(
    absl::Duration patience) {
  const absl::Duration deadline = Clock::System()->Monotonic() + patience;
  // Let go of outside the lock.
  std::shared_ptr<Connection> broken;
  {
    MutexLock lock(&mutex_);
    while (true) {
      if (is_closed_) return absl::UnavailableError("the store is closed");
      if (std::shared_ptr<Connection> usable = Usable()) return usable;
      if (!is_connecting_) break;
      const uint64_t attempt = attempt_;
      while (is_connecting_ && attempt_ == attempt && !is_closed_) {
        const absl::Duration left = deadline - Clock::System()->Monotonic();
        if (left <= absl::ZeroDuration()) {
          return wire::GoneError("it was not found yet");
        }
        changed_.WaitWithTimeout(&mutex_, left);
      }
      // Who looked more shortly than others would says nothing for them.
      if (!is_closed_ && !failure_.ok() && !was_short_) return failure_;
    }
    is_connecting_ = true;
    broken = std::move(connection_);
  }
  absl::StatusOr<std::shared_ptr<Connection>> opened = Connection::Open(
      folder_, options_, deadline - Clock::System()->Monotonic());
  MutexLock lock(&mutex_);
  if (absl::IsNotFound(opened.status()) && !store_id_.empty()) {
    opened = wire::GoneError("it serves the store no longer");
  }
  failure_ = opened.ok() ? CheckStore(**opened) : opened.status();
  if (failure_.ok() && !is_closed_) connection_ = *opened;
  was_short_ =
      patience < options_.connect_timeout && absl::IsUnavailable(failure_);
  is_connecting_ = false;
  ++attempt_;
  changed_.SignalAll();
  if (is_closed_) return absl::UnavailableError("the store is closed");
  DAYBOOK_RETURN_IF_ERROR(failure_);
  return opened;
}

std::shared_ptr<Connection> Connector::Current() const {
  MutexLock lock(&mutex_);
  return Usable();
}

void Connector::Close(absl::Duration deadline) {
  std::map<uint64_t, OnClose> on_close;
  std::shared_ptr<Connection> connection;
  {
    MutexLock lock(&mutex_);
    is_closed_ = true;
    connection = std::move(connection_);
    on_close.swap(on_close_);
    changed_.SignalAll();
  }
  for (const auto& [number, call] : on_close) call(deadline);
}

bool Connector::is_closed() const {
  MutexLock lock(&mutex_);
  return is_closed_;
}

uint64_t Connector::WhenClosed(OnClose on_close) {
  {
    MutexLock lock(&mutex_);
    if (!is_closed_) {
      on_close_.emplace(next_on_close_, std::move(on_close));
      return next_on_close_++;
    }
  }
  on_close(Clock::System()->Monotonic());
  return 0;
}

void Connector::Forget(uint64_t number) {
  OnClose forgotten;
  MutexLock lock(&mutex_);
  const auto found = on_close_.find(number);
  if (found == on_close_.end()) return;
  forgotten = std::move(found->second);
  on_close_.erase(found);
}

}  // namespace daybook
