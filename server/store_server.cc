#include "daybook/server/store_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"
#include "server/group_service.h"
#include "server/served_groups.h"
#include "server/served_store.h"
#include "server/service.h"
#include "server/socket.h"
#include "server/wire.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/thread.h"

namespace daybook {
namespace {

// Pause after the system refused a connection: it has no files left, maybe.
constexpr auto kRefusedPause = std::chrono::milliseconds(100);

class SocketServer final : public StoreServer {
 public:
  SocketServer(EventStore& store, std::string folder,
               const ServeOptions& options)
      : folder_(std::move(folder)),
        logger_(options.logger),
        served_(store, options),
        groups_(std::make_shared<ServedGroups>(served_, options.groups)),
        service_(MakeService(served_)),
        group_service_(MakeGroupService(served_, *groups_)) {}

  ~SocketServer() override {
    if (accepting_.joinable()) {
      const uint64_t one = 1;
      (void)!write(stop_.get(), &one, sizeof(one));
      accepting_.join();
      RemoveSocket(opened_, socket_);
    }
    if (server_ == nullptr) return;
    // Subscriptions never end by themselves: what is open is cancelled.
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }

  Groups& groups() override { return groups_->program_groups(); }

  absl::Status Start(const ServeOptions& options) {
    if (!served_.has_workers()) {
      return absl::ResourceExhaustedError("no further thread to serve with");
    }
    stop_ = OwnedFile(eventfd(0, EFD_CLOEXEC));
    if (stop_.get() < 0) {
      return absl::ErrnoToStatus(errno, "make an eventfd");
    }
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    builder.RegisterService(group_service_.get());
    builder.SetMaxReceiveMessageSize(
        static_cast<int>(std::min<size_t>(options.request_bytes_max, INT_MAX)));
    builder.SetMaxSendMessageSize(-1);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE,
                               wire::kTrailerBytesMax);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_FRAME_SIZE,
                               wire::kFrameBytesMax);
    builder.AddChannelArgument(GRPC_ARG_TCP_READ_CHUNK_SIZE,
                               wire::kFrameBytesMax);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES,
                               wire::kReadAheadBytes);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    // And Beat().
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                               options.connection_calls_max + 1);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return absl::InternalError("gRPC does not start");
    DAYBOOK_ASSIGN_OR_RETURN(opened_, OpenFolder(folder_));
    DAYBOOK_ASSIGN_OR_RETURN(listening_, ListenIn(opened_));
    DAYBOOK_ASSIGN_OR_RETURN(socket_, FindSocket(opened_));
    absl::StatusOr<std::thread> accepting = StartThread([this] { Accept(); });
    if (!accepting.ok()) {
      RemoveSocket(opened_, socket_);
      return accepting.status();
    }
    accepting_ = *std::move(accepting);
    return absl::OkStatus();
  }

 private:
  void Accept() {
    while (true) {
      pollfd files[] = {{listening_.get(), POLLIN, 0},
                        {stop_.get(), POLLIN, 0}};
      const int ready = poll(files, 2, -1);
      if (ready > 0 && files[1].revents != 0) return;
      if (ready > 0) AcceptOne();
    }
  }

  void AcceptOne() {
    absl::StatusOr<OwnedFile> peer = AcceptFrom(listening_.get());
    if (!peer.ok()) {
      Log(peer.status());
      std::this_thread::sleep_for(kRefusedPause);
      return;
    }
    if (peer->get() < 0) return;
    if (const absl::Status allowed = CheckPeer(peer->get(), geteuid());
        !allowed.ok()) {
      Log(allowed);
      return;
    }
    grpc::AddInsecureChannelFromFd(server_.get(), peer->Release());
  }

  void Log(const absl::Status& status) {
    if (logger_ == nullptr) return;
    logger_->Log(LogLevel::kWarning, absl::StrCat("serving ", ToAbsl(folder_),
                                                  ": ", status.message()));
  }

  const std::string folder_;
  Logger* const logger_;
  ServedStore served_;
  const std::shared_ptr<ServedGroups> groups_;
  const std::unique_ptr<grpc::Service> service_;
  const std::unique_ptr<grpc::Service> group_service_;
  std::unique_ptr<grpc::Server> server_;
  OwnedFile stop_;
  // The folder, also when it is moved: another store may be where it was.
  OwnedFile opened_;
  OwnedFile listening_;
  // What it listens to there.
  SocketId socket_;
  std::thread accepting_;
};

// The socket of a store in another folder would be taken from its holder.
absl::Status CheckFolder(EventStore& store, const std::string& folder) {
  const std::string path = store.Status().path;
  std::error_code error;
  if (path.empty() || std::filesystem::equivalent(path, folder, error) ||
      error) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the store is in ", path, ": it can't be served in ", folder));
}

}  // namespace

absl::StatusOr<std::unique_ptr<StoreServer>> StoreServer::Start(
    EventStore& store, const std::string& folder, const ServeOptions& options) {
  DAYBOOK_RETURN_IF_ERROR(CheckFolder(store, folder));
  auto server = std::make_unique<SocketServer>(store, folder, options);
  DAYBOOK_RETURN_IF_ERROR(server->Start(options));
  return server;
}

}  // namespace daybook
