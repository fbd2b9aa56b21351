// Runner: measures the contestants of a group in turns.
//
// A group is what is compared with each other: a daybook operation, its floors
// and the other stores doing the same. In each round every contestant is
// measured once, forwards in one round and backwards in the next, so that
// what changes on the machine meanwhile falls on all of them. Google Benchmark
// does the measuring; the runner collects what it reports.

#ifndef DAYBOOK_BENCH_RUNNER_H_
#define DAYBOOK_BENCH_RUNNER_H_

#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "bench/options.h"
#include "bench/results.h"

namespace daybook::bench {

// One measurement of something that can't be repeated at will.
struct Sample {
  double value = 0;
  double seconds = 0;  // what it took
  std::map<std::string, double> counters = {};
};

struct Contestant {
  std::string name;
  Unit unit;
  // Either is set. `once` measures by itself. `timed` is an ordinary benchmark
  // whose value is the time of one iteration, or iterations times
  // `events_per_iteration` per second.
  std::function<Sample()> once = {};
  std::function<void(benchmark::State&)> timed = {};
  double events_per_iteration = 1;
};

// Made when first asked for: what a filter leaves out is never built.
template <typename T>
class Lazy {
 public:
  explicit Lazy(std::function<std::unique_ptr<T>()> make)
      : make_(std::move(make)) {}
  T& operator*() {
    if (value_ == nullptr) value_ = make_();
    return *value_;
  }
  T* operator->() { return &**this; }
  void reset() { value_.reset(); }
  bool made() const { return value_ != nullptr; }

 private:
  std::function<std::unique_ptr<T>()> make_;
  std::unique_ptr<T> value_;
};

class Runner {
 public:
  Runner(const Options& options, Results* results);

  void Run(const std::string& group, std::vector<Contestant> contestants) {
    Run(group, std::move(contestants), options_.sizes.rounds);
  }
  void Run(const std::string& group, std::vector<Contestant> contestants,
           int rounds);

 private:
  const Options& options_;
  Results* results_;
  std::regex filter_;
};

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_RUNNER_H_
