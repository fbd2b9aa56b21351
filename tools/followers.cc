#include "tools/followers.h"

#include <memory>

#include "daybook/bus/groups.h"
#include "daybook/replay/stored_views.h"
#include "store/status_macros.h"
#include "tools/store_access.h"
#include "tools/subscription_text.h"

namespace daybook::tools {
namespace {

std::string OpenText(bool open) { return open ? "open" : "closed"; }

}  // namespace

absl::StatusOr<std::vector<Follower>> ListFollowers(EventStore& store,
                                                    CommandContext& context) {
  std::vector<Follower> followers;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SubscriptionInfo> subscriptions,
                           store.ListSubscriptions());
  for (const SubscriptionInfo& info : subscriptions) {
    followers.push_back({.kind = "subscription",
                         .name = info.name,
                         .state = OpenText(info.open),
                         .checkpoint = info.checkpoint,
                         .lag_count = info.lag_count,
                         .lag = info.lag});
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::vector<GroupInfo> groups,
      context.stores->OpenGroups(store, context.clock)->List());
  for (const GroupInfo& info : groups) {
    followers.push_back({.kind = "group",
                         .name = info.name,
                         .state = info.problem.ok() ? OpenText(info.open)
                                                    : std::string("damaged"),
                         .checkpoint = info.checkpoint,
                         .lag_count = info.lag_count,
                         .lag = info.lag,
                         .parked_count = info.parked_count,
                         .problem = info.problem});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ViewStatus> views,
                           ListViews(store, context.clock));
  for (const ViewStatus& view : views) {
    followers.push_back({.kind = "view",
                         .name = view.name,
                         .state = std::string(ToString(view.mode)),
                         .checkpoint = view.next_position,
                         .lag_count = view.lag_events,
                         .lag = view.lag,
                         .parked_count = view.parked_count});
  }
  return followers;
}

std::string LagText(const Follower& follower) {
  return LagText(
      SubscriptionInfo{.lag_count = follower.lag_count, .lag = follower.lag});
}

}  // namespace daybook::tools
