#include "server/wire_group.h"

#include "server/wire.h"
#include "server/wire_info.h"
#include "server/wire_status.h"

namespace daybook::wire {
namespace {

void ToMessage(const Lanes& lanes, v1::GroupLanes* message) {
  switch (lanes.kind()) {
    case Lanes::Kind::kStream:
      message->set_kind(v1::GroupLanes::KIND_STREAM);
      break;
    case Lanes::Kind::kTag:
      message->set_kind(v1::GroupLanes::KIND_TAG);
      message->set_tag_prefix(lanes.tag_prefix());
      break;
    case Lanes::Kind::kKey:
      message->set_kind(v1::GroupLanes::KIND_KEY);
      break;
  }
}

Lanes LanesFrom(const v1::GroupLanes& message) {
  switch (message.kind()) {
    case v1::GroupLanes::KIND_TAG:
      return Lanes::ByTag(message.tag_prefix());
    case v1::GroupLanes::KIND_KEY:
      return Lanes::ByKey(nullptr);
    default:
      return Lanes::ByStream();
  }
}

void ToMessage(const RetryPolicy& retry, v1::GroupRetry* message) {
  message->set_first(ToMicros(retry.first));
  message->set_max(ToMicros(retry.max));
  message->set_attempt_count_max(retry.attempt_count_max);
}

RetryPolicy RetryFrom(const v1::GroupRetry& message) {
  return {.first = ToDuration(message.first()),
          .max = ToDuration(message.max()),
          .attempt_count_max = message.attempt_count_max()};
}

}  // namespace

absl::Status CheckCanBeSent(const GroupOptions& options) {
  if (options.filter.where != nullptr) {
    return absl::InvalidArgumentError(
        "a filter by a function can't be handed to the process that holds the "
        "store");
  }
  if (options.lanes.kind() == Lanes::Kind::kKey) {
    return absl::InvalidArgumentError(
        "lanes by a function can't be handed to the process that holds the "
        "store: let it open the group, and join by the name alone");
  }
  return absl::OkStatus();
}

void ToMessage(const GroupOptions& options, v1::GroupOptions* message) {
  ToMessage(options.filter, message->mutable_filter());
  if (options.from.position().has_value()) {
    message->set_from(options.from.position()->value());
  }
  message->set_accept_changed_filter(options.accept_changed_filter);
  ToMessage(options.lanes, message->mutable_lanes());
  ToMessage(options.retry, message->mutable_retry());
  message->set_lease(ToMicros(options.lease));
  message->set_outstanding_count_max(options.outstanding_count_max);
  message->set_outstanding_bytes_max(options.outstanding_bytes_max);
  message->set_durable_only(options.durable_only);
}

absl::StatusOr<GroupOptions> FromMessage(const v1::GroupOptions& message) {
  const v1::GroupLanes::Kind kind = message.lanes().kind();
  if (kind != v1::GroupLanes::KIND_STREAM && kind != v1::GroupLanes::KIND_TAG) {
    return absl::InvalidArgumentError("lanes that are none");
  }
  GroupOptions options;
  options.filter = FromMessage(message.filter());
  options.from = message.has_from()
                     ? SubscribeFrom::At(Position(message.from()))
                     : SubscribeFrom::End();
  options.accept_changed_filter = message.accept_changed_filter();
  options.lanes = LanesFrom(message.lanes());
  options.retry = RetryFrom(message.retry());
  options.lease = ToDuration(message.lease());
  options.outstanding_count_max = message.outstanding_count_max();
  options.outstanding_bytes_max = message.outstanding_bytes_max();
  options.durable_only = message.durable_only();
  return options;
}

void ToMessage(const GroupInfo& info, v1::GroupInfo* message) {
  message->set_name(info.name);
  ToMessage(info.filter, message->mutable_filter());
  ToMessage(info.lanes, message->mutable_lanes());
  ToMessage(info.retry, message->mutable_retry());
  message->set_lease(ToMicros(info.lease));
  message->set_created_at(ToMicros(info.created_at));
  message->set_open(info.open);
  message->set_checkpoint(info.checkpoint.value());
  message->set_next_position(info.next_position.value());
  message->set_outstanding_count(info.outstanding_count);
  message->set_in_hand_count(info.in_hand_count);
  message->set_waiting_count(info.waiting_count);
  message->set_parked_count(info.parked_count);
  message->set_lag_count(info.lag_count);
  message->set_lag(ToMicros(info.lag));
  if (!info.problem.ok()) ToMessage(info.problem, message->mutable_problem());
  message->set_outstanding_count_max(info.outstanding_count_max);
  message->set_outstanding_bytes_max(info.outstanding_bytes_max);
  message->set_durable_only(info.durable_only);
  for (const GroupMemberInfo& member : info.members) {
    v1::GroupInfo::Member& added = *message->add_members();
    added.set_id(member.id);
    added.set_name(member.name);
    added.set_in_hand_count(member.in_hand_count);
    added.set_lease_left(ToMicros(member.lease_left));
  }
}

GroupInfo FromMessage(const v1::GroupInfo& message) {
  GroupInfo info;
  info.name = message.name();
  info.filter = FromMessage(message.filter());
  info.lanes = LanesFrom(message.lanes());
  info.retry = RetryFrom(message.retry());
  info.lease = ToDuration(message.lease());
  info.created_at = ToTime(message.created_at());
  info.open = message.open();
  info.checkpoint = Position(message.checkpoint());
  info.next_position = Position(message.next_position());
  info.outstanding_count = message.outstanding_count();
  info.in_hand_count = message.in_hand_count();
  info.waiting_count = message.waiting_count();
  info.parked_count = message.parked_count();
  info.lag_count = message.lag_count();
  info.lag = ToDuration(message.lag());
  if (message.has_problem()) info.problem = FromMessage(message.problem());
  info.outstanding_count_max = message.outstanding_count_max();
  info.outstanding_bytes_max = message.outstanding_bytes_max();
  info.durable_only = message.durable_only();
  for (const v1::GroupInfo::Member& member : message.members()) {
    info.members.push_back({.id = member.id(),
                            .name = member.name(),
                            .in_hand_count = member.in_hand_count(),
                            .lease_left = ToDuration(member.lease_left())});
  }
  return info;
}

void ToMessage(const ParkedEvent& parked, v1::ParkedReply::Event* message) {
  message->set_position(parked.position.value());
  message->set_attempt_count(parked.attempt_count);
  message->set_cause(parked.cause);
  message->set_parked_at(ToMicros(parked.parked_at));
  message->set_member(parked.member);
}

ParkedEvent FromMessage(const v1::ParkedReply::Event& message) {
  return {.position = Position(message.position()),
          .attempt_count = message.attempt_count(),
          .cause = message.cause(),
          .parked_at = ToTime(message.parked_at()),
          .member = message.member()};
}

}  // namespace daybook::wire
