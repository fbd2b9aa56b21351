// The results as a table for people and as JSON for programs.

#ifndef DAYBOOK_BENCH_REPORT_H_
#define DAYBOOK_BENCH_REPORT_H_

#include <string>

#include "bench/machine.h"
#include "bench/options.h"
#include "bench/results.h"

namespace daybook::bench {

// Facts, one row for each goal of which anything was measured, and every
// measurement with its counters.
std::string Table(const Facts& facts, const Options& options,
                  const Results& results);

// The same, with the value of every round.
std::string Json(const Facts& facts, const Options& options,
                 const Results& results);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_REPORT_H_
