// The events in the streams `$schedule-ID`: proto/daybook/v1/schedule.proto.

#ifndef DAYBOOK_BUS_SCHEDULE_EVENTS_H_
#define DAYBOOK_BUS_SCHEDULE_EVENTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/bus/schedules.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "store/names.h"

namespace daybook {

// Stored; never changes.
inline constexpr std::string_view kScheduleCategory =
    kScheduleStreamPrefix.substr(0, kScheduleStreamPrefix.size() - 1);

absl::Status ValidateScheduleId(std::string_view id);
// "$schedule-ID".
std::string ScheduleStreamOf(std::string_view id);
// REQUIRES: a stream of that category.
std::string_view ScheduleIdOf(std::string_view stream);

// REQUIRES: its events can be appended.
NewEvent ScheduledEvent(const NewSchedule& schedule);
NewEvent ScheduleFiredEvent();
NewEvent ScheduleCancelledEvent(std::string_view reason);
NewEvent ScheduleFailedEvent(std::string_view cause);

// What an event of that type makes of a schedule; nothing for those that settle
// none.
std::optional<ScheduleInfo::State> SettledBy(std::string_view type);

// What a "$scheduled" says. Errors: kDataLoss if it is not one.
absl::StatusOr<NewSchedule> DecodeScheduled(const EventView& event);
// Of a "$schedule-cancelled" or "-failed"; empty of any other.
std::string DecodeReason(const EventView& event);

}  // namespace daybook

#endif  // DAYBOOK_BUS_SCHEDULE_EVENTS_H_
