// The goals, and whether they are met.

#ifndef DAYBOOK_BENCH_GOALS_H_
#define DAYBOOK_BENCH_GOALS_H_

#include <optional>
#include <string>
#include <vector>

#include "bench/options.h"
#include "bench/results.h"

namespace daybook::bench {

// One number among the results; `metric` empty for the value itself.
struct Measure {
  std::string series = {};
  std::string metric = {};

  bool empty() const { return series.empty(); }
};

enum class Better { kHigher, kLower };

// One row of the table: a measurement of daybook, what it is compared with and
// how it should come out. Without a floor the bounds are absolute.
struct Goal {
  std::string cell = {};
  Better better = Better::kHigher;
  Unit unit = Unit::kEventsPerSecond;
  Measure daybook = {};
  Measure floor = {};
  std::optional<double> must = {};
  std::optional<double> best = {};
  Measure sqlite = {};
  Measure lmdb = {};
  // Not met unless daybook is better than these, too.
  bool ahead_of_sqlite = false;
  bool ahead_of_lmdb = false;
};

std::vector<Goal> Goals(const Sizes& sizes);

struct Outcome {
  // Absent when not measured.
  std::optional<double> daybook;
  std::optional<double> floor;
  std::optional<double> sqlite;
  std::optional<double> lmdb;
  // daybook / floor: of the medians, and the least and largest of one round.
  std::optional<double> ratio;
  double ratio_min = 0;
  double ratio_max = 0;
  // "best", "met", "MISSED", "not best" (no more was asked), "-" (nothing
  // was).
  std::string verdict;
};

Outcome Judge(const Goal& goal, const Results& results);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_GOALS_H_
