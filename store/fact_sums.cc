#include "store/fact_sums.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

namespace daybook {
namespace {

// Ranges at most; of 100 million events each then has some 1,500.
constexpr int kRangeBits = 16;

}  // namespace

FactSums::FactSums(uint64_t end) : end_(end) {
  const int bits = static_cast<int>(std::bit_width(end));
  shift_ = std::max(0, bits - kRangeBits);
  sums_.resize((end >> shift_) + 1);
}

std::optional<FactRange> FactSums::FirstDifference(
    const FactSums& other) const {
  const auto differ =
      std::mismatch(sums_.begin(), sums_.end(), other.sums_.begin());
  if (differ.first == sums_.end()) return std::nullopt;
  const auto range = static_cast<uint64_t>(differ.first - sums_.begin());
  return FactRange{range << shift_, std::min(end_, (range + 1) << shift_)};
}

std::optional<FactList::Difference> FactList::First(FactList expected,
                                                    FactList found) {
  std::sort(expected.facts_.begin(), expected.facts_.end());
  std::sort(found.facts_.begin(), found.facts_.end());
  std::vector<Fact> missing;
  std::set_difference(expected.facts_.begin(), expected.facts_.end(),
                      found.facts_.begin(), found.facts_.end(),
                      std::back_inserter(missing));
  std::vector<Fact> added;
  std::set_difference(found.facts_.begin(), found.facts_.end(),
                      expected.facts_.begin(), expected.facts_.end(),
                      std::back_inserter(added));
  if (missing.empty() && added.empty()) return std::nullopt;
  Difference first;
  first.position = UINT64_MAX;
  if (!missing.empty()) first.position = missing.front().position;
  if (!added.empty()) {
    first.position = std::min(first.position, added.front().position);
  }
  if (!missing.empty() && missing.front().position == first.position) {
    first.expected = std::move(missing.front().text);
  }
  if (!added.empty() && added.front().position == first.position) {
    first.found = std::move(added.front().text);
  }
  return first;
}

}  // namespace daybook
