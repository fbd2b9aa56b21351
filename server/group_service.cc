#include "server/group_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "daybook/v1/group_service.grpc.pb.h"
#include "server/calls.h"
#include "server/list_call.h"
#include "server/wire.h"
#include "server/wire_group.h"
#include "server/wire_kept_event.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor;

// What a poll hands out, once it has an event.
constexpr size_t kPollBytesMax = 1 << 20;

class GroupService final : public v1::GroupService::CallbackService {
 public:
  GroupService(ServedStore& served, ServedGroups& groups)
      : served_(served), groups_(groups) {}

  // --- Members

  Unary* Open(Context* context, const v1::OpenGroupRequest* request,
              v1::Done* /*reply*/) override {
    return Run(context, [=, this]() -> absl::Status {
      DAYBOOK_ASSIGN_OR_RETURN(const std::optional<GroupOptions> options,
                               OptionsOf(*request));
      return groups_.Open(request->group(), options).status();
    });
  }
  Unary* Join(Context* context, const v1::JoinRequest* request,
              v1::JoinReply* reply) override {
    return Run(context, [=, this]() -> absl::Status {
      DAYBOOK_ASSIGN_OR_RETURN(const std::optional<GroupOptions> options,
                               OptionsOf(*request));
      DAYBOOK_ASSIGN_OR_RETURN(
          const Membership member,
          groups_.Join(request->group(), options, request->name()));
      reply->set_member(member.id);
      reply->set_lease(wire::ToMicros(member.lease));
      return absl::OkStatus();
    });
  }
  // Holds no thread while it waits, and is heard of meanwhile.
  Unary* Poll(Context* /*context*/, const v1::PollRequest* request,
              v1::PollReply* reply) override {
    return new WaitCall(served_.workers(), wire::ToDuration(request->wait()),
                        [=, this] { return Take(*request, reply); });
  }
  Unary* Ack(Context* context, const v1::AckRequest* request,
             v1::Done* /*reply*/) override {
    return WithGroup(context, request->member(), [=](ConsumerGroup& group) {
      const std::vector<uint64_t> deliveries(request->deliveries().begin(),
                                             request->deliveries().end());
      return group.Ack(request->member().id(), deliveries);
    });
  }
  Unary* Nack(Context* context, const v1::NackRequest* request,
              v1::Done* /*reply*/) override {
    return WithGroup(context, request->member(), [=](ConsumerGroup& group) {
      NackOptions options{.cause = request->cause()};
      if (request->has_retry_after()) {
        options.retry_after = wire::ToDuration(request->retry_after());
      }
      return group.Nack(request->member().id(), request->delivery(), options);
    });
  }
  Unary* Park(Context* context, const v1::ParkRequest* request,
              v1::Done* /*reply*/) override {
    return WithGroup(context, request->member(), [=](ConsumerGroup& group) {
      return group.Park(request->member().id(), request->delivery(),
                        request->cause());
    });
  }
  Unary* Renew(Context* context, const v1::GroupMember* request,
               v1::Done* /*reply*/) override {
    return WithGroup(context, *request, [=](ConsumerGroup& group) {
      return group.Renew(request->id());
    });
  }
  Unary* Leave(Context* context, const v1::GroupMember* request,
               v1::Done* /*reply*/) override {
    return Run(context, [=, this] {
      return groups_.Leave(request->group(), request->id());
    });
  }
  Unary* Flush(Context* context, const v1::GroupName* request,
               v1::Done* /*reply*/) override {
    return Run(context, [=, this]() -> absl::Status {
      absl::Status flushed = groups_.With(
          request->name(), [](ConsumerGroup& group) { return group.Flush(); });
      // One that is closed has written all.
      return absl::IsNotFound(flushed) ? absl::OkStatus() : flushed;
    });
  }

  Unary* WaitHandled(Context* /*context*/,
                     const v1::WaitGroupHandledRequest* request,
                     v1::Done* /*reply*/) override {
    return new WaitCall(
        served_.workers(), wire::ToDuration(request->wait()), [=, this] {
          return groups_.groups().WaitHandled(request->group(),
                                              Position(request->position()),
                                              absl::ZeroDuration());
        });
  }

  // --- Operators

