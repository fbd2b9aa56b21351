#include "tools/append_window.h"

#include <utility>

#include "daybook/store/sign_batch.h"
#include "store/status_macros.h"

namespace daybook::tools {
namespace {

// What is signed with one signature: a path of 8 hashes beside each event.
constexpr size_t kSignedCountMax = 256;
constexpr size_t kSignedBytesMax = 4 << 20;

size_t BytesOf(const AppendRequest& request) {
  size_t bytes = 0;
  for (const StreamEvent& event : request.events) {
    // What an event takes beside its payload, about.
    bytes += event.event.payload.size() + 512;
  }
  return bytes;
}

}  // namespace

AppendWindow::~AppendWindow() {
  MutexLock lock(&mutex_);
  WaitFor(0, 0);
}

void AppendWindow::WaitFor(size_t count_max, size_t bytes_max) {
  while (count_ > count_max || bytes_ > bytes_max) ended_.Wait(&mutex_);
}

bool AppendWindow::TakeKnown(const AppendRequest& request) {
  if (known_ == nullptr) return false;
  std::optional<Position> found;
  {
    MutexLock lock(&mutex_);
    found.swap(found_);
  }
  if (found.has_value()) known_->Found(*found);
  if (!known_->GoesOnWith(request)) return false;
  MutexLock lock(&mutex_);
  events_repeated_ += request.events.size();
  return true;
}

absl::Status AppendWindow::Add(const AppendRequest& request, Failed failed) {
  if (TakeKnown(request)) return HandleFailures();
  if (producer_ == nullptr) return Submit(request, std::move(failed));
  unsigned_.push_back(request);
  unsigned_failed_.push_back(std::move(failed));
  unsigned_bytes_ += BytesOf(request);
  if (unsigned_.size() < kSignedCountMax && unsigned_bytes_ < kSignedBytesMax) {
    return HandleFailures();
  }
  return SubmitUnsigned();
}

absl::Status AppendWindow::SubmitUnsigned() {
  std::vector<AppendRequest> requests = std::exchange(unsigned_, {});
  std::vector<Failed> failed = std::exchange(unsigned_failed_, {});
  unsigned_bytes_ = 0;
  if (requests.empty()) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(
      SignBatch(producer_->signer, producer_->origin, requests));
  for (size_t i = 0; i < requests.size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(Submit(requests[i], std::move(failed[i])));
  }
  return absl::OkStatus();
}

absl::Status AppendWindow::Submit(const AppendRequest& request, Failed failed) {
  const size_t bytes = BytesOf(request);
  const uint64_t events = request.events.size();
  {
    MutexLock lock(&mutex_);
    // An append larger than the window goes alone.
    WaitFor(limits_.count - 1,
            bytes < limits_.bytes ? limits_.bytes - bytes : 0);
    ++count_;
    bytes_ += bytes;
  }
  store_.AppendAsync(request, [this, bytes, events, failed = std::move(failed)](
                                  absl::StatusOr<AppendResult> result) mutable {
    MutexLock lock(&mutex_);
    --count_;
    bytes_ -= bytes;
    if (!result.ok()) {
      failures_.push_back({std::move(result).status(), std::move(failed)});
    } else if (result->repeated) {
      events_repeated_ += events;
      found_ = result->last_position;
    } else {
      events_appended_ += events;
    }
    ended_.SignalAll();
  });
  return HandleFailures();
}

absl::Status AppendWindow::Check() {
  DAYBOOK_RETURN_IF_ERROR(SubmitUnsigned());
  return HandleFailures();
}

absl::Status AppendWindow::Finish() {
  const absl::Status submitted = SubmitUnsigned();
  {
    MutexLock lock(&mutex_);
    WaitFor(0, 0);
  }
  DAYBOOK_RETURN_IF_ERROR(submitted);
  return HandleFailures();
}

absl::Status AppendWindow::HandleFailures() {
  std::deque<Failure> failures;
  {
    MutexLock lock(&mutex_);
    failures.swap(failures_);
  }
  for (Failure& failure : failures) {
    if (failure.failed == nullptr) return failure.status;
    if (absl::Status status = std::move(failure.failed)(failure.status);
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

uint64_t AppendWindow::events_appended() const {
  MutexLock lock(&mutex_);
  return events_appended_;
}

uint64_t AppendWindow::events_repeated() const {
  MutexLock lock(&mutex_);
  return events_repeated_;
}

}  // namespace daybook::tools
