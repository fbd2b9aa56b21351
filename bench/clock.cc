#include "bench/clock.h"

#include <sys/resource.h>

namespace daybook::bench {
namespace {

double CpuSecondsOf(int who) {
  rusage usage;
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

double CpuSecondsNow() { return CpuSecondsOf(RUSAGE_SELF); }

double ThreadCpuSecondsNow() { return CpuSecondsOf(RUSAGE_THREAD); }

}  // namespace daybook::bench
