#include "tools/followers.h"

#include <memory>
#include <utility>

#include "daybook/bus/groups.h"
#include "daybook/replay/stored_views.h"
#include "store/status_macros.h"
#include "tools/store_access.h"
#include "tools/subscription_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

std::string OpenText(bool open) { return open ? "open" : "closed"; }

absl::Status ProblemOf(const SubscriptionInfo& info) {
  if (info.lag < absl::InfiniteDuration()) return absl::OkStatus();
  return absl::DataLossError(
      Concat("the next event, @", info.checkpoint.value(), ", is damaged"));
}

// Stands in for those of a list that is damaged. Errors: `status`, if it is
// about something else.
absl::Status AddAll(std::string kind, const absl::Status& status,
                    std::vector<Follower>* followers) {
  if (status.ok() || !absl::IsDataLoss(status)) return status;
  followers->push_back({.kind = std::move(kind),
                        .name = "(all)",
                        .state = "damaged",
                        .problem = status,
                        .is_parked_known = false});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Follower>> ListFollowers(EventStore& store,
                                                    CommandContext& context) {
  std::vector<Follower> followers;
  const absl::StatusOr<std::vector<SubscriptionInfo>> subscriptions =
      store.ListSubscriptions();
  DAYBOOK_RETURN_IF_ERROR(
      AddAll("subscription", subscriptions.status(), &followers));
  for (const SubscriptionInfo& info :
       subscriptions.value_or(std::vector<SubscriptionInfo>())) {
    followers.push_back({.kind = "subscription",
                         .name = info.name,
                         .state = OpenText(info.open),
                         .checkpoint = info.checkpoint,
                         .lag_count = info.lag_count,
                         .lag = info.lag,
                         .problem = ProblemOf(info)});
  }
  const absl::StatusOr<std::vector<GroupInfo>> groups =
      context.stores->OpenGroups(store, context.clock)->List();
  DAYBOOK_RETURN_IF_ERROR(AddAll("group", groups.status(), &followers));
  for (const GroupInfo& info : groups.value_or(std::vector<GroupInfo>())) {
    followers.push_back({.kind = "group",
                         .name = info.name,
                         .state = info.problem.ok() ? OpenText(info.open)
                                                    : std::string("damaged"),
                         .checkpoint = info.checkpoint,
                         .lag_count = info.lag_count,
                         .lag = info.lag,
                         .parked_count = info.parked_count,
                         .problem = info.problem,
                         .is_parked_known = info.problem.ok()});
  }
  const absl::StatusOr<std::vector<ViewStatus>> views =
      ListViews(store, context.clock);
  DAYBOOK_RETURN_IF_ERROR(AddAll("view", views.status(), &followers));
  for (const ViewStatus& view : views.value_or(std::vector<ViewStatus>())) {
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
