// How the command line shows durable subscriptions, and where points are that
// it is given for one.

#ifndef DAYBOOK_TOOLS_SUBSCRIPTION_TEXT_H_
#define DAYBOOK_TOOLS_SUBSCRIPTION_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/subscription.h"
#include "tools/command_context.h"

namespace daybook::tools {

// "stream order-42", "category order, {"items":...}", "everything".
std::string FilterText(const EventFilter& filter);
// "1,204, 5m3s"; "0" for one that has come to the head.
std::string LagText(const SubscriptionInfo& info);
// What there is of a filter as members of an object, each with a comma before:
// ,"category":"order".
std::string FilterMembersJson(const EventFilter& filter);
// One object, without newline.
std::string SubscriptionJson(const SubscriptionInfo& info);

// Where a subscription must begin to be given the first event that `point`
// means, and those after it; the head if there is none yet. A revision is one
// of `stream`. Errors: kInvalidArgument, also without it, or for a future time.
absl::StatusOr<Position> PositionOf(const std::string& point,
                                    const std::string& stream,
                                    EventStore& store, CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SUBSCRIPTION_TEXT_H_
