#include "daybook/bus/bus.h"

#include <utility>

#include "daybook/store/read.h"
#include "store/caught.h"
#include "store/event_filter.h"
#include "store/mutex.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// One that was registered.
struct Part {
  std::string name;
  EventFilter filter;
  Bus::Validator validator;
  Bus::Handler handler;

  Mutex mutex;
  CondVar idle;
  int running_count ABSL_GUARDED_BY(mutex) = 0;
  bool left ABSL_GUARDED_BY(mutex) = false;
};

// Calls a part, unless it has left.
template <typename Call>
absl::Status Run(Part& part, Call call) {
  {
    MutexLock lock(&part.mutex);
    if (part.left) return absl::OkStatus();
    ++part.running_count;
  }
  absl::Status status = Caught("it", [&] { return call(part); });
  MutexLock lock(&part.mutex);
  --part.running_count;
  part.idle.SignalAll();
  return status;
}

// Those of a bus, shared with their registrations. Thread-safe.
class Parts {
 public:
  using List = std::vector<std::shared_ptr<Part>>;

  void Add(std::shared_ptr<Part> part) {
    MutexLock lock(&mutex_);
    parts_.push_back(std::move(part));
  }
  void Remove(const std::shared_ptr<Part>& part) {
    MutexLock lock(&mutex_);
    std::erase(parts_, part);
  }
  // As of now.
  List All() const {
    MutexLock lock(&mutex_);
    return parts_;
  }

 private:
  mutable Mutex mutex_;
  List parts_ ABSL_GUARDED_BY(mutex_);
};

class PartRegistration final : public Registration {
 public:
  PartRegistration(std::shared_ptr<Parts> parts, std::shared_ptr<Part> part)
      : parts_(std::move(parts)), part_(std::move(part)) {
    parts_->Add(part_);
  }
  ~PartRegistration() override {
    parts_->Remove(part_);
    MutexLock lock(&part_->mutex);
    part_->left = true;
    while (part_->running_count > 0) part_->idle.Wait(&part_->mutex);
  }

 private:
  const std::shared_ptr<Parts> parts_;
  const std::shared_ptr<Part> part_;
};

class StoreBus final : public Bus {
 public:
  explicit StoreBus(EventStore* store) : store_(*store) {}

  std::unique_ptr<Registration> Validate(Validator validator) override {
    auto part = std::make_shared<Part>();
    part->validator = std::move(validator);
    return std::make_unique<PartRegistration>(validators_, std::move(part));
  }

  absl::StatusOr<std::unique_ptr<Registration>> Handle(
      std::string name, EventFilter filter, Handler handler) override {
    DAYBOOK_RETURN_IF_ERROR(ValidateFilter(filter));
    auto part = std::make_shared<Part>();
    part->name = std::move(name);
    part->filter = std::move(filter);
    part->handler = std::move(handler);
    return std::make_unique<PartRegistration>(handlers_, std::move(part));
  }

  absl::StatusOr<Published> Append(const AppendRequest& request,
                                   const AppendOptions& options) override {
    for (const std::shared_ptr<Part>& part : validators_->All()) {
      const absl::Status valid =
          Run(*part, [&](Part& running) { return running.validator(request); });
      if (!valid.ok()) return valid;
    }
    Published published;
    DAYBOOK_ASSIGN_OR_RETURN(published.receipt,
                             store_.Append(request, options));
    const Parts::List handlers = handlers_->All();
    if (!handlers.empty()) CallHandlers(handlers, &published);
    return published;
  }

 private:
  void CallHandlers(const Parts::List& handlers, Published* published) {
    const AppendResult& receipt = published->receipt;
    Position next = receipt.first_position;
    absl::StatusOr<EventCursor> cursor = store_.ReadLog(
        {.from = receipt.first_position, .to = receipt.last_position});
    if (cursor.ok()) {
      for (const EventView& event : *cursor) {
        next = event.position.Next();
        for (const std::shared_ptr<Part>& part : handlers) {
          absl::Status status = Run(*part, [&](Part& running) -> absl::Status {
            DAYBOOK_ASSIGN_OR_RETURN(const bool wanted,
                                     Wants(running.filter, event));
            return wanted ? running.handler(event) : absl::OkStatus();
          });
          if (status.ok()) continue;
          published->failures.push_back(
              {part->name, event.position, std::move(status)});
        }
      }
    }
    const absl::Status read = cursor.ok() ? cursor->status() : cursor.status();
    if (read.ok()) return;
    // Stored, and nobody heard of it from here on.
    for (const std::shared_ptr<Part>& part : handlers) {
      published->failures.push_back({part->name, next, read});
    }
  }

  EventStore& store_;
  const std::shared_ptr<Parts> validators_ = std::make_shared<Parts>();
  const std::shared_ptr<Parts> handlers_ = std::make_shared<Parts>();
};

}  // namespace

std::unique_ptr<Bus> Bus::Over(EventStore& store) {
  return std::make_unique<StoreBus>(&store);
}

}  // namespace daybook
