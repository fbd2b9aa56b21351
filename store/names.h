// Names of what a store keeps beside its events: subscriptions, groups,
// reactors and the like.

#ifndef DAYBOOK_STORE_NAMES_H_
#define DAYBOOK_STORE_NAMES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace daybook {

// "$schedule-ID": streams of the bus (daybook/bus/schedules.h), which any
// append may write, with events of these types alone
// (daybook/v1/schedule.proto). Stored; never change.
inline constexpr std::string_view kScheduleStreamPrefix = "$schedule-";
inline constexpr std::string_view kScheduledType = "$scheduled";
inline constexpr std::string_view kScheduleFiredType = "$schedule-fired";
inline constexpr std::string_view kScheduleCancelledType =
    "$schedule-cancelled";
inline constexpr std::string_view kScheduleFailedType = "$schedule-failed";

// UTF-8 without NUL of 1 to `bytes_max` bytes. Errors: kInvalidArgument, which
// calls it a `kind` ("group name").
absl::Status ValidateName(std::string_view kind, std::string_view name,
                          size_t bytes_max);
// The same, of those that programs choose: `$` begins the store's own.
absl::Status ValidateChosenName(std::string_view kind, std::string_view name,
                                size_t bytes_max);

// Whether it can name a file: letters and digits of ASCII, '.', '-' and '_',
// not beginning with '.'.
bool IsFileName(std::string_view name);

// The key of a row that is kept under a name.
std::string NamedKey(std::string_view prefix, std::string_view name);

}  // namespace daybook

#endif  // DAYBOOK_STORE_NAMES_H_
