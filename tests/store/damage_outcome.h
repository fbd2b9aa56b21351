// What becomes of a store whose files were damaged: opened and read in every
// way, in a process of its own, since RocksDB may abort.

#ifndef DAYBOOK_TESTS_STORE_DAMAGE_OUTCOME_H_
#define DAYBOOK_TESTS_STORE_DAMAGE_OUTCOME_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace daybook::testing {

// Exit codes of the child.
enum Outcome {
  kAllRight = 0,
  kRefused = 10,       // kDataLoss at open
  kLossInLog = 11,     // kDataLoss with a position while reading the log
  kLossInIndex = 12,   // kDataLoss while reading by an index
  kPrecondition = 13,  // kFailedPrecondition at open
  kLossUnplaced = 14,  // kDataLoss without a position while reading the log
  kOtherError = 20,
  kWrong = 21,  // wrong or missing, with an OK status
  kDied = 22,
};

// What was stored: appends 0, 1 ... of writers 0, 1, 2 in turn.
struct StoredWorkload {
  uint64_t seed = 0;
  size_t payload_max = 0;
  uint64_t appends = 0;
};

// `output`: what the child printed. Fails the test when a store that is refused
// was changed all the same.
Outcome OpenDamaged(const std::string& store, const StoredWorkload& stored,
                    const std::string& output_path, std::string* output);

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_STORE_DAMAGE_OUTCOME_H_
