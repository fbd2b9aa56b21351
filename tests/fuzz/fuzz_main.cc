// A program of libFuzzer (https://llvm.org/docs/LibFuzzer.html):
//
//   fuzz_audit                          names its targets
//   fuzz_audit tree_head -runs=1000 DIR   fuzzes one, with libFuzzer's options
//   fuzz_audit tree_head crash-0123     runs one on one input
//
// All targets of a room in one program, so that there is one to link.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerRunDriver(int* argc, char*** argv,
                                   int (*run)(const uint8_t*, size_t));

namespace {

using daybook::fuzz::FuzzTarget;

const FuzzTarget* chosen = nullptr;

int RunChosen(const uint8_t* bytes, size_t size) {
  daybook::fuzz::RunTarget(*chosen,
                           {reinterpret_cast<const char*>(bytes), size}, "");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<FuzzTarget> targets = daybook::fuzz::FuzzTargets();
  if (argc < 2) {
    for (const FuzzTarget& target : targets) std::cout << target.name << "\n";
    return 0;
  }
  const auto found =
      std::ranges::find(targets, std::string_view(argv[1]), &FuzzTarget::name);
  if (found == targets.end()) {
    std::cerr << "no target " << argv[1] << "\n";
    return 2;
  }
  chosen = &*found;
  argv[1] = argv[0];
  ++argv;
  --argc;
  return LLVMFuzzerRunDriver(&argc, &argv, &RunChosen);
}
