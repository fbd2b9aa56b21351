// Who follows the log of a store, and how far behind each of them is: durable
// subscriptions, consumer groups and views.

#ifndef DAYBOOK_TOOLS_FOLLOWERS_H_
#define DAYBOOK_TOOLS_FOLLOWERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "tools/command_context.h"

namespace daybook::tools {

struct Follower {
  // "subscription", "group", "view".
  std::string kind;
  std::string name;
  // "open", "closed", "damaged"; of a view: "inline", "async".
  std::string state;
  // Every event below is done.
  Position checkpoint;
  uint64_t lag_count = 0;
  absl::Duration lag;
  // Events or rows that wait for an operator.
  uint64_t parked_count = 0;
  // What is damaged of it.
  absl::Status problem;
  // Whether `parked_count` can be told.
  bool is_parked_known = true;
};

// One kind after the other, each in byte order of the names. A kind of which
// something is damaged that the list can't do without is one, "(all)", with
// that problem.
absl::StatusOr<std::vector<Follower>> ListFollowers(EventStore& store,
                                                    CommandContext& context);

// "1,204, 5m3s"; "0" for one that has done everything.
std::string LagText(const Follower& follower);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_FOLLOWERS_H_
