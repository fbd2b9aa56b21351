// Two sets of facts, each about a position, compared without keeping either:
// what a log implies, and what an index has.
//
// Each side adds up the hashes of its facts, position range by position range.
// The sums of both are equal when the sets are (as multisets); when they are
// not, with a chance of 2^-64. Facts may come in any order, so that both sides
// are read as they lie on disk, once. Where the sums of a range differ, and
// only there, both are read once more, and that range's facts are kept and
// compared one by one.
//
// Hashes are seeded at random each time: who changes an index can't choose
// changes that cancel each other out.

#ifndef DAYBOOK_STORE_FACT_SUMS_H_
#define DAYBOOK_STORE_FACT_SUMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daybook {

// Positions [begin, end).
struct FactRange {
  uint64_t begin = 0;
  uint64_t end = 0;

  bool Contains(uint64_t position) const {
    return begin <= position && position < end;
  }
};

// One side's sums. 512 KiB at most. Not thread-safe.
class FactSums {
 public:
  // Of facts about positions below `end`.
  explicit FactSums(uint64_t end);

  // REQUIRES: position < end. `describe` is for FactList.
  template <typename Describe>
  void Add(uint64_t position, uint64_t hash, const Describe&) {
    sums_[position >> shift_] += hash;
  }

  // The first positions whose facts differ; nothing where none do.
  // REQUIRES: both are of the same `end`.
  std::optional<FactRange> FirstDifference(const FactSums& other) const;

 private:
  const uint64_t end_;
  int shift_ = 0;
  std::vector<uint64_t> sums_;
};

// One side's facts about a few positions, in words.
class FactList {
 public:
  explicit FactList(const FactRange& range) : range_(range) {}

  template <typename Describe>
  void Add(uint64_t position, uint64_t hash, const Describe& describe) {
    if (range_.Contains(position)) {
      facts_.push_back({position, hash, describe()});
    }
  }

  // The first position whose facts differ, and the first fact there that only
  // one side has; empty for a side that has no such fact.
  struct Difference {
    uint64_t position = 0;
    std::string expected;
    std::string found;
  };
  static std::optional<Difference> First(FactList expected, FactList found);

 private:
  struct Fact {
    uint64_t position;
    uint64_t hash;
    std::string text;

    friend bool operator<(const Fact& a, const Fact& b) {
      return a.position != b.position ? a.position < b.position
                                      : a.hash < b.hash;
    }
  };

  FactRange range_;
  std::vector<Fact> facts_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_FACT_SUMS_H_
