#include "server/remote_subscription.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/runtime.h"
#include "grpcpp/alarm.h"
#include "server/remote_subscription_state.h"
#include "server/subscribe_stream.h"
#include "server/wire.h"
#include "server/wire_info.h"
#include "server/wire_status.h"
#include "store/event_filter.h"
#include "store/mutex.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// Between two looks for a holder that is gone.
constexpr absl::Duration kLookPause = absl::Milliseconds(50);
// The holder ends the wait of a pull. One that is stopped does not; then the
// client gives up so much later.
constexpr absl::Duration kGrace = absl::Seconds(2);
// How long the holder may take to close a subscription.
constexpr absl::Duration kCloseTimeout = absl::Seconds(5);
// What a look for the holder may take of one who does not want to wait.
constexpr absl::Duration kLookTimeoutMin = absl::Seconds(1);

absl::Duration Now() { return Clock::System()->Monotonic(); }

}  // namespace

RemoteSubscription::RemoteSubscription(std::shared_ptr<Connector> connector,
                                       const SubscribeOptions& options)
    : connector_(std::move(connector)),
      options_(options),
      state_(std::make_shared<State>()) {
  on_close_ = connector_->WhenClosed(
      [weak = std::weak_ptr<State>(state_)](absl::Duration deadline) {
        const std::shared_ptr<State> state = weak.lock();
        if (state == nullptr) return;
        state->Raise(&state->is_closed);
        std::shared_ptr<SubscribeStream> stream;
        {
          MutexLock lock(&state->mutex);
          stream = state->stream;
        }
        if (stream == nullptr) return;
        stream->HalfClose();
        if (!stream->AwaitEnd(std::min(kCloseTimeout, deadline - Now()))) {
          stream->Cancel();
        }
      });
}

absl::StatusOr<std::unique_ptr<Subscription>> RemoteSubscription::Start(
    std::shared_ptr<Connector> connector, const SubscribeOptions& options) {
  auto subscription = std::unique_ptr<RemoteSubscription>(
      new RemoteSubscription(std::move(connector), options));
  DAYBOOK_RETURN_IF_ERROR(subscription->Connect(absl::InfiniteDuration()));
  return subscription;
}

RemoteSubscription::~RemoteSubscription() {
  connector_->Forget(on_close_);
  std::shared_ptr<SubscribeStream> stream;
  bool is_started = false;
  {
    MutexLock lock(&state_->mutex);
    state_->is_cancelled = true;
    state_->ready = nullptr;
    stream = std::exchange(state_->stream, nullptr);
    is_started = state_->is_started;
  }
  if (stream == nullptr) return;
  // The name is free once this is over.
  is_started ? stream->HalfClose() : stream->Cancel();
  if (!stream->AwaitEnd(kCloseTimeout)) stream->Cancel();
}

v1::SubscribeRequest RemoteSubscription::MakeStart() const {
  const State& state = *state_;
  state.mutex.AssertHeld();
  v1::SubscribeRequest request;
  v1::SubscribeRequest::Start& start = *request.mutable_start();
  wire::ToMessage(options_.filter, start.mutable_filter());
  if (options_.from.position().has_value()) {
    start.set_from(options_.from.position()->value());
  }
  start.set_name(options_.name);
  start.set_accept_changed_filter(options_.accept_changed_filter);
  start.set_batch_count_max(options_.batch_count_max);
  start.set_durable_only(options_.durable_only);
  if (state.places != nullptr) {
    const SharedMemory::Address& address = state.places->address();
    start.mutable_memory()->set_process(address.process);
    start.mutable_memory()->set_file(static_cast<uint32_t>(address.file));
    start.mutable_memory()->set_token(address.token);
  }
  if (state.has_begun) {
    start.set_resume_at(state.next_position.value());
  } else if (state.was_started) {
    start.set_from(state.next_position.value());
  }
  return request;
}

absl::Status RemoteSubscription::TryConnect(absl::Duration deadline) {
  State& state = *state_;
  DAYBOOK_ASSIGN_OR_RETURN(
      std::shared_ptr<Connection> connection,
      connector_->Use(std::max(deadline - Now(), kLookTimeoutMin)));
  const auto stream = std::make_shared<SubscribeStream>(
      std::move(connection),
      [weak = std::weak_ptr<State>(state_)](SubscribeStream* from,
                                            v1::SubscribeReply* reply) {
        if (const auto heard = weak.lock()) heard->Hear(from, reply);
      });
  // Where it goes on and what is dropped must be of one moment: Next() may be
  // taking what came before.
  MutexLock lock(&state.mutex);
  DAYBOOK_RETURN_IF_ERROR(state.WhyOver());
  state.stream = stream;
  state.is_started = false;
  state.answered = state.sent;
  state.batches.clear();
  // Who held the store before may be writing into the old ones yet.
  state.places = BatchPlaces::Create();
  state.lent.clear();
  state.were_used = false;
  stream->Begin();
  stream->Send(MakeStart());
  if (state.told.has_value()) state.SendAcknowledge(*state.told);
  while (state.stream == stream && !state.is_started) {
    DAYBOOK_RETURN_IF_ERROR(state.WhyOver());
    const absl::Duration left = deadline - Now();
    // It is on its way.
    if (left <= absl::ZeroDuration()) return absl::OkStatus();
    state.changed.WaitWithTimeout(&state.mutex, left);
  }
  return state.stream == stream ? absl::OkStatus() : state.end;
}

