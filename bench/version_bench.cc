#include <benchmark/benchmark.h>

#include "daybook/store/version.h"

namespace daybook {
namespace {

void VersionString(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Version());
}
BENCHMARK(VersionString);

}  // namespace
}  // namespace daybook
