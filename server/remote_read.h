// Reads of a store through its holder: cursors over the batches of a call.

#ifndef DAYBOOK_SERVER_REMOTE_READ_H_
#define DAYBOOK_SERVER_REMOTE_READ_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/read.h"
#include "daybook/v1/service.grpc.pb.h"
#include "server/connection.h"
#include "server/wire_group.h"
#include "server/wire_info.h"
#include "store/status_macros.h"

namespace daybook {

// The replies of a call, one after the other. Not thread-safe. Destroyed before
// the end, it ends the call.
template <typename Reply>
class ReplyReader {
 public:
  ReplyReader(Connector& connector, std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)), handle_(connector.Hold()) {}
  ~ReplyReader() {
    if (reader_ == nullptr) return;
    context_.TryCancel();
    reader_->Finish();
  }
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  template <typename Stub, typename Request>
  void Start(std::unique_ptr<grpc::ClientReader<Reply>> (Stub::*method)(
                 grpc::ClientContext* context, const Request& request),
             const Request& request) {
    reader_ = (connection_->StubOf<Stub>().*method)(&context_, request);
  }

  // Whether there is another reply. At the end and on error: false; status()
  // tells which.
  bool Next(Reply* reply) {
    if (reader_ == nullptr) return false;
    if (reader_->Read(reply)) return true;
    status_ = connection_->Judge(reader_->Finish());
    reader_ = nullptr;
    return false;
  }
  const absl::Status& status() const { return status_; }

 private:
  const std::shared_ptr<Connection> connection_;
  const OpenHandle handle_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Reply>> reader_;
  absl::Status status_;
};

// All that a call lists.
template <typename Value, typename Reply, typename Method, typename Request>
absl::StatusOr<std::vector<Value>> ReadAll(Connector& connector, Method method,
                                           const Request& request) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector.Use());
  ReplyReader<Reply> reader(connector, std::move(connection));
  reader.Start(method, request);
  std::vector<Value> values;
  Reply reply;
  while (reader.Next(&reply)) {
    absl::StatusOr<Value> value = wire::FromMessage(reply);
    DAYBOOK_RETURN_IF_ERROR(value.status());
    values.push_back(*std::move(value));
  }
  DAYBOOK_RETURN_IF_ERROR(reader.status());
  return values;
}

absl::StatusOr<EventCursor> ReadRemote(Connector& connector,
                                       const v1::ReadRequest& request);
absl::StatusOr<StreamCursor> ListRemote(Connector& connector,
                                        const ListStreamsOptions& options);

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_READ_H_
