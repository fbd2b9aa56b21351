#include "server/remote_group.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/group_call.h"
#include "server/wire.h"
#include "server/wire_events.h"
#include "server/wire_group.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

using Stub = v1::GroupService::Stub;

// A wait is so many calls, one after the other: what became of one that is
// ended half-way nobody knows. So long Interrupt() and Close() may take.
constexpr absl::Duration kWaitMax = absl::Milliseconds(100);
// How often a holder is looked for.
constexpr absl::Duration kLookAgainAfter = absl::Milliseconds(50);
// What a look for one may take of who does not want to wait.
constexpr absl::Duration kLookTimeout = absl::Seconds(1);

absl::Status Closed() { return absl::UnavailableError("the group is closed"); }

absl::Status NoMember() {
  return absl::NotFoundError("no such member any more: join again");
}

absl::StatusOr<std::vector<Delivery>> ToDeliveries(v1::PollReply reply) {
  wire::EventList events;
  DAYBOOK_RETURN_IF_ERROR(events.Parse(std::move(*reply.mutable_events())));
  const auto count = static_cast<size_t>(reply.deliveries_size());
  if (events.events().size() != count) {
    return absl::InternalError("the holder of the store sent no events");
  }
  std::vector<Delivery> deliveries;
  deliveries.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const v1::PollReply::Delivery& delivery =
        reply.deliveries(static_cast<int>(i));
    deliveries.push_back(
        {.id = delivery.id(),
         .event = std::make_shared<const Event>(events.events()[i].ToEvent()),
         .lane = delivery.lane(),
         .attempt = delivery.attempt()});
  }
  return deliveries;
}

}  // namespace

// --- Members -----------------------------------------------------------------

absl::Status RemoteGroup::CheckOpen() const {
  return is_closed() ? Closed() : absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Connection>> RemoteGroup::ConnectionOf(
    uint64_t member) {
  // Members leave as this is closed, also after the store.
  if (connector_->is_closed()) {
    return absl::UnavailableError("the store is closed");
  }
  MutexLock lock(&mutex_);
  if (closed_) return Closed();
  const auto found = members_.find(member);
  if (found == members_.end()) return NoMember();
  return found->second.connection;
}

bool RemoteGroup::Remember(uint64_t member,
                           std::shared_ptr<Connection> connection) {
  MutexLock lock(&mutex_);
  if (closed_) return false;
  members_[member] = {.connection = std::move(connection)};
  return true;
}

void RemoteGroup::Forget(uint64_t member) {
  MutexLock lock(&mutex_);
  members_.erase(member);
}

bool RemoteGroup::TakeInterrupt(uint64_t member) {
  MutexLock lock(&mutex_);
  const auto found = members_.find(member);
  return found != members_.end() &&
         std::exchange(found->second.interrupted, false);
}

void RemoteGroup::Name(uint64_t member, v1::GroupMember* message) const {
  message->set_group(name_);
  message->set_id(member);
}

template <typename Method, typename Request, typename Reply>
absl::Status RemoteGroup::CallAs(uint64_t member, Method method,
                                 const Request& request, Reply* reply) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<Connection> connection,
                           ConnectionOf(member));
  bool is_broken = false;
  absl::Status status =
      CallGroups(*connection, method, request, reply, &is_broken);
  if (status.ok()) return status;
  // It left when this was closed meanwhile.
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  if (!is_broken && absl::IsNotFound(status)) {
    // Its lease ran out: nothing of it is left there.
    Forget(member);
    return status;
  }
  const bool is_member = is_broken ? absl::IsInvalidArgument(status)
                                   : !absl::IsUnavailable(status);
  if (is_member) return status;
  Forget(member);
  return absl::NotFoundError(absl::StrCat(
      is_broken ? "the connection to the process that holds the store broke ("
                : "the process that holds the store closes the group (",
      status.message(), "): join again"));
}

// --- Calls -------------------------------------------------------------------

absl::Status RemoteGroup::Open() {
  v1::OpenGroupRequest request;
  request.set_group(name_);
  if (options_.has_value()) *request.mutable_options() = *options_;
  v1::Done reply;
  return CallGroups(*connector_, &Stub::Open, request, &reply);
}

absl::StatusOr<Membership> RemoteGroup::Join(std::string_view name) {
  const absl::Duration deadline =
      Clock::System()->Monotonic() + connector_->options().reconnect_timeout;
  while (true) {
    bool is_away = false;
    absl::StatusOr<Membership> joined =
        JoinOnce(name, absl::InfiniteDuration(), &is_away);
    if (!is_away || Clock::System()->Monotonic() > deadline) return joined;
    absl::SleepFor(kLookAgainAfter);
  }
}

absl::StatusOr<Membership> RemoteGroup::TryJoin(std::string_view name) {
  bool is_away = false;
  return JoinOnce(name, kLookTimeout, &is_away);
}

