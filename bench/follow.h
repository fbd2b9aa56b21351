// What follows a log: catching up with it, and being handed what is new.

#ifndef DAYBOOK_BENCH_FOLLOW_H_
#define DAYBOOK_BENCH_FOLLOW_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/daybook_store.h"
#include "bench/files.h"
#include "bench/groups.h"
#include "bench/record.h"
#include "bench/workload.h"
#include "daybook/store/event_store.h"
#include "daybook/store/push_subscription.h"

namespace daybook::bench {

// A store with a log of `event_count` events, at rest.
class FollowedStore {
 public:
  FollowedStore(const Context& context, const std::string& name,
                uint64_t event_count);

  EventStore& store() { return *store_; }
  std::string folder() const { return folder_->path() + "/store"; }
  // Appends of one event each.
  std::vector<Batch> Singles(uint64_t count);

 private:
  std::unique_ptr<Folder> folder_;
  std::unique_ptr<EventStore> store_;
  Workload workload_;
};

// Reads what there is, by a subscription.
void CatchUp(EventStore& store, Fold* fold);

// Appends `singles` to `store` one by one, with pauses, and notes how long
// after the answer a handler that follows `followed`, the same store, had each;
// what was handled before the answer took no time. The answer comes some
// microseconds after the event can be read.
Sample MeasureDelivery(EventStore& store, EventStore& followed,
                       const std::vector<Batch>& singles,
                       const PushOptions& push_options = {});

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_FOLLOW_H_
