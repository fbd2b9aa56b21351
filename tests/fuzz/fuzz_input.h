// Takes a target's input apart, for targets of more than one text. Whatever is
// asked for is there: what the bytes do not say is 0 or empty.

#ifndef DAYBOOK_TESTS_FUZZ_FUZZ_INPUT_H_
#define DAYBOOK_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace daybook::fuzz {

class FuzzInput {
 public:
  explicit FuzzInput(std::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }

  // Little-endian.
  template <std::unsigned_integral Number>
  Number Take() {
    Number number = 0;
    const size_t size = std::min(sizeof(number), rest_.size());
    if (size > 0) std::memcpy(&number, rest_.data(), size);
    rest_.remove_prefix(size);
    return number;
  }
  // A number from 0 up to, not including, `end`.
  template <std::unsigned_integral Number>
  Number TakeBelow(Number end) {
    return static_cast<Number>(Take<Number>() % end);
  }
  // Up to a line feed, which goes too, or to the end.
  std::string_view TakeLine() {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
  }
  std::string_view TakeRest() { return std::exchange(rest_, {}); }

 private:
  std::string_view rest_;
};

}  // namespace daybook::fuzz

#endif  // DAYBOOK_TESTS_FUZZ_FUZZ_INPUT_H_
