#include "server/heartbeat.h"

#include <chrono>
#include <utility>

namespace daybook {

std::shared_ptr<Heartbeat> Heartbeat::Start(v1::StoreService::Stub& stub,
                                            absl::Duration pause,
                                            std::function<void()> lost) {
  auto heartbeat = std::make_shared<Heartbeat>(pause, std::move(lost));
  heartbeat->self_ = heartbeat;
  stub.async()->Beat(&heartbeat->context_, heartbeat.get());
  // Beats begin on any thread.
  heartbeat->AddHold();
  heartbeat->StartCall();
  MutexLock lock(&heartbeat->mutex_);
  heartbeat->SetAlarm();
  return heartbeat;
}

void Heartbeat::SetAlarm() {
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(
      std::chrono::system_clock::now() + absl::ToChronoMicroseconds(pause_),
      [weak = weak_from_this()](bool ok) {
        const std::shared_ptr<Heartbeat> self = weak.lock();
        if (ok && self != nullptr) self->Beat();
      });
}

void Heartbeat::Beat() {
  bool is_lost = false;
  {
    MutexLock lock(&mutex_);
    if (is_over_) return;
    is_lost = unfinished_ > 0;
    if (!is_lost) {
      unfinished_ = 2;
      SetAlarm();
    }
  }
  if (is_lost) {
    lost_();
    return;
  }
  StartRead(&answer_);
  StartWrite(&beat_);
}

void Heartbeat::DoneWithOne(bool ok) {
  {
    MutexLock lock(&mutex_);
    --unfinished_;
    if (!ok) is_over_ = true;
    if (!is_over_ || unfinished_ > 0 || std::exchange(is_let_go_, true)) return;
  }
  RemoveHold();
}

void Heartbeat::Stop() {
  context_.TryCancel();
  {
    MutexLock lock(&mutex_);
    is_over_ = true;
    alarm_ = nullptr;
    if (unfinished_ > 0 || std::exchange(is_let_go_, true)) return;
  }
  RemoveHold();
}

}  // namespace daybook
