#include "bench/results.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace daybook::bench {
namespace {

// Three significant digits and a suffix of the unit.
std::string Scaled(double value, const char* suffix) {
  const double size = std::fabs(value);
  const int digits = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : 2;
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f%s", digits, value, suffix);
  return text;
}

}  // namespace

std::string Format(Unit unit, double value) {
  switch (unit) {
    case Unit::kEventsPerSecond:
      if (value >= 1e6) return Scaled(value / 1e6, " M/s");
      if (value >= 1e3) return Scaled(value / 1e3, " k/s");
      return Scaled(value, " /s");
    case Unit::kSeconds:
      if (value >= 1) return Scaled(value, " s");
      if (value >= 1e-3) return Scaled(value * 1e3, " ms");
      if (value >= 1e-6) return Scaled(value * 1e6, " us");
      return Scaled(value * 1e9, " ns");
    case Unit::kBytes:
      return Scaled(value, " B");
    case Unit::kCount:
      return Scaled(value, "");
  }
  return "";
}

const char* UnitName(Unit unit) {
  switch (unit) {
    case Unit::kEventsPerSecond:
      return "events/s";
    case Unit::kSeconds:
      return "seconds";
    case Unit::kBytes:
      return "bytes/event";
    case Unit::kCount:
      return "count";
  }
  return "";
}

const std::vector<double>& Series::Of(const std::string& metric) const {
  static const std::vector<double> none;
  if (metric.empty()) return values;
  const auto found = counters.find(metric);
  return found == counters.end() ? none : found->second;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

Series& Results::At(const std::string& name) {
  const auto found = series_.find(name);
  if (found != series_.end()) return found->second;
  names_.push_back(name);
  return series_[name];
}

const Series* Results::Find(const std::string& name) const {
  const auto found = series_.find(name);
  return found == series_.end() ? nullptr : &found->second;
}

std::optional<double> Results::MedianOf(const std::string& name,
                                        const std::string& metric) const {
  const Series* series = Find(name);
  if (series == nullptr || series->Of(metric).empty()) return std::nullopt;
  return Median(series->Of(metric));
}

}  // namespace daybook::bench
