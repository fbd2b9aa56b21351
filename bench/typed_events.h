// The typed events of the benchmarks, and what they are folded to.

#ifndef DAYBOOK_BENCH_TYPED_EVENTS_H_
#define DAYBOOK_BENCH_TYPED_EVENTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/typed.pb.h"
#include "daybook/projections/decider.h"
#include "daybook/projections/projection.h"

namespace daybook::bench {

inline constexpr uint64_t kSkuCount = 10'000;

struct Movements {
  using State = Sum;
  using Events = EventSet<Moved>;
  static constexpr int kRevision = 1;
  static void Evolve(Sum& sum, const Moved& moved) {
    sum.set_amount(sum.amount() + moved.amount());
    sum.set_count(sum.count() + 1);
  }
};

struct BySku {
  static constexpr std::string_view kName = "by-sku";
  static constexpr int kVersion = 1;
  using Key = SkuKey;
  using Row = Sum;
  using Events = EventSet<Moved>;
  static SkuKey KeyOf(const Moved& moved) {
    SkuKey key;
    key.set_sku(moved.sku());
    return key;
  }
  static void Apply(Sum& sum, const Moved& moved) {
    Movements::Evolve(sum, moved);
  }
};

// The same one for the same number; skus are drawn about evenly.
inline Moved MakeMoved(uint64_t number) {
  Moved moved;
  moved.set_sku("sku-" + std::to_string(number * 2'654'435'761 % kSkuCount));
  moved.set_amount(number % 100);
  moved.set_note(std::string(100, 'x'));
  return moved;
}

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_TYPED_EVENTS_H_
