// The random test: the same random operations on two engines must be answered
// alike, one by one.
//
// A run is a series of episodes, each with fresh stores and a seed of its own:
// the run's seed plus the episode's number. A difference names the episode's
// seed, so that it is met again at once:
//
//   DAYBOOK_SEED=1234 DAYBOOK_OPERATIONS=517 <test> --gtest_filter=...
//
// and then operations are left out as long as the difference stays, so that
// what is printed is short.

#ifndef DAYBOOK_TESTS_STORE_RANDOM_MODEL_H_
#define DAYBOOK_TESTS_STORE_RANDOM_MODEL_H_

#include <cstdint>

#include "tests/testing/engines.h"

namespace daybook {

// Compares `tested` with the engine in memory. $DAYBOOK_SEED and
// $DAYBOOK_OPERATIONS come before the arguments. Prints the seed, and how many
// operations of each kind were done. Fails the running test at a difference.
void CompareWithMemory(const testing::EngineFactory& tested, uint64_t seed,
                       uint64_t operation_count);

}  // namespace daybook

#endif  // DAYBOOK_TESTS_STORE_RANDOM_MODEL_H_
