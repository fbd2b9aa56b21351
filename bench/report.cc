#include "bench/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "bench/goals.h"
#include "nlohmann/json.hpp"

namespace daybook::bench {
namespace {

// Columns as wide as their widest cell.
template <size_t kColumns>
class Grid {
 public:
  using Row = std::array<std::string, kColumns>;

  void Add(Row row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() <= 1; }
  // The first row is the head.
  std::string ToString() const {
    std::array<size_t, kColumns> widths{};
    for (const Row& row : rows_) {
      for (size_t i = 0; i < kColumns; ++i) {
        widths[i] = std::max(widths[i], row[i].size());
      }
    }
    std::string text;
    for (size_t r = 0; r < rows_.size(); ++r) {
      for (size_t i = 0; i < kColumns; ++i) {
        text += i == 0 ? "| " : " | ";
        text += rows_[r][i];
        text.append(widths[i] - rows_[r][i].size(), ' ');
      }
      text += " |\n";
      if (r > 0) continue;
      for (const size_t width : widths) {
        text += '|' + std::string(width + 2, '-');
      }
      text += "|\n";
    }
    return text;
  }

 private:
  std::vector<Row> rows_;
};

std::string Number(const char* format, double number) {
  char text[32];
  std::snprintf(text, sizeof(text), format, number);
  return text;
}

std::string Cell(Unit unit, const std::optional<double>& value) {
  return value.has_value() ? Format(unit, *value) : "-";
}

std::string RatioCell(const Outcome& outcome) {
  if (!outcome.ratio.has_value()) return "-";
  std::string text = Number("%.3g", *outcome.ratio);
  if (outcome.ratio_min < outcome.ratio_max) {
    text += " (" + Number("%.3g", outcome.ratio_min) + "-" +
            Number("%.3g", outcome.ratio_max) + ")";
  }
  return text;
}

// ">= 0.9", "<= 200 ms".
std::string BoundCell(const Goal& goal, const std::optional<double>& bound) {
  if (!bound.has_value()) return "-";
  return (goal.better == Better::kHigher ? ">= " : "<= ") +
         (goal.floor.empty() ? Format(goal.unit, *bound)
                             : Number("%.3g", *bound));
}

// Counters that are seconds, rates or bytes are named so that one can tell.
Unit UnitOfCounter(const Series& series, const std::string& name) {
  if (name == "p50" || name == "p99" || name.starts_with("cpu") ||
      name == "first" || name == "ready" || name == "indexed") {
    return Unit::kSeconds;
  }
  if (name == "acked") return Unit::kEventsPerSecond;
  if (name == "read_bytes" || series.unit == Unit::kBytes) return Unit::kBytes;
  return Unit::kCount;
}

}  // namespace

std::string Table(const Facts& facts, const Options& options,
                  const Results& results) {
  std::string text = "\n";
  for (const auto& [name, value] : facts) text += name + ": " + value + "\n";
  text += std::string("scale: ") + ScaleName(options.scale) +
          "; medians, with the least and largest ratio of one round\n\n";

  Grid<9> goals;
  goals.Add({"cell", "daybook", "floor", "ratio", "must", "best", "verdict",
             "SQLite", "LMDB"});
  for (const Goal& goal : Goals(options.sizes)) {
    const Outcome outcome = Judge(goal, results);
    if (!outcome.daybook.has_value()) continue;
    goals.Add({goal.cell, Cell(goal.unit, outcome.daybook),
               Cell(goal.unit, outcome.floor), RatioCell(outcome),
               BoundCell(goal, goal.must), BoundCell(goal, goal.best),
               outcome.verdict, Cell(goal.unit, outcome.sqlite),
               Cell(goal.unit, outcome.lmdb)});
  }
  if (!goals.empty()) text += goals.ToString() + "\n";

  Grid<5> all;
  all.Add({"measurement", "median", "min", "max", "counters"});
  for (const std::string& name : results.names()) {
    const Series& series = *results.Find(name);
    if (!series.error.empty() || series.values.empty()) {
      all.Add({name, "-", "-", "-", "error: " + series.error});
      continue;
    }
    std::string counters;
    for (const auto& [counter, values] : series.counters) {
      if (!counters.empty()) counters += ", ";
      counters += counter + " " +
                  Format(UnitOfCounter(series, counter), Median(values));
    }
    const auto [min, max] =
        std::minmax_element(series.values.begin(), series.values.end());
    all.Add({name, Format(series.unit, Median(series.values)),
             Format(series.unit, *min), Format(series.unit, *max), counters});
  }
  if (!all.empty()) text += all.ToString();
  return text;
}

std::string Json(const Facts& facts, const Options& options,
                 const Results& results) {
  using nlohmann::ordered_json;
  const auto optional = [](const std::optional<double>& value) {
    return value.has_value() ? ordered_json(*value) : ordered_json();
  };
  ordered_json root;
  for (const auto& [name, value] : facts) root["machine"][name] = value;
  root["scale"] = ScaleName(options.scale);
  root["memory_bytes"] = options.memory_bytes;
  root["goals"] = ordered_json::array();
  for (const Goal& goal : Goals(options.sizes)) {
    const Outcome outcome = Judge(goal, results);
    if (!outcome.daybook.has_value()) continue;
    root["goals"].push_back(
        {{"cell", goal.cell},
         {"unit", UnitName(goal.unit)},
         {"better", goal.better == Better::kHigher ? "higher" : "lower"},
         {"daybook", *outcome.daybook},
         {"floor", optional(outcome.floor)},
         {"floor_name", goal.floor.series},
         {"ratio", optional(outcome.ratio)},
         {"ratio_min", outcome.ratio_min},
         {"ratio_max", outcome.ratio_max},
         {"must", optional(goal.must)},
         {"best", optional(goal.best)},
         {"verdict", outcome.verdict},
         {"sqlite", optional(outcome.sqlite)},
         {"lmdb", optional(outcome.lmdb)}});
  }
  root["measurements"] = ordered_json::array();
  for (const std::string& name : results.names()) {
    const Series& series = *results.Find(name);
    ordered_json entry = {{"name", name}, {"unit", UnitName(series.unit)}};
    if (!series.error.empty()) entry["error"] = series.error;
    entry["values"] = series.values;
    for (const auto& [counter, values] : series.counters) {
      entry["counters"][counter] = values;
    }
    root["measurements"].push_back(std::move(entry));
  }
  return root.dump(2) + "\n";
}

}  // namespace daybook::bench
