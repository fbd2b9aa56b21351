#include "server/remote_read.h"

#include "server/wire_events.h"
#include "server/wire_info.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

using Stub = v1::StoreService::Stub;

class RemoteEvents final : public EventCursor::Source {
 public:
  RemoteEvents(Connector& connector, std::shared_ptr<Connection> connection)
      : reader_(connector, std::move(connection)) {}

  // Reads the first batch. Gives the head that the read can see.
  absl::StatusOr<Position> Start(const v1::ReadRequest& request) {
    reader_.Start(&Stub::Read, request);
    v1::EventBatch batch;
    if (!reader_.Next(&batch)) {
      if (!reader_.status().ok()) return reader_.status();
      return absl::InternalError("the server sent no head with its events");
    }
    const Position head(batch.snapshot_head());
    DAYBOOK_RETURN_IF_ERROR(list_.Parse(std::move(*batch.mutable_events())));
    return head;
  }

  bool Next(EventView* event) override {
    while (next_ == list_.events().size()) {
      v1::EventBatch batch;
      if (!status_.ok()) return false;
      if (!reader_.Next(&batch)) {
        status_ = reader_.status();
        return false;
      }
      next_ = 0;
      status_ = list_.Parse(std::move(*batch.mutable_events()));
    }
    *event = list_.events()[next_++];
    return true;
  }
  const absl::Status& status() const override { return status_; }

 private:
  ReplyReader<v1::EventBatch> reader_;
  wire::EventList list_;
  size_t next_ = 0;
  absl::Status status_;
};

class RemoteStreams final : public StreamCursor::Source {
 public:
  RemoteStreams(Connector& connector, std::shared_ptr<Connection> connection)
      : reader_(connector, std::move(connection)) {}

  absl::Status Start(const v1::ListStreamsRequest& request) {
    reader_.Start(&Stub::ListStreams, request);
    return reader_.Next(&batch_) ? absl::OkStatus() : reader_.status();
  }

  bool Next(StreamInfo* stream) override {
    while (next_ == batch_.streams_size()) {
      next_ = 0;
      batch_.Clear();
      if (!reader_.Next(&batch_)) return false;
    }
    *stream = wire::FromMessage(batch_.streams(next_++));
    return true;
  }
  const absl::Status& status() const override { return reader_.status(); }

 private:
  ReplyReader<v1::StreamInfoBatch> reader_;
  v1::StreamInfoBatch batch_;
  int next_ = 0;
};

}  // namespace

absl::StatusOr<EventCursor> ReadRemote(Connector& connector,
                                       const v1::ReadRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector.Use());
  auto source =
      std::make_unique<RemoteEvents>(connector, std::move(connection));
  DAYBOOK_ASSIGN_OR_RETURN(const Position head, source->Start(request));
  return EventCursor(std::move(source), head);
}

absl::StatusOr<StreamCursor> ListRemote(Connector& connector,
                                        const ListStreamsOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector.Use());
  v1::ListStreamsRequest request;
  request.set_prefix(options.prefix);
  request.set_category(options.category);
  request.set_include_system(options.include_system);
  request.set_include_deleted(options.include_deleted);
  auto source =
      std::make_unique<RemoteStreams>(connector, std::move(connection));
  DAYBOOK_RETURN_IF_ERROR(source->Start(request));
  return StreamCursor(std::move(source));
}

}  // namespace daybook
