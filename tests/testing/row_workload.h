// Rows that tell whether all is there of what they were made from: counts of
// events that ride on appends, and a chain of batches that are written alone.

#ifndef DAYBOOK_TESTS_TESTING_ROW_WORKLOAD_H_
#define DAYBOOK_TESTS_TESTING_ROW_WORKLOAD_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "tests/testing/fault_run.h"

namespace daybook::testing {

// From now on counts the events of each stream of `store`, and all; first those
// that were appended while nobody counted.
absl::Status AttachCounter(EventStore& store);

// Batches of which each overwrites a part of what others wrote. Not
// thread-safe.
class RowChain {
 public:
  explicit RowChain(EventStore& store) : store_(store) {}

  // Goes on where the chain in the store ends.
  absl::Status Begin();
  absl::Status WriteBatch(Random& random);
  // Loads many rows that are replaced by the next call.
  absl::Status Load();
  // How many batches the chain has.
  uint64_t length() const { return length_; }

 private:
  EventStore& store_;
  uint64_t length_ = 0;
};

// The counts are those of the log; of the chain no batch is missing, and none
// was written when the log was longer than it is; loaded rows are of one load.
// Gives the length of the chain. Errors: as CheckStore().
absl::StatusOr<uint64_t> CheckRows(EventStore& store);

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_ROW_WORKLOAD_H_
