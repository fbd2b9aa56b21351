#include "server/grpc_status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "daybook/v1/service.pb.h"
#include "server/wire_status.h"

namespace daybook {
namespace {

// For those who look at the code and the message alone.
constexpr size_t kShortMessageBytesMax = 512;

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  v1::CallStatus message;
  wire::ToMessage(status, &message);
  return {static_cast<grpc::StatusCode>(status.code()),
          std::string(status.message().substr(0, kShortMessageBytesMax)),
          message.SerializeAsString()};
}

bool IsOfStore(const grpc::Status& status) {
  return status.ok() || !status.error_details().empty();
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  v1::CallStatus message;
  if (IsOfStore(status) && message.ParseFromString(status.error_details())) {
    return wire::FromMessage(message);
  }
  switch (status.error_code()) {
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return absl::InvalidArgumentError(absl::StrCat(
          "more than the holder of the store takes or gives in one message: ",
          status.error_message()));
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::UnimplementedError(
          "the daybook that holds the store does not know this call");
    default:
      return wire::GoneError(status.error_message());
  }
}

}  // namespace daybook
