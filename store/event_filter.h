// What an EventFilter means.

#ifndef DAYBOOK_STORE_EVENT_FILTER_H_
#define DAYBOOK_STORE_EVENT_FILTER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/query.h"
#include "daybook/store/subscription.h"

namespace daybook {

// Errors: kInvalidArgument.
absl::Status ValidateFilter(const EventFilter& filter);

// Every event of the log.
bool WantsAll(const EventFilter& filter);

// Whether `event` is wanted. Errors: what EventFilter::where returned; kUnknown
// if it threw.
absl::StatusOr<bool> Wants(const EventFilter& filter, const EventView& event);

// What an index may be asked for: every event that is wanted matches it. No
// items: nothing to ask for.
Query IndexedQuery(const EventFilter& filter);

// All but `where`.
bool SameFilter(const EventFilter& a, const EventFilter& b);

}  // namespace daybook

#endif  // DAYBOOK_STORE_EVENT_FILTER_H_
