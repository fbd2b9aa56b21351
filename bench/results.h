// What was measured: for each contestant of each group one value and any
// number of named counters a round.

#ifndef DAYBOOK_BENCH_RESULTS_H_
#define DAYBOOK_BENCH_RESULTS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::bench {

enum class Unit { kEventsPerSecond, kSeconds, kBytes, kCount };

// "9.12 k/s", "116 us", "372 B", "43.1".
std::string Format(Unit unit, double value);
const char* UnitName(Unit unit);

struct Series {
  Unit unit = Unit::kCount;
  std::vector<double> values;
  std::map<std::string, std::vector<double>> counters;
  // Why it could not go on; empty if all went well.
  std::string error;

  // The values, or those of a counter. Empty if there is none.
  const std::vector<double>& Of(const std::string& metric) const;
};

double Median(std::vector<double> values);  // REQUIRES: not empty.

class Results {
 public:
  // Makes it if need be. `name` is "group/contestant".
  Series& At(const std::string& name);
  const Series* Find(const std::string& name) const;
  std::optional<double> MedianOf(const std::string& name,
                                 const std::string& metric = "") const;
  // In the order of first mention.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, Series, std::less<>> series_;
};

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_RESULTS_H_