  grpc::ServerWriteReactor<v1::GroupInfo>* List(
      Context* /*context*/, const v1::ListGroupsRequest* /*request*/) override {
    return ListCall<v1::GroupInfo, GroupInfo>(
        served_.workers(), [this] { return groups_.groups().List(); });
  }
  Unary* Get(Context* context, const v1::GroupName* request,
             v1::GroupInfo* reply) override {
    return Run(context, [=, this]() -> absl::Status {
      DAYBOOK_ASSIGN_OR_RETURN(const GroupInfo info,
                               groups_.groups().Get(request->name()));
      wire::ToMessage(info, reply);
      return absl::OkStatus();
    });
  }
  Unary* Parked(Context* context, const v1::ParkedRequest* request,
                v1::ParkedReply* reply) override {
    return Run(context, [=, this]() -> absl::Status {
      DAYBOOK_ASSIGN_OR_RETURN(
          const std::vector<ParkedEvent> events,
          groups_.groups().Parked(
              request->group(),
              {.from = Position(request->from()),
               .count_max = std::min<uint64_t>(request->count_max(),
                                               wire::kParkedCountMax)}));
      for (const ParkedEvent& event : events) {
        wire::ToMessage(event, reply->add_events());
      }
      return absl::OkStatus();
    });
  }
  Unary* Retry(Context* context, const v1::ParkedChange* request,
               v1::Done* /*reply*/) override {
    return Run(context, [=, this] {
      if (!request->has_operation()) {
        return groups_.groups().RetryRecorded(request->group(),
                                              Position(request->position()));
      }
      return groups_.groups().Retry(request->group(),
                                    Position(request->position()),
                                    wire::FromMessage(request->operation()));
    });
  }
  Unary* Skip(Context* context, const v1::ParkedChange* request,
              v1::Done* /*reply*/) override {
    return Run(context, [=, this] {
      if (!request->has_operation()) {
        return groups_.groups().SkipRecorded(request->group(),
                                             Position(request->position()));
      }
      return groups_.groups().Skip(request->group(),
                                   Position(request->position()),
                                   wire::FromMessage(request->operation()));
    });
  }
  Unary* Reset(Context* context, const v1::GroupChange* request,
               v1::Done* /*reply*/) override {
    return Run(context, [=, this] {
      return groups_.groups().Reset(request->group(),
                                    Position(request->position()),
                                    wire::FromMessage(request->operation()));
    });
  }
  Unary* Delete(Context* context, const v1::GroupChange* request,
                v1::Done* /*reply*/) override {
    return Run(context, [=, this] {
      return groups_.groups().Delete(request->group(),
                                     wire::FromMessage(request->operation()));
    });
  }

 private:
  template <typename Work>
  Unary* Run(Context* context, Work work) {
    return RunUnary(context, served_.workers(), std::move(work));
  }
  // Calls `work` with the group that `member` has joined.
  template <typename Work>
  Unary* WithGroup(Context* context, const v1::GroupMember& member, Work work) {
    return Run(context, [this, &member, work] {
      return groups_.With(member.group(), work);
    });
  }

  template <typename Request>
  static absl::StatusOr<std::optional<GroupOptions>> OptionsOf(
      const Request& request) {
    if (!request.has_options()) return std::nullopt;
    return wire::FromMessage(request.options());
  }

  absl::Status Take(const v1::PollRequest& request, v1::PollReply* reply) {
    DAYBOOK_RETURN_IF_ERROR(groups_.With(
        request.member().group(),
        [&](ConsumerGroup& group) { return TakeFrom(group, request, reply); }));
    if (reply->deliveries_size() == 0) {
      return absl::DeadlineExceededError("there is nothing to hand out");
    }
    return absl::OkStatus();
  }

  // One after the other, so that no more is taken than fits.
  static absl::Status TakeFrom(ConsumerGroup& group,
                               const v1::PollRequest& request,
                               v1::PollReply* reply) {
    const uint64_t count_max =
        std::clamp<uint64_t>(request.count_max(), 1, kGroupPollCountMax);
    while (static_cast<uint64_t>(reply->deliveries_size()) < count_max &&
           reply->events().size() < kPollBytesMax) {
      const absl::StatusOr<std::vector<Delivery>> polled =
          group.Poll(request.member().id(), 1, absl::ZeroDuration());
      if (!polled.ok()) {
        // What was taken is the member's: it gets that, and hears of this when
        // it asks for more.
        if (reply->deliveries_size() > 0) break;
        return polled.status();
      }
      if (polled->empty()) break;
      const Delivery& delivery = polled->front();
      wire::AppendEvent(*delivery.event, reply->mutable_events());
      v1::PollReply::Delivery& added = *reply->add_deliveries();
      added.set_id(delivery.id);
      added.set_lane(delivery.lane);
      added.set_attempt(delivery.attempt);
    }
    return absl::OkStatus();
  }

  ServedStore& served_;
  ServedGroups& groups_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeGroupService(ServedStore& served,
                                                ServedGroups& groups) {
  return std::make_unique<GroupService>(served, groups);
}

}  // namespace daybook
