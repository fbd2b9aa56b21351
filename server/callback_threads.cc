#include "server/callback_threads.h"

#include <memory>

#include "absl/synchronization/notification.h"
#include "daybook/v1/service.grpc.pb.h"
#include "grpcpp/create_channel.h"

namespace daybook {
namespace {

// A channel on which every call fails at once, and which has had one: it is the
// first call that takes hold of the threads.
std::shared_ptr<grpc::Channel>* MakeChannelToNowhere() {
  auto* const channel = new std::shared_ptr<grpc::Channel>(grpc::CreateChannel(
      "nowhere", std::shared_ptr<grpc::ChannelCredentials>()));
  const auto stub = v1::StoreService::NewStub(*channel);
  grpc::ClientContext context;
  const v1::HelloRequest request;
  v1::HelloReply reply;
  absl::Notification done;
  stub->async()->Hello(&context, &request, &reply,
                       [&done](const grpc::Status&) { done.Notify(); });
  done.WaitForNotification();
  return channel;
}

}  // namespace

void KeepCallbackThreads() {
  static const std::shared_ptr<grpc::Channel>* const kKept =
      MakeChannelToNowhere();
  (void)kKept;
}

}  // namespace daybook
