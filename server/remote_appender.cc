#include "server/remote_appender.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "grpcpp/channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "server/wire.h"
#include "server/wire_status.h"
#include "server/wire_tag.h"
#include "store/errors_internal.h"

namespace daybook {
namespace {

// Appends are put together up to this size.
constexpr size_t kMessageBytes = 1 << 20;
// What stands around one in a message, at most.
constexpr size_t kItemBytes = 32;

// Adds an AppendManyRequest.Item with `call`, which is serialised already, to a
// serialised AppendManyRequest.
void AddItem(uint64_t number, std::string_view call, std::string* request) {
  using google::protobuf::io::CodedOutputStream;
  using wire::TagOf;
  using Item = v1::AppendManyRequest::Item;
  const auto call_bytes = static_cast<uint32_t>(call.size());
  const auto item_bytes = static_cast<uint32_t>(
      1 + CodedOutputStream::VarintSize64(number) + 1 +
      CodedOutputStream::VarintSize32(call_bytes) + call.size());
  google::protobuf::io::StringOutputStream stream(request);
  CodedOutputStream out(&stream);
  out.WriteTag(TagOf(v1::AppendManyRequest::kAppendsFieldNumber, wire::kBytes));
  out.WriteVarint32(item_bytes);
  out.WriteTag(TagOf(Item::kNumberFieldNumber, wire::kVarint));
  out.WriteVarint64(number);
  out.WriteTag(TagOf(Item::kCallFieldNumber, wire::kBytes));
  out.WriteVarint32(call_bytes);
  out.WriteRaw(call.data(), static_cast<int>(call.size()));
}

absl::Status BrokenError(const absl::Status& why, bool was_sent) {
  if (!was_sent) {
    return Refused(wire::GoneError(std::string(why.message())));
  }
  return WithOutcome(
      absl::UnknownError(absl::StrCat(
          "the process that holds the store went away during the append: ",
          why.message())),
      AppendOutcome::kUnknown);
}

}  // namespace

std::shared_ptr<RemoteAppender> RemoteAppender::Start(
    std::shared_ptr<Connection> connection, const RemoteOptions& options,
    Executor* writer) {
  auto appender =
      std::make_shared<RemoteAppender>(std::move(connection), options, writer);
  appender->self_ = appender;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, v1::AppendManyReply> stub(
      appender->connection_->channel());
  // The generated stub keeps the name to itself.
  const std::string method =
      absl::StrCat("/", v1::StoreService::service_full_name(), "/AppendMany");
  stub.PrepareBidiStreamingCall(&appender->context_, method, {},
                                appender.get());
  // Writes begin on any thread.
  appender->AddHold();
  appender->StartRead(&appender->reply_);
  appender->StartCall();
  return appender;
}

RemoteAppender::RemoteAppender(std::shared_ptr<Connection> connection,
                               const RemoteOptions& options, Executor* writer)
    : connection_(std::move(connection)), options_(options), writer_(writer) {}

void RemoteAppender::Add(std::string_view call, absl::Duration timeout,
                         EventStore::AppendDone done) {
  const size_t bytes = call.size() + kItemBytes;
  absl::Status refused;
  bool is_alone = true;
  if (bytes > connection_->request_bytes_max()) {
    // Sent, it would end the call, and what others have under way in it.
    refused = absl::InvalidArgumentError(absl::StrCat(
        "the append is ", bytes, " bytes, the holder of the store takes ",
        connection_->request_bytes_max(), " in one message"));
  } else {
    MutexLock lock(&mutex_);
    refused = AwaitRoom(bytes, Clock::System()->Monotonic() + timeout);
    if (refused.ok()) {
      is_alone = pending_.empty();
      Queue(call, std::exchange(done, nullptr));
    }
  }
  if (!refused.ok()) {
    std::move(done)(Refused(std::move(refused)));
    return;
  }
  is_alone || writer_ == nullptr ? WriteIfIdle() : WriteSoon();
}

bool RemoteAppender::HasRoom(size_t bytes) const {
  return pending_.size() < options_.queue_count_max &&
         (pending_.empty() ||
          pending_bytes_ + bytes <= options_.queue_bytes_max);
}

absl::Status RemoteAppender::AwaitRoom(size_t bytes, absl::Duration deadline) {
  while (!is_broken_ && !HasRoom(bytes)) {
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration()) {
      return absl::ResourceExhaustedError(
          "the queue of appends to the holder of the store stayed full");
    }
    changed_.WaitWithTimeout(&mutex_, left);
  }
  return is_broken_ ? wire::GoneError("connection closed") : absl::OkStatus();
}

