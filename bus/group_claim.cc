#include "bus/group_claim.h"

#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "store/mutex.h"
#include "store/strings.h"

namespace daybook {
namespace {

struct Claims {
  Mutex mutex;
  std::set<std::pair<const EventStore*, std::string>> taken
      ABSL_GUARDED_BY(mutex);
};

Claims& All() {
  static auto* const kAll = new Claims();
  return *kAll;
}

}  // namespace

absl::StatusOr<GroupClaim> GroupClaim::Take(const EventStore& store,
                                            std::string_view group) {
  Claims& all = All();
  MutexLock lock(&all.mutex);
  if (!all.taken.emplace(&store, group).second) {
    return absl::FailedPreconditionError(absl::StrCat(
        "group ", Quoted(group),
        " is open in other Groups of this store: share those (a StoreServer "
        "takes them as ServeOptions::groups)"));
  }
  return GroupClaim(store, group);
}

void GroupClaim::Release() {
  if (store_ == nullptr) return;
  Claims& all = All();
  MutexLock lock(&all.mutex);
  all.taken.erase({store_, group_});
  store_ = nullptr;
}

}  // namespace daybook
