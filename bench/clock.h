// Measuring time and its spread.

#ifndef DAYBOOK_BENCH_CLOCK_H_
#define DAYBOOK_BENCH_CLOCK_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace daybook::bench {

inline int64_t NowNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Processor time of all threads of this process, the kernel's for it included.
double CpuSecondsNow();
// The same of the thread that calls this.
double ThreadCpuSecondsNow();

class Stopwatch {
 public:
  double Seconds() const {
    return static_cast<double>(NowNanos() - start_) * 1e-9;
  }
  double CpuSeconds() const { return CpuSecondsNow() - cpu_start_; }
  // Of the thread that made it, which is the one to call this.
  double ThreadCpuSeconds() const {
    return ThreadCpuSecondsNow() - thread_cpu_start_;
  }

 private:
  double cpu_start_ = CpuSecondsNow();
  double thread_cpu_start_ = ThreadCpuSecondsNow();
  int64_t start_ = NowNanos();
};

// Seconds that `share` of `nanos` took at most. Reorders them.
// REQUIRES: not empty, 0 <= share < 1.
inline double Percentile(std::vector<int64_t>* nanos, double share) {
  const auto at =
      nanos->begin() +
      static_cast<ptrdiff_t>(share * static_cast<double>(nanos->size()));
  std::nth_element(nanos->begin(), at, nanos->end());
  return static_cast<double>(*at) * 1e-9;
}

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_CLOCK_H_
