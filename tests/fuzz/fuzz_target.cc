#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace daybook::fuzz {
namespace {

std::vector<FuzzTarget>& Registered() {
  static auto* const targets = new std::vector<FuzzTarget>();
  return *targets;
}

// What runs now; empty where libFuzzer knows and tells.
std::string& Running() {
  static auto* const running = new std::string();
  return *running;
}

}  // namespace

std::vector<FuzzTarget> FuzzTargets() {
  std::vector<FuzzTarget> targets = Registered();
  std::ranges::sort(targets, {}, &FuzzTarget::name);
  return targets;
}

void RunTarget(const FuzzTarget& target, std::string_view input,
               std::string_view from) {
  Running() = from;
  target.run(input);
  Running().clear();
}

void Broken(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
  if (!Running().empty()) {
    std::fprintf(stderr, "of the input %s\n", Running().c_str());
  }
  std::abort();
}

Registration::Registration(std::string_view name,
                           void (*run)(std::string_view)) {
  Registered().push_back({name, run});
}

}  // namespace daybook::fuzz
