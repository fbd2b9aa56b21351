#include "server/remote_subscription_state.h"

#include <utility>

#include "daybook/store/runtime.h"
#include "server/wire.h"
#include "server/wire_status.h"

namespace daybook {
namespace {

// So many batches are here or asked for where there are many, so that neither
// side waits for the other.
constexpr size_t kAheadCount = 3;

absl::Duration Now() { return Clock::System()->Monotonic(); }

}  // namespace

absl::Status RemoteSubscription::State::WhyOver() const {
  if (is_closed) return absl::UnavailableError("the store is closed");
  if (is_cancelled) {
    return absl::CancelledError("the subscription was cancelled");
  }
  return failure;
}

void RemoteSubscription::State::SendPull(absl::Duration wait,
                                         std::shared_ptr<const char> place) {
  v1::SubscribeRequest request;
  v1::SubscribeRequest::Pull& pull = *request.mutable_pull();
  pull.set_number(++sent);
  pull.set_wait(wire::ToMicros(wait));
  if (place != nullptr) {
    pull.set_place_begin(places->BeginOf(place));
    pull.set_place_size(BatchPlaces::kPlaceBytes);
    lent[sent] = std::move(place);
  }
  answer_by = Now() + wait;
  stream->Send(std::move(request));
}

void RemoteSubscription::State::PullAhead() {
  if (stream == nullptr) return;
  while (batches.size() + (sent - answered) < kAheadCount) {
    SendPull(absl::ZeroDuration(),
             places == nullptr ? nullptr : places->Take());
  }
}

void RemoteSubscription::State::EmptyPlaces() {
  if (!were_used || !lent.empty() || !batches.empty()) return;
  places->Empty();
  were_used = false;
}

bool RemoteSubscription::State::Arrive(v1::SubscribeReply::Batch* batch) {
  Arrived arrived;
  arrived.batch = std::move(*batch);
  answered = arrived.batch.number();
  if (arrived.batch.placed_size() > 0) {
    const auto place = lent.find(answered);
    if (place == lent.end() ||
        arrived.batch.placed_size() > BatchPlaces::kPlaceBytes) {
      return false;
    }
    arrived.place = std::move(place->second);
    were_used = true;
  }
  lent.erase(lent.begin(), lent.upper_bound(answered));
  batches.push_back(std::move(arrived));
  return true;
}

uint64_t RemoteSubscription::State::SendAcknowledge(Position position) {
  v1::SubscribeRequest request;
  request.mutable_acknowledge()->set_number(++acknowledge_number);
  request.mutable_acknowledge()->set_position(position.value());
  stream->Send(std::move(request));
  return acknowledge_number;
}

bool RemoteSubscription::State::MayTryAgain(const absl::Status& status) const {
  return absl::IsUnavailable(status) ||
         (was_started && !is_started && absl::IsFailedPrecondition(status));
}

void RemoteSubscription::State::Hear(SubscribeStream* from,
                                     v1::SubscribeReply* reply) {
  absl::AnyInvocable<void() &&> call;
  {
    MutexLock lock(&mutex);
    if (stream.get() != from) return;  // of one that broke before
    if (reply == nullptr) {
      end = from->end();
      may_try_again = MayTryAgain(end);
      stream = nullptr;
      is_started = false;
      if (!broken_since.has_value()) broken_since = Now();
      call = std::exchange(ready, nullptr);
    } else if (reply->has_started()) {
      if (!has_begun) {
        next_position = Position(reply->started().next_position());
      }
      is_started = was_started = true;
      broken_since.reset();
    } else if (reply->has_acknowledged()) {
      const auto waiting = acknowledged.find(reply->acknowledged().number());
      if (waiting != acknowledged.end()) {
        waiting->second = reply->acknowledged().has_error()
                              ? wire::FromMessage(reply->acknowledged().error())
                              : absl::OkStatus();
      }
    } else if (reply->has_batch()) {
      if (!Arrive(reply->mutable_batch())) {
        failure = absl::InternalError("the server sent a batch that is none");
        call = std::exchange(ready, nullptr);
      }
      const size_t size = batches.empty() ? 0 : batches.back().size();
      const bool has_events = size > 0;
      if (size >= kLargeBatchBytes) PullAhead();
      if (has_events) {
        call = std::exchange(ready, nullptr);
      } else if (ready && answered == sent) {
        // A Next() that waits for less has ended the wait of this.
        SendPull(absl::InfiniteDuration());
      }
    }
    changed.SignalAll();
  }
  if (call) std::move(call)();
}

void RemoteSubscription::State::Raise(bool* flag) {
  absl::AnyInvocable<void() &&> call;
  {
    MutexLock lock(&mutex);
    *flag = true;
    call = std::exchange(ready, nullptr);
    changed.SignalAll();
  }
  if (call) std::move(call)();
}

}  // namespace daybook
