#include "store/subscriptions.h"

#include <utility>

#include "store/event_filter.h"
#include "store/status_macros.h"

namespace daybook {

Subscriptions::Subscriptions(Engine engine)
    : engine_(std::move(engine)),
      keeper_(std::make_shared<CheckpointKeeper>(engine_.store, engine_.clock,
                                                 engine_.schedule)) {}

absl::StatusOr<std::unique_ptr<Subscription>> Subscriptions::Subscribe(
    const SubscribeOptions& options) {
  DAYBOOK_RETURN_IF_ERROR(ValidateFilter(options.filter));
  LogSubscription::Parts parts;
  parts.gate = std::make_shared<LogSubscription::Gate>();
  parts.watch = options.durable_only ? engine_.durable_watch : engine_.watch;
  const Position end = parts.watch->head();
  Position begin = options.from.position().value_or(end);
  if (!options.name.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(parts.checkpoint, keeper_->Open(options, end));
    parts.keeper = keeper_;
    begin = keeper_->CheckpointOf(*parts.checkpoint);
  }
  auto subscription = std::make_unique<LogSubscription>(options, begin, parts);
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<EventFeed> feed,
                           engine_.make_feed(subscription->filter()));
  subscription->SetFeed(std::move(feed));
  MutexLock lock(&mutex_);
  if (closed_) return absl::UnavailableError("the store is closed");
  std::erase_if(gates_, [](const auto& gate) { return gate.expired(); });
  gates_.push_back(parts.gate);
  return subscription;
}

void Subscriptions::Close() {
  std::vector<std::weak_ptr<LogSubscription::Gate>> gates;
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    gates.swap(gates_);
  }
  engine_.watch->Close();
  engine_.durable_watch->Close();
  for (const auto& weak : gates) {
    if (const auto gate = weak.lock()) {
      MutexLock lock(&gate->mutex);
      gate->closed = true;
    }
  }
  keeper_->Stop();
}

}  // namespace daybook
