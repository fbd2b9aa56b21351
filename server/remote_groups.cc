#include "daybook/server/remote_groups.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/group_call.h"
#include "server/remote_engine.h"
#include "server/remote_group.h"
#include "server/remote_read.h"
#include "server/wire.h"
#include "server/wire_group.h"
#include "store/mutex.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

using Stub = v1::GroupService::Stub;

// A wait is so many calls, so that Close() ends it.
constexpr absl::Duration kWaitMax = absl::Seconds(1);

absl::Status Closed() {
  return absl::UnavailableError("these groups are closed");
}

class GroupsElsewhere final : public Groups {
 public:
  explicit GroupsElsewhere(std::shared_ptr<Connector> connector)
      : connector_(std::move(connector)) {}
  ~GroupsElsewhere() override { Close().IgnoreError(); }

  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name, const GroupOptions& options) override {
    DAYBOOK_RETURN_IF_ERROR(wire::CheckCanBeSent(options));
    v1::GroupOptions message;
    wire::ToMessage(options, &message);
    return OpenAs(name, std::move(message));
  }
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name) override {
    return OpenAs(name, std::nullopt);
  }

  absl::StatusOr<std::vector<GroupInfo>> List() override;
  absl::StatusOr<GroupInfo> Get(std::string_view name) override;
  absl::Status WaitHandled(std::string_view name, Position position,
                           absl::Duration timeout) override;
  absl::StatusOr<std::vector<ParkedEvent>> Parked(
      std::string_view name, const ParkedOptions& options) override;
  absl::Status Retry(std::string_view name, Position position,
                     const Operation& operation) override {
    return ChangeParked(&Stub::Retry, name, position, &operation);
  }
  absl::Status Skip(std::string_view name, Position position,
                    const Operation& operation) override {
    return ChangeParked(&Stub::Skip, name, position, &operation);
  }
  absl::Status RetryRecorded(std::string_view name,
                             Position position) override {
    return ChangeParked(&Stub::Retry, name, position, /*operation=*/nullptr);
  }
  absl::Status SkipRecorded(std::string_view name, Position position) override {
    return ChangeParked(&Stub::Skip, name, position, /*operation=*/nullptr);
  }
  absl::Status Reset(std::string_view name, Position position,
                     const Operation& operation) override {
    return Change(&Stub::Reset, name, position, operation);
  }
  absl::Status Delete(std::string_view name,
                      const Operation& operation) override {
    return Change(&Stub::Delete, name, Position(0), operation);
  }
  absl::Status Close() override;

 private:
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> OpenAs(
      std::string_view name, std::optional<v1::GroupOptions> options);
  absl::Status CheckOpen() {
    MutexLock lock(&mutex_);
    return closed_ ? Closed() : absl::OkStatus();
  }

  template <typename Method, typename Request, typename Reply>
  absl::Status Call(Method method, const Request& request, Reply* reply) {
    DAYBOOK_RETURN_IF_ERROR(CheckOpen());
    return CallGroups(*connector_, method, request, reply);
  }
  template <typename Method>
  absl::Status ChangeParked(Method method, std::string_view name,
                            Position position, const Operation* operation) {
    v1::ParkedChange request;
    request.set_group(std::string(name));
    request.set_position(position.value());
    if (operation != nullptr) {
      wire::ToMessage(*operation, request.mutable_operation());
    }
    v1::Done reply;
    return Call(method, request, &reply);
  }
  template <typename Method>
  absl::Status Change(Method method, std::string_view name, Position position,
                      const Operation& operation) {
    v1::GroupChange request;
    request.set_group(std::string(name));
    request.set_position(position.value());
    wire::ToMessage(operation, request.mutable_operation());
    v1::Done reply;
    return Call(method, request, &reply);
  }

  const std::shared_ptr<Connector> connector_;
  Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::weak_ptr<RemoteGroup>, std::less<>> opened_
      ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::shared_ptr<ConsumerGroup>> GroupsElsewhere::OpenAs(
    std::string_view name, std::optional<v1::GroupOptions> options) {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  auto group = std::make_shared<RemoteGroup>(connector_, std::string(name),
                                             std::move(options));
  DAYBOOK_RETURN_IF_ERROR(group->Open());
  MutexLock lock(&mutex_);
  if (closed_) return Closed();
  std::erase_if(opened_, [](const auto& named) {
    const auto open = named.second.lock();
    return open == nullptr || open->is_closed();
  });
  std::weak_ptr<RemoteGroup>& opened = opened_[std::string(name)];
  // Whoever has it may be letting go of it at this moment.
  if (auto open = opened.lock()) return open;
  opened = group;
  return group;
}

absl::StatusOr<std::vector<GroupInfo>> GroupsElsewhere::List() {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return ReadAll<GroupInfo, v1::GroupInfo>(*connector_, &Stub::List,
                                           v1::ListGroupsRequest());
}

absl::StatusOr<GroupInfo> GroupsElsewhere::Get(std::string_view name) {
  v1::GroupName request;
  request.set_name(std::string(name));
  v1::GroupInfo reply;
  DAYBOOK_RETURN_IF_ERROR(Call(&Stub::Get, request, &reply));
  return wire::FromMessage(reply);
}

absl::Status GroupsElsewhere::WaitHandled(std::string_view name,
                                          Position position,
                                          absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  v1::WaitGroupHandledRequest request;
  request.set_group(std::string(name));
  request.set_position(position.value());
  while (true) {
    const absl::Duration left =
        std::max(deadline - Clock::System()->Monotonic(), absl::ZeroDuration());
    request.set_wait(wire::ToMicros(std::min(left, kWaitMax)));
    v1::Done reply;
    absl::Status status = Call(&Stub::WaitHandled, request, &reply);
    if (!absl::IsDeadlineExceeded(status) || left <= kWaitMax) return status;
  }
}

absl::StatusOr<std::vector<ParkedEvent>> GroupsElsewhere::Parked(
    std::string_view name, const ParkedOptions& options) {
  v1::ParkedRequest request;
  request.set_group(std::string(name));
  std::vector<ParkedEvent> events;
  Position from = options.from;
  while (events.size() < options.count_max) {
    // The holder gives no more at once.
    const size_t count =
        std::min(options.count_max - events.size(), wire::kParkedCountMax);
    request.set_from(from.value());
    request.set_count_max(count);
    v1::ParkedReply reply;
    DAYBOOK_RETURN_IF_ERROR(Call(&Stub::Parked, request, &reply));
    for (const v1::ParkedReply::Event& event : reply.events()) {
      events.push_back(wire::FromMessage(event));
      from = events.back().position.Next();
    }
    if (static_cast<size_t>(reply.events_size()) < count) break;
  }
  return events;
}

absl::Status GroupsElsewhere::Close() {
  decltype(opened_) opened;
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    opened.swap(opened_);
  }
  absl::Status status;
  for (const auto& [name, weak] : opened) {
    if (const auto group = weak.lock()) status.Update(group->Close());
  }
  return status;
}

}  // namespace

std::unique_ptr<Groups> RemoteGroups::Over(EventStore& store) {
  auto* const remote = dynamic_cast<RemoteEngine*>(&store);
  if (remote == nullptr) return nullptr;
  return std::make_unique<GroupsElsewhere>(remote->connector());
}

}  // namespace daybook
