#include "server/remote_rows.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daybook/store/limits.h"
#include "server/remote_session.h"
#include "server/wire_status.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

using Stub = v1::StoreService::Stub;
using ReadSession = RemoteSession<v1::ReadRowsRequest, v1::ReadRowsReply>;
using LoadSession = RemoteSession<v1::LoadRowsRequest, v1::Done>;

// Rows to load are put together up to this size.
constexpr size_t kLoadBytes = 256 << 10;

absl::Status Ask(ReadSession& session, const v1::ReadRowsRequest& request,
                 v1::ReadRowsReply* reply) {
  DAYBOOK_RETURN_IF_ERROR(session.Ask(request, reply));
  if (reply->has_error()) return wire::FromMessage(reply->error());
  return absl::OkStatus();
}

// Asks for the rows of a range, some at a time.
class RemoteRowCursor final : public RowCursor {
 public:
  RemoteRowCursor(std::shared_ptr<ReadSession> session, const RowRange& range,
                  Direction direction)
      : session_(std::move(session)), range_(range), direction_(direction) {}

  bool Next() override {
    while (next_ == reply_.rows_size()) {
      if (!may_have_more_) return false;
      Fetch();
    }
    ++next_;
    return true;
  }
  std::string_view key() const override { return reply_.rows(next_ - 1).key(); }
  std::string_view value() const override {
    return reply_.rows(next_ - 1).value();
  }
  const absl::Status& status() const override { return status_; }

 private:
  void Fetch() {
    v1::ReadRowsRequest request;
    v1::RowRange& range = *request.mutable_scan()->mutable_range();
    range.set_begin(range_.begin);
    range.set_end(range_.end);
    request.mutable_scan()->set_backward(direction_ == Direction::kBackward);
    reply_.Clear();
    next_ = 0;
    status_ = Ask(*session_, request, &reply_);
    // What came before an error is shown first.
    may_have_more_ = status_.ok() && reply_.more() && reply_.rows_size() > 0;
    if (!may_have_more_) return;
    const std::string& last = reply_.rows(reply_.rows_size() - 1).key();
    if (direction_ == Direction::kForward) {
      range_.begin = last + '\0';
    } else {
      range_.end = last;
    }
  }

  const std::shared_ptr<ReadSession> session_;
  RowRange range_;
  const Direction direction_;
  v1::ReadRowsReply reply_;
  int next_ = 0;
  bool may_have_more_ = true;
  absl::Status status_;
};

class RemoteRowReader final : public RowReader {
 public:
  explicit RemoteRowReader(std::shared_ptr<ReadSession> session)
      : session_(std::move(session)) {}

  absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) const override {
    v1::ReadRowsRequest request;
    request.set_get(std::string(key));
    v1::ReadRowsReply reply;
    DAYBOOK_RETURN_IF_ERROR(Ask(*session_, request, &reply));
    if (reply.rows_size() == 0) return std::nullopt;
    return std::move(*reply.mutable_rows(0)->mutable_value());
  }
  std::unique_ptr<RowCursor> Scan(const RowRange& range,
                                  Direction direction) const override {
    return std::make_unique<RemoteRowCursor>(session_, range, direction);
  }

 private:
  const std::shared_ptr<ReadSession> session_;
};

class RemoteRowLoader final : public RowLoader {
 public:
  explicit RemoteRowLoader(std::unique_ptr<LoadSession> session)
      : session_(std::move(session)) {}

  absl::Status Add(std::string_view key, std::string_view value) override {
    DAYBOOK_RETURN_IF_ERROR(status_);
    // What is out of order is said at once, as a loader does.
    const bool is_in_order = count_++ == 0 || key > last_key_;
    last_key_ = key;
    v1::ReadRowsReply::Row& row = *request_.add_rows();
    row.set_key(std::string(key));
    row.set_value(std::string(value));
    bytes_ += key.size() + value.size();
    const bool is_doubtful = !is_in_order || key.empty() || key[0] == '\0' ||
                             key.size() > kRowKeyBytesMax ||
                             value.size() > kRowValueBytesMax;
    return is_doubtful || bytes_ >= kLoadBytes ? Send() : absl::OkStatus();
  }
  absl::Status Finish() override {
    DAYBOOK_RETURN_IF_ERROR(status_);
    request_.set_finish(true);
    return Send();
  }

 private:
  absl::Status Send() {
    v1::Done reply;
    status_ = session_->Ask(request_, &reply);
    request_.Clear();
    bytes_ = 0;
    return status_;
  }

  const std::unique_ptr<LoadSession> session_;
  v1::LoadRowsRequest request_;
  size_t bytes_ = 0;
  uint64_t count_ = 0;
  std::string last_key_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowReader>> ReadRemoteRows(
    Connector& connector) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector.Use());
  auto session =
      std::make_shared<ReadSession>(connector, std::move(connection));
  v1::ReadRowsReply reply;
  DAYBOOK_RETURN_IF_ERROR(session->Start(&Stub::ReadRows, &reply));
  return std::make_unique<RemoteRowReader>(std::move(session));
}

absl::StatusOr<std::unique_ptr<RowLoader>> LoadRemoteRows(
    Connector& connector) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector.Use());
  auto session =
      std::make_unique<LoadSession>(connector, std::move(connection));
  v1::Done reply;
  DAYBOOK_RETURN_IF_ERROR(session->Start(&Stub::LoadRows, &reply));
  return std::make_unique<RemoteRowLoader>(std::move(session));
}

}  // namespace daybook
