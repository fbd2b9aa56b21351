// Fuzz targets: what must be true of a parser whatever bytes it is given.
//
//   FUZZ_TARGET(tree_head) {
//     const absl::StatusOr<TreeHead> head = ParseTreeHead(input);
//     if (!head.ok()) return;
//     FUZZ_REQUIRE(FormatTreeHead(*head).value() == input);
//   }
//
// A target runs in two ways: under libFuzzer, which looks for bytes that break
// it (fuzz_main.cc), and with every build's tests, on the bytes that are kept
// in corpus/<target>/ (corpus_test.cc).

#ifndef DAYBOOK_TESTS_FUZZ_FUZZ_TARGET_H_
#define DAYBOOK_TESTS_FUZZ_FUZZ_TARGET_H_

#include <string_view>
#include <vector>

namespace daybook::fuzz {

struct FuzzTarget {
  std::string_view name;
  void (*run)(std::string_view input);
};

// All targets of this program, sorted by name.
std::vector<FuzzTarget> FuzzTargets();

// Runs a target on `input`, which is called `from` if it breaks.
void RunTarget(const FuzzTarget& target, std::string_view input,
               std::string_view from);

// Says what is not as it must be, of which input, and aborts the process.
[[noreturn]] void Broken(const char* file, int line, const char* what);

struct Registration {
  Registration(std::string_view name, void (*run)(std::string_view));
};

}  // namespace daybook::fuzz

// Defines a target; its body has `input`, of any bytes, in memory of its own.
#define FUZZ_TARGET(target)                                         \
  static void Fuzz_##target(std::string_view input);                \
  static const ::daybook::fuzz::Registration registration_##target( \
      #target, &Fuzz_##target);                                     \
  static void Fuzz_##target(std::string_view input)

#define FUZZ_REQUIRE(condition)                                \
  do {                                                         \
    if (!(condition)) {                                        \
      ::daybook::fuzz::Broken(__FILE__, __LINE__, #condition); \
    }                                                          \
  } while (false)

#endif  // DAYBOOK_TESTS_FUZZ_FUZZ_TARGET_H_
