// Position and Revision: the two numbers every stored event gets for ever.
//
// A position is an event's place in the whole store, a revision its place in
// its own stream. Both start at 0 and have no gaps, in the order of commits.
// They are distinct types, so that one is never handed in for the other:
//
//   Position at(42);
//   at.value();        // 42
//   at.Next();         // Position(43)
//   at < Position(50)  // ordered; there is no arithmetic beyond Next/Previous
//
// "Head" is the number the next event will get, that is, how many there are:
// a store of 3 events has Head() == Position(3) and its last event is at 2.

#ifndef DAYBOOK_STORE_NUMBERS_H_
#define DAYBOOK_STORE_NUMBERS_H_

#include <compare>
#include <cstdint>
#include <limits>
#include <ostream>

namespace daybook {

// A place in a dense order, from 0. `Tag` keeps different orders apart.
template <typename Tag>
class Ordinal {
 public:
  constexpr Ordinal() = default;
  constexpr explicit Ordinal(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }

  // REQUIRES: not the largest uint64_t.
  constexpr Ordinal Next() const { return Ordinal(value_ + 1); }
  // REQUIRES: value() > 0.
  constexpr Ordinal Previous() const { return Ordinal(value_ - 1); }

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a literal 0.
  friend constexpr auto operator<=>(Ordinal, Ordinal) = default;

  friend std::ostream& operator<<(std::ostream& out, Ordinal ordinal) {
    return out << ordinal.value_;
  }
  template <typename H>
  friend H AbslHashValue(H state, Ordinal ordinal) {
    return H::combine(std::move(state), ordinal.value_);
  }

 private:
  uint64_t value_ = 0;
};

using Position = Ordinal<struct PositionTag>;
using Revision = Ordinal<struct RevisionTag>;

}  // namespace daybook

#endif  // DAYBOOK_STORE_NUMBERS_H_