absl::StatusOr<Membership> RemoteGroup::JoinOnce(std::string_view name,
                                                 absl::Duration patience,
                                                 bool* is_away) {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  v1::JoinRequest request;
  request.set_group(name_);
  if (options_.has_value()) *request.mutable_options() = *options_;
  request.set_name(std::string(name));
  const absl::StatusOr<std::shared_ptr<Connection>> connection =
      connector_->Use(patience);
  absl::Status status = connection.status();
  bool is_broken = true;
  if (connection.ok()) {
    v1::JoinReply reply;
    status = CallGroups(**connection, &Stub::Join, request, &reply, &is_broken);
    if (status.ok()) {
      const Membership joined{.id = reply.member(),
                              .lease = wire::ToDuration(reply.lease())};
      if (Remember(joined.id, *connection)) return joined;
      LeaveHeld(joined.id, **connection).IgnoreError();
      return Closed();
    }
  }
  *is_away =
      is_broken && absl::IsUnavailable(status) && !connector_->is_closed();
  return status;
}

absl::StatusOr<std::vector<Delivery>> RemoteGroup::Poll(
    uint64_t member, size_t count_max, absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  v1::PollRequest request;
  Name(member, request.mutable_member());
  request.set_count_max(count_max);
  while (true) {
    if (TakeInterrupt(member)) return std::vector<Delivery>();
    const absl::Duration left =
        std::max(deadline - Clock::System()->Monotonic(), absl::ZeroDuration());
    request.set_wait(wire::ToMicros(std::min(left, kWaitMax)));
    v1::PollReply reply;
    const absl::Status status = CallAs(member, &Stub::Poll, request, &reply);
    if (status.ok()) return ToDeliveries(std::move(reply));
    if (!absl::IsDeadlineExceeded(status)) return status;
    if (left <= kWaitMax) return std::vector<Delivery>();
  }
}

absl::Status RemoteGroup::Ack(uint64_t member,
                              std::span<const uint64_t> deliveries) {
  v1::AckRequest request;
  Name(member, request.mutable_member());
  request.mutable_deliveries()->Add(deliveries.begin(), deliveries.end());
  v1::Done reply;
  return CallAs(member, &Stub::Ack, request, &reply);
}

absl::Status RemoteGroup::Nack(uint64_t member, uint64_t delivery,
                               const NackOptions& options) {
  v1::NackRequest request;
  Name(member, request.mutable_member());
  request.set_delivery(delivery);
  request.set_cause(options.cause);
  if (options.retry_after.has_value()) {
    request.set_retry_after(wire::ToMicros(*options.retry_after));
  }
  v1::Done reply;
  return CallAs(member, &Stub::Nack, request, &reply);
}

absl::Status RemoteGroup::Park(uint64_t member, uint64_t delivery,
                               std::string_view cause) {
  v1::ParkRequest request;
  Name(member, request.mutable_member());
  request.set_delivery(delivery);
  request.set_cause(std::string(cause));
  v1::Done reply;
  return CallAs(member, &Stub::Park, request, &reply);
}

absl::Status RemoteGroup::Renew(uint64_t member) {
  v1::GroupMember request;
  Name(member, &request);
  v1::Done reply;
  return CallAs(member, &Stub::Renew, request, &reply);
}

absl::Status RemoteGroup::LeaveHeld(uint64_t member, Connection& connection) {
  v1::GroupMember request;
  Name(member, &request);
  v1::Done reply;
  return CallGroups(connection, &Stub::Leave, request, &reply);
}

absl::Status RemoteGroup::Leave(uint64_t member) {
  v1::GroupMember request;
  Name(member, &request);
  v1::Done reply;
  absl::Status status = CallAs(member, &Stub::Leave, request, &reply);
  Forget(member);
  return status;
}

void RemoteGroup::Interrupt(uint64_t member) {
  MutexLock lock(&mutex_);
  const auto found = members_.find(member);
  if (found != members_.end()) found->second.interrupted = true;
}

absl::Status RemoteGroup::Flush() {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  return FlushHeld();
}

absl::Status RemoteGroup::FlushHeld() {
  v1::GroupName request;
  request.set_name(name_);
  v1::Done reply;
  return CallGroups(*connector_, &Stub::Flush, request, &reply);
}

absl::StatusOr<GroupInfo> RemoteGroup::Info() {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen());
  v1::GroupName request;
  request.set_name(name_);
  v1::GroupInfo reply;
  DAYBOOK_RETURN_IF_ERROR(CallGroups(*connector_, &Stub::Get, request, &reply));
  return wire::FromMessage(reply);
}

bool RemoteGroup::is_closed() const {
  if (connector_->is_closed()) return true;
  MutexLock lock(&mutex_);
  return closed_;
}

absl::Status RemoteGroup::Close() {
  std::map<uint64_t, Member> members;
  {
    MutexLock lock(&mutex_);
    if (std::exchange(closed_, true)) return absl::OkStatus();
    members.swap(members_);
  }
  absl::Status status;
  for (const auto& [id, member] : members) {
    const absl::Status left = LeaveHeld(id, *member.connection);
    // One that was taken for dead has left.
    if (!absl::IsNotFound(left)) status.Update(left);
  }
  // What was acknowledged does not come again after a clean close.
  if (!members.empty()) status.Update(FlushHeld());
  return status;
}

}  // namespace daybook
