#include "server/remote_appender.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"
#include "server/wire.h"
#include "server/wire_status.h"
#include "store/errors_internal.h"

namespace daybook {
namespace {

// Appends are put together up to this size.
constexpr size_t kMessageBytes = 1 << 20;
// What stands around one in a message, at most.
constexpr size_t kItemBytes = 32;

absl::Status BrokenError(const absl::Status& why, bool was_sent) {
  if (!was_sent) {
    return WithOutcome(wire::GoneError(std::string(why.message())),
                       AppendOutcome::kNotAppended);
  }
  return WithOutcome(
      absl::UnknownError(absl::StrCat(
          "the process that holds the store went away during the append: ",
          why.message())),
      AppendOutcome::kUnknown);
}

}  // namespace

std::shared_ptr<RemoteAppender> RemoteAppender::Start(
    std::shared_ptr<Connection> connection, const RemoteOptions& options) {
  auto appender =
      std::make_shared<RemoteAppender>(std::move(connection), options);
  appender->self_ = appender;
  appender->connection_->stub().async()->AppendMany(&appender->context_,
                                                    appender.get());
  // Writes begin on any thread.
  appender->AddHold();
  appender->StartRead(&appender->reply_);
  appender->StartCall();
  return appender;
}

RemoteAppender::RemoteAppender(std::shared_ptr<Connection> connection,
                               const RemoteOptions& options)
    : connection_(std::move(connection)), options_(options) {}

void RemoteAppender::Add(v1::AppendCall call, absl::Duration timeout,
                         EventStore::AppendDone done) {
  const size_t bytes = call.ByteSizeLong() + kItemBytes;
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
      Queue(std::move(call), bytes, std::exchange(done, nullptr));
    }
  }
  if (!refused.ok()) {
    std::move(done)(
        WithOutcome(std::move(refused), AppendOutcome::kNotAppended));
    return;
  }
  is_alone ? WriteIfIdle() : WriteSoon();
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

void RemoteAppender::Queue(v1::AppendCall call, size_t bytes,
                           EventStore::AppendDone done) {
  const uint64_t number = next_number_++;
  pending_.emplace(number, Pending{std::move(done), bytes});
  pending_bytes_ += bytes;
  const size_t bytes_max =
      std::min(kMessageBytes, connection_->request_bytes_max());
  if (waiting_.empty() || waiting_.back().bytes + bytes > bytes_max) {
    waiting_.emplace_back();
  }
  waiting_.back().bytes += bytes;
  v1::AppendManyRequest::Item& item = *waiting_.back().request.add_appends();
  item.set_number(number);
  *item.mutable_call() = std::move(call);
}

void RemoteAppender::WriteIfIdle() {
  {
    MutexLock lock(&mutex_);
    if (is_writing_ || is_broken_ || waiting_.empty()) return;
    writing_ = std::move(waiting_.front().request);
    waiting_.pop_front();
    first_unsent_ = writing_.appends(writing_.appends_size() - 1).number() + 1;
    is_writing_ = true;
  }
  StartWrite(&writing_);
}

void RemoteAppender::WriteSoon() {
  MutexLock lock(&mutex_);
  // At the end of a write the next one begins.
  if (is_writing_ || is_broken_ || waiting_.empty() || alarm_ != nullptr) {
    return;
  }
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(std::chrono::system_clock::now(),
              [weak = weak_from_this()](bool /*ok*/) {
                const auto self = weak.lock();
                if (self == nullptr) return;
                {
                  MutexLock relock(&self->mutex_);
                  self->alarm_ = nullptr;
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
  for (v1::AppendManyReply::Item& item : *reply_.mutable_appends()) {
    EventStore::AppendDone done;
    {
      MutexLock lock(&mutex_);
      const auto found = pending_.find(item.number());
      if (found == pending_.end()) continue;
      done = std::move(found->second.done);
      pending_bytes_ -= found->second.bytes;
      pending_.erase(found);
      changed_.SignalAll();
    }
    if (item.has_result()) {
      std::move(done)(wire::FromMessage(item.result()));
    } else {
      std::move(done)(wire::FromMessage(item.error()));
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
