// A group that is open in two Groups over one store would hand out each event
// twice, and each of them would write over what the other wrote. So who opens
// one claims it, in this process.

#ifndef DAYBOOK_BUS_GROUP_CLAIM_H_
#define DAYBOOK_BUS_GROUP_CLAIM_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"

namespace daybook {

// Held until released or destroyed. Movable. Thread-safe in all that is shared.
class GroupClaim {
 public:
  // Errors: kFailedPrecondition if it is claimed.
  static absl::StatusOr<GroupClaim> Take(const EventStore& store,
                                         std::string_view group);

  GroupClaim() = default;
  GroupClaim(GroupClaim&& other) noexcept
      : store_(std::exchange(other.store_, nullptr)),
        group_(std::move(other.group_)) {}
  GroupClaim& operator=(GroupClaim&&) = delete;
  ~GroupClaim() { Release(); }

  void Release();

 private:
  GroupClaim(const EventStore& store, std::string_view group)
      : store_(&store), group_(group) {}

  // Null: it claims nothing.
  const EventStore* store_ = nullptr;
  std::string group_;
};

}  // namespace daybook

#endif  // DAYBOOK_BUS_GROUP_CLAIM_H_
