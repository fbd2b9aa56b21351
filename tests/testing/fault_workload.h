// Appends that can be told apart, and the check that a store holds them whole.
//
// Every append follows from (seed, writer, number), so what a store holds after
// a fault is compared with what was once asked for, byte by byte, without
// keeping any of it.

#ifndef DAYBOOK_TESTS_TESTING_FAULT_WORKLOAD_H_
#define DAYBOOK_TESTS_TESTING_FAULT_WORKLOAD_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"

namespace daybook::testing {

struct AppendId {
  uint32_t writer = 0;
  uint64_t number = 0;
  // NOLINTNEXTLINE: it takes the operator for a null pointer.
  friend auto operator<=>(const AppendId&, const AppendId&) = default;
};

// Thread-safe: no state but the seed.
class Workload {
 public:
  // `bytes_max` bounds payloads, most of which are far smaller.
  explicit Workload(uint64_t seed, size_t bytes_max = 100'000)
      : seed_(seed), bytes_max_(bytes_max) {}

  // Single events, batches, several streams at once; half of them with a key.
  // Always the same for the same id. None expects anything.
  AppendRequest Make(AppendId id) const;
  // The same with a key, whether or not Make() gives it one.
  AppendRequest MakeKeyed(AppendId id) const;

 private:
  std::string KeyOf(AppendId id) const;

  uint64_t seed_;
  size_t bytes_max_;
};

// Where each append found in a store begins.
using StoredAppends = std::map<AppendId, Position>;

// Reads all there is in every way there is: the log forward and backward, each
// stream both ways, queries, keys, stream ends. Positions and revisions must be
// dense, appends whole and equal to what the workload makes, none there twice,
// every way of reading must agree with the log, and the audit tree with its
// events.
//
// Errors: a read's own, as it came; kInternal, beginning with "WRONG", for
// what reads gave with an OK status and should not have.
absl::StatusOr<StoredAppends> CheckStore(EventStore& store,
                                         const Workload& workload);

// Likewise, but only the log, forward, and the tree.
absl::StatusOr<StoredAppends> CheckLog(EventStore& store,
                                       const Workload& workload);

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_FAULT_WORKLOAD_H_
