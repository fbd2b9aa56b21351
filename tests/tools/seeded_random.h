// Random choices that can be made again: a failure shows the seed, and
//   DAYBOOK_SEED=1234 <test> --gtest_filter=...
// gives it back.

#ifndef DAYBOOK_TESTS_TOOLS_SEEDED_RANDOM_H_
#define DAYBOOK_TESTS_TOOLS_SEEDED_RANDOM_H_

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace daybook::testing {

class SeededRandom {
 public:
  SeededRandom() : SeededRandom(SeedOfProcess()) {}

  // A number in [0, bound). REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  // True once in `n` times.
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  // Up to `length_max` characters of `alphabet`.
  std::string Text(std::string_view alphabet, uint64_t length_max) {
    std::string text;
    for (uint64_t left = Below(length_max + 1); left > 0; --left) {
      text += alphabet[Below(alphabet.size())];
    }
    return text;
  }

 private:
  explicit SeededRandom(uint64_t seed)
      : random_(seed),
        trace_(__FILE__, __LINE__, "DAYBOOK_SEED=" + std::to_string(seed)) {}

  static uint64_t SeedOfProcess() {
    const char* given = std::getenv("DAYBOOK_SEED");
    if (given != nullptr) return std::strtoull(given, nullptr, 10);
    return std::random_device()() % 1'000'000;
  }

  std::mt19937_64 random_;
  // Shown with every failure for as long as this lives.
  ::testing::ScopedTrace trace_;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TOOLS_SEEDED_RANDOM_H_
