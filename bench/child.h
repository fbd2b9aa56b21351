// A second process that appends until it is killed.

#ifndef DAYBOOK_BENCH_CHILD_H_
#define DAYBOOK_BENCH_CHILD_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace daybook::bench {

// The hidden first argument that makes this program such a child, followed by
// the path of a store, the bytes of memory to give it, and a seed.
inline constexpr char kChildArgument[] = "--append-until-killed";

// What the child does. Only returns on error.
int AppendUntilKilled(const std::string& path, size_t memory_bytes,
                      uint64_t seed);

// Runs a child, and kills it with SIGKILL `seconds` after its first append.
// Returns the head that the child was told last: everything below it must be
// in the store.
uint64_t AppendThenKill(const std::string& path, size_t memory_bytes,
                        uint64_t seed, double seconds);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_CHILD_H_
