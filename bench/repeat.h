// Something done again and again: its rate, and how long each took.

#ifndef DAYBOOK_BENCH_REPEAT_H_
#define DAYBOOK_BENCH_REPEAT_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "bench/clock.h"
#include "bench/runner.h"

namespace daybook::bench {

// The rate is the value; counters: cpu (seconds each, of all threads), p50 and
// p99 (seconds).
inline Sample MakeRate(const Stopwatch& stopwatch,
                       std::vector<int64_t>* nanos) {
  const auto count = static_cast<double>(nanos->size());
  Sample sample;
  sample.seconds = stopwatch.Seconds();
  sample.value = count / sample.seconds;
  sample.counters["cpu"] = stopwatch.CpuSeconds() / count;
  sample.counters["p50"] = Percentile(nanos, 0.5);
  sample.counters["p99"] = Percentile(nanos, 0.99);
  return sample;
}

// Calls operation(0) to operation(count - 1) on this thread.
template <typename Operation>
Sample Repeat(uint64_t count, Operation operation) {
  std::vector<int64_t> nanos(count);
  const Stopwatch stopwatch;
  for (uint64_t i = 0; i < count; ++i) {
    const int64_t start = NowNanos();
    operation(i);
    nanos[i] = NowNanos() - start;
  }
  return MakeRate(stopwatch, &nanos);
}

// The same on `thread_count` threads, which share the numbers: those of thread
// t are t, t + thread_count and so on. Throws what an operation throws.
template <typename Operation>
Sample RepeatFromThreads(int thread_count, uint64_t count,
                         Operation operation) {
  std::vector<int64_t> nanos(count);
  std::vector<std::exception_ptr> failures(static_cast<size_t>(thread_count));
  std::vector<std::thread> threads;
  const Stopwatch stopwatch;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (auto i = static_cast<uint64_t>(t); i < count;
             i += static_cast<uint64_t>(thread_count)) {
          const int64_t start = NowNanos();
          operation(i);
          nanos[i] = NowNanos() - start;
        }
      } catch (...) {
        failures[static_cast<size_t>(t)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return MakeRate(stopwatch, &nanos);
}

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_REPEAT_H_