void RemoteAppender::Queue(std::string_view call, EventStore::AppendDone done) {
  const size_t bytes = call.size() + kItemBytes;
  const uint64_t number = next_number_++;
  pending_.emplace(number, Pending{std::move(done), bytes});
  pending_bytes_ += bytes;
  const size_t bytes_max =
      std::min(kMessageBytes, connection_->request_bytes_max());
  if (waiting_.empty() || waiting_.back().bytes.size() + bytes > bytes_max) {
    waiting_.emplace_back();
  }
  AddItem(number, call, &waiting_.back().bytes);
  waiting_.back().next_number = next_number_;
}

EventStore::AppendDone RemoteAppender::Take(uint64_t number) {
  const auto found = pending_.find(number);
  if (found == pending_.end()) return nullptr;
  EventStore::AppendDone done = std::move(found->second.done);
  pending_bytes_ -= found->second.bytes;
  pending_.erase(found);
  return done;
}

void RemoteAppender::WriteIfIdle() {
  {
    MutexLock lock(&mutex_);
    if (is_writing_ || is_broken_ || waiting_.empty()) return;
    const grpc::Slice bytes(waiting_.front().bytes);
    writing_ = grpc::ByteBuffer(&bytes, 1);
    first_unsent_ = waiting_.front().next_number;
    waiting_.pop_front();
    is_writing_ = true;
  }
  StartWrite(&writing_);
}

void RemoteAppender::WriteSoon() {
  {
    MutexLock lock(&mutex_);
    // At the end of a write the next one begins.
    if (is_writing_ || is_broken_ || waiting_.empty() || is_posted_) return;
    is_posted_ = true;
  }
  writer_->Schedule([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    {
      MutexLock lock(&self->mutex_);
      self->is_posted_ = false;
    }
    self->WriteIfIdle();
  });
}

void RemoteAppender::LetGoIfOver() {
  {
    MutexLock lock(&mutex_);
    if (!is_broken_ || is_writing_ || is_let_go_) return;
    is_let_go_ = true;
  }
  RemoveHold();
}

void RemoteAppender::OnWriteDone(bool ok) {
  {
    MutexLock lock(&mutex_);
    is_writing_ = false;
    if (!ok) is_broken_ = true;
  }
  WriteIfIdle();
  LetGoIfOver();
}

void RemoteAppender::OnReadDone(bool ok) {
  if (!ok) {
    {
      MutexLock lock(&mutex_);
      is_broken_ = true;
      changed_.SignalAll();
    }
    LetGoIfOver();
    return;
  }
  std::vector<EventStore::AppendDone> dones;
  dones.reserve(reply_.appends_size());
  {
    MutexLock lock(&mutex_);
    for (const v1::AppendManyReply::Item& item : reply_.appends()) {
      dones.push_back(Take(item.number()));
    }
    changed_.SignalAll();
  }
  for (int i = 0; i < reply_.appends_size(); ++i) {
    const v1::AppendManyReply::Item& item = reply_.appends(i);
    if (dones[i] == nullptr) continue;
    if (item.has_result()) {
      std::move(dones[i])(wire::FromMessage(item.result()));
    } else {
      std::move(dones[i])(wire::FromMessage(item.error()));
    }
  }
  StartRead(&reply_);
}

void RemoteAppender::OnDone(const grpc::Status& status) {
  absl::Status why = connection_->Judge(status);
  if (why.ok()) why = absl::UnavailableError("the server ended the call");
  std::map<uint64_t, Pending> left;
  uint64_t first_unsent = 0;
  {
    MutexLock lock(&mutex_);
    is_broken_ = true;
    left.swap(pending_);
    first_unsent = first_unsent_;
    waiting_.clear();
  }
  for (auto& [number, pending] : left) {
    std::move(pending.done)(BrokenError(why, number < first_unsent));
  }
  const std::shared_ptr<RemoteAppender> self = std::move(self_);
  MutexLock lock(&mutex_);
  is_over_ = true;
  changed_.SignalAll();
}

bool RemoteAppender::is_broken() const {
  MutexLock lock(&mutex_);
  return is_broken_ || connection_->is_broken();
}

bool RemoteAppender::is_over() const {
  MutexLock lock(&mutex_);
  return is_over_;
}

void RemoteAppender::Stop(absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  {
    MutexLock lock(&mutex_);
    while (!pending_.empty() && !is_over_) {
      const absl::Duration left = deadline - Clock::System()->Monotonic();
      if (left <= absl::ZeroDuration()) break;
      changed_.WaitWithTimeout(&mutex_, left);
    }
  }
  context_.TryCancel();
  MutexLock lock(&mutex_);
  while (!is_over_) changed_.Wait(&mutex_);
}

}  // namespace daybook
