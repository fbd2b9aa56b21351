// What an index says of a log, fact by fact: what each is about, its hash, and
// its words. Both sides of a comparison (check_index.h) make them so.

#ifndef DAYBOOK_STORE_INDEX_FACT_H_
#define DAYBOOK_STORE_INDEX_FACT_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/audit/hash.h"
#include "daybook/store/event.h"
#include "store/checksum.h"
#include "store/index.h"

namespace daybook {

// What facts are about; each kind is compared by itself.
enum FactKind { kEvents, kHeads, kLastLeaves, kTerms, kKeys, kFactKinds };

// One side of the comparison. `Sink`: FactSums or FactList.
template <typename Sink>
class Facts {
 public:
  template <typename Argument>
  explicit Facts(const Argument& argument)
      : sinks_(kFactKinds, Sink(argument)) {}
  Sink& operator[](FactKind kind) { return sinks_[kind]; }

 private:
  std::vector<Sink> sinks_;
};

// Hashes of facts, seeded at random: fact_sums.h says why.
class FactHasher {
 public:
  FactHasher();

  uint64_t Hash(std::string_view text) const { return StableHash(text, seed_); }
  template <typename... Numbers>
  uint64_t HashNumbers(Numbers... numbers) const {
    const std::array<uint64_t, sizeof...(numbers)> all = {numbers...};
    return Hash({reinterpret_cast<const char*>(all.data()), sizeof(all)});
  }
  // Of all that a run has of an event.
  uint64_t HashEvent(const EventView& event, std::string_view body,
                     uint64_t stream_hash) const;
  uint64_t HashHead(uint64_t stream_hash, const StreamHead& head) const {
    return HashNumbers(stream_hash, head.first_position.value(),
                       head.next_revision, head.last_position.value());
  }

 private:
  uint64_t seed_;
};

std::string EventText(const EventView& event, std::string_view body,
                      std::string_view stream);
std::string HeadText(std::string_view stream, const StreamHead& head);
std::string LeafText(const audit::Hash& leaf);
// The term of `event` that has this hash.
std::string TermText(const EventView& event, uint64_t hash);

}  // namespace daybook

#endif  // DAYBOOK_STORE_INDEX_FACT_H_