absl::Status RemoteSubscription::Connect(absl::Duration deadline) {
  State& state = *state_;
  MutexLock lock(&state.mutex);
  while (state.is_connecting) {
    DAYBOOK_RETURN_IF_ERROR(state.WhyOver());
    const absl::Duration left = deadline - Now();
    if (left <= absl::ZeroDuration()) {
      return wire::GoneError("it was not found yet");
    }
    state.changed.WaitWithTimeout(&state.mutex, left);
  }
  if (state.stream != nullptr) return absl::OkStatus();
  state.is_connecting = true;
  absl::Status status;
  while (true) {
    state.mutex.Unlock();
    status = TryConnect(deadline);
    state.mutex.Lock();
    if (!status.ok()) state.look_at = Now() + kLookPause;
    // The first call is not tried again.
    if (status.ok() || !state.was_started || !state.MayTryAgain(status) ||
        !state.WhyOver().ok() || Now() >= deadline) {
      break;
    }
    state.changed.WaitWithTimeout(&state.mutex,
                                  std::min(kLookPause, deadline - Now()));
  }
  state.is_connecting = false;
  state.changed.SignalAll();
  return status;
}

absl::StatusOr<EventBatch> RemoteSubscription::Next(absl::Duration timeout) {
  State& state = *state_;
  const absl::Duration deadline = Now() + timeout;
  uint64_t own_pull = 0;
  // Whether this call has looked for the holder. One that is there and ends
  // each call at once, as its store is closed, is as good as none.
  bool has_looked = false;
  // What was given before is gone by now.
  list_.Clear();
  MutexLock lock(&state.mutex);
  while (true) {
    DAYBOOK_RETURN_IF_ERROR(state.WhyOver());
    if (!state.batches.empty()) {
      Arrived arrived = std::move(state.batches.front());
      state.batches.pop_front();
      state.has_begun = true;
      state.next_position = Position(arrived.batch.next_position());
      if (arrived.size() >= kLargeBatchBytes) state.PullAhead();
      // What the caller wants is asked of him.
      state.mutex.Unlock();
      absl::StatusOr<EventBatch> accepted = Accept(std::move(arrived));
      state.mutex.Lock();
      if (!accepted.ok()) {
        state.failure = accepted.status();
        return state.failure;
      }
      if (!accepted->events.empty() || Now() >= deadline) return accepted;
      // With its place, which may be emptied now.
      list_.Clear();
      continue;
    }
    if (state.stream == nullptr) {
      const absl::Duration since = state.broken_since.value_or(Now());
      if (!state.may_try_again) {
        state.failure = state.end;
        return state.failure;
      }
      const absl::Duration give_up =
          since + connector_->options().reconnect_timeout;
      if (has_looked && Now() >= give_up) return state.end;
      if (has_looked && Now() >= deadline) {
        return EventBatch{{}, state.next_position};
      }
      // Who does not want to wait asks again at once, for as long as it takes.
      if (const absl::Duration early = state.look_at - Now();
          early > absl::ZeroDuration()) {
        state.changed.WaitWithTimeout(&state.mutex, early);
        continue;
      }
      has_looked = true;
      state.mutex.Unlock();
      const absl::Status status = Connect(std::min(deadline, give_up));
      state.mutex.Lock();
      DAYBOOK_RETURN_IF_ERROR(state.WhyOver());
      if (status.ok()) continue;
      if (Now() >= give_up || !state.MayTryAgain(status)) return status;
      return EventBatch{{}, state.next_position};
    }
    // A pull that waits for nothing is answered soon: then this one may be
    // spared.
    const bool is_pulled = state.answered != state.sent;
    if (!is_pulled || (own_pull != state.sent && state.answer_by != deadline &&
                       state.answer_by > Now())) {
      state.EmptyPlaces();
      state.SendPull(std::max(deadline - Now(), absl::ZeroDuration()));
      own_pull = state.sent;
    }
    const absl::Duration left = deadline + kGrace - Now();
    if (left <= absl::ZeroDuration()) {
      return EventBatch{{}, state.next_position};
    }
    state.changed.WaitWithTimeout(&state.mutex, left);
  }
}

