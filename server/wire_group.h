// What calls of groups hand over and give back, as messages of
// group_service.proto and as bus has it.

#ifndef DAYBOOK_SERVER_WIRE_GROUP_H_
#define DAYBOOK_SERVER_WIRE_GROUP_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/bus/consumer_group.h"
#include "daybook/bus/groups.h"
#include "daybook/v1/group_service.pb.h"

namespace daybook::wire {

// Of one answer; a cause has 4 KiB at most.
inline constexpr size_t kParkedCountMax = 1024;

// What can't cross the wire: lanes by a function, a filter with `where`.
// Errors: kInvalidArgument.
absl::Status CheckCanBeSent(const GroupOptions& options);

void ToMessage(const GroupOptions& options, v1::GroupOptions* message);
// Errors: kInvalidArgument for lanes that are none.
absl::StatusOr<GroupOptions> FromMessage(const v1::GroupOptions& message);

void ToMessage(const GroupInfo& info, v1::GroupInfo* message);
GroupInfo FromMessage(const v1::GroupInfo& message);

void ToMessage(const ParkedEvent& parked, v1::ParkedReply::Event* message);
ParkedEvent FromMessage(const v1::ParkedReply::Event& message);

}  // namespace daybook::wire

#endif  // DAYBOOK_SERVER_WIRE_GROUP_H_
