// Random choices that are the same on every machine. The engine,
// std::mt19937_64, is laid down by the standard to the last bit; the standard
// distributions are not, so these stand in for them, in whole numbers only.

#ifndef DAYBOOK_TOOLS_SKEW_H_
#define DAYBOOK_TOOLS_SKEW_H_

#include <bit>
#include <cstdint>
#include <random>

namespace daybook::tools {

// One of 0 to count - 1, all as likely. REQUIRES: count > 0.
inline uint64_t ChooseEvenly(std::mt19937_64& random, uint64_t count) {
  // What is left over above the last whole multiple of count is drawn again.
  const uint64_t left_over = (UINT64_MAX % count + 1) % count;
  uint64_t drawn = random();
  while (drawn > UINT64_MAX - left_over) drawn = random();
  return drawn % count;
}

// One of 1 to count, small ones more often: about as in a Zipf distribution
// with exponent 1, where n is drawn with a probability proportional to 1/n.
// Each power of two up to the next is as likely as any other such range, and
// so are the numbers within it. REQUIRES: count > 0.
inline uint64_t ChooseSkewed(std::mt19937_64& random, uint64_t count) {
  const auto ranges = static_cast<uint64_t>(std::bit_width(count));
  while (true) {
    const uint64_t first = uint64_t{1} << ChooseEvenly(random, ranges);
    const uint64_t chosen = first + ChooseEvenly(random, first);
    if (chosen <= count) return chosen;
  }
}

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SKEW_H_