absl::StatusOr<EventBatch> RemoteSubscription::Accept(Arrived arrived) {
  v1::SubscribeReply::Batch& batch = arrived.batch;
  if (arrived.place != nullptr) {
    const std::string_view events(arrived.place.get(), batch.placed_size());
    DAYBOOK_RETURN_IF_ERROR(list_.Parse(events, std::move(arrived.place)));
  } else {
    DAYBOOK_RETURN_IF_ERROR(list_.Parse(std::move(*batch.mutable_events())));
  }
  const std::vector<EventView>& came = list_.events();
  EventBatch accepted;
  accepted.events = came;
  if (options_.filter.where != nullptr) {
    wanted_.clear();
    // The holder has seen to the rest of the filter.
    const EventFilter asked_here{.where = options_.filter.where};
    for (const EventView& event : came) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool wanted, Wants(asked_here, event));
      if (wanted) wanted_.push_back(event);
    }
    accepted.events = wanted_;
  }
  accepted.next_position = Position(batch.next_position());
  State& state = *state_;
  MutexLock lock(&state.mutex);
  if (!came.empty()) state.last_came = came.back().position;
  if (!accepted.events.empty()) {
    state.unacknowledged = accepted.events.back().position;
  } else if (!came.empty() && !options_.name.empty() &&
             !state.unacknowledged.has_value() && state.stream != nullptr) {
    // What nobody wanted need not come again.
    state.told = state.last_came;
    state.SendAcknowledge(*state.told);
  }
  return accepted;
}

void RemoteSubscription::NotifyWhenReady(absl::AnyInvocable<void() &&> ready) {
  State& state = *state_;
  {
    MutexLock lock(&state.mutex);
    const bool has_batch =
        std::any_of(state.batches.begin(), state.batches.end(),
                    [](const Arrived& arrived) { return arrived.size() > 0; });
    if (state.WhyOver().ok() && !has_batch) {
      if (state.stream == nullptr) {
        // The next call of Next() looks for the holder.
        state.ready = std::move(ready);
        state.alarm = std::make_unique<grpc::Alarm>();
        state.alarm->Set(std::chrono::system_clock::now() +
                             absl::ToChronoMilliseconds(kLookPause),
                         [weak = std::weak_ptr<State>(state_)](bool ok) {
                           const auto self = weak.lock();
                           if (!ok || self == nullptr) return;
                           absl::AnyInvocable<void() &&> call;
                           {
                             MutexLock relock(&self->mutex);
                             call = std::exchange(self->ready, nullptr);
                           }
                           if (call) std::move(call)();
                         });
        return;
      }
      state.ready = std::move(ready);
      if (state.answered == state.sent ||
          state.answer_by < absl::InfiniteDuration()) {
        state.SendPull(absl::InfiniteDuration());
      }
      return;
    }
  }
  std::move(ready)();
}

absl::Status RemoteSubscription::Acknowledge(Position position) {
  if (options_.name.empty()) return absl::OkStatus();
  State& state = *state_;
  {
    MutexLock lock(&state.mutex);
    if (state.is_closed) return absl::UnavailableError("the store is closed");
    if (!state.has_begun || position >= state.next_position) {
      return absl::InvalidArgumentError(absl::StrCat(
          "subscription ", options_.name, ": position ", position.value(),
          " was not handed out yet, only what is below ",
          state.next_position.value()));
    }
    if (!state.unacknowledged.has_value() ||
        position >= *state.unacknowledged) {
      state.unacknowledged.reset();
      // With what came after it and nobody wanted.
      if (state.last_came.has_value()) {
        position = std::max(position, *state.last_came);
      }
    }
  }
  return SendAcknowledge(position);
}

absl::Status RemoteSubscription::Acknowledge() {
  if (options_.name.empty()) return absl::OkStatus();
  Position position;
  {
    MutexLock lock(&state_->mutex);
    if (state_->is_closed) {
      return absl::UnavailableError("the store is closed");
    }
    state_->unacknowledged.reset();
    // What was looked at without a match the holder counts itself.
    if (!state_->last_came.has_value()) return absl::OkStatus();
    position = *state_->last_came;
  }
  return SendAcknowledge(position);
}

absl::Status RemoteSubscription::SendAcknowledge(Position position) {
  State& state = *state_;
  const absl::Duration give_up =
      Now() + connector_->options().reconnect_timeout;
  MutexLock lock(&state.mutex);
  state.told = std::max(state.told.value_or(position), position);
  while (true) {
    if (state.is_closed) return absl::UnavailableError("the store is closed");
    if (state.stream == nullptr) {
      state.mutex.Unlock();
      const absl::Status status = Connect(give_up);
      state.mutex.Lock();
      DAYBOOK_RETURN_IF_ERROR(status);
      if (state.stream == nullptr && Now() >= give_up) return state.end;
      continue;
    }
    const std::shared_ptr<SubscribeStream> stream = state.stream;
    const uint64_t number = state.SendAcknowledge(position);
    state.acknowledged[number] = std::nullopt;
    while (state.stream == stream && !state.is_closed &&
           !state.acknowledged[number].has_value()) {
      state.changed.Wait(&state.mutex);
    }
    const std::optional<absl::Status> answer =
        std::move(state.acknowledged[number]);
    state.acknowledged.erase(number);
    // Without one, it broke.
    if (answer.has_value()) return *answer;
  }
}

void RemoteSubscription::Cancel() { state_->Raise(&state_->is_cancelled); }

Position RemoteSubscription::next_position() const {
  MutexLock lock(&state_->mutex);
  return state_->next_position;
}

}  // namespace daybook
