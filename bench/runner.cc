#include "bench/runner.h"

#include <algorithm>
#include <cstdio>
#include <exception>

namespace daybook::bench {
namespace {

// Puts what Google Benchmark reports into Results and tells how it goes.
class Collector : public benchmark::BenchmarkReporter {
 public:
  Collector(Series* series, const Contestant* contestant)
      : series_(series), contestant_(contestant) {}

  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      if (run.error_occurred) {
        series_->error = run.error_message;
        return;
      }
      double value = run.real_accumulated_time /
                     static_cast<double>(std::max<int64_t>(run.iterations, 1));
      if (contestant_->unit == Unit::kEventsPerSecond) {
        value = contestant_->events_per_iteration / value;
      }
      for (const auto& [name, counter] : run.counters) {
        if (name == kValue) {
          value = counter.value;
        } else {
          series_->counters[name].push_back(counter.value);
        }
      }
      series_->values.push_back(value);
    }
  }

  static constexpr char kValue[] = "value";

 private:
  Series* series_;
  const Contestant* contestant_;
};

void Measure(benchmark::State& state, const Contestant& contestant) {
  try {
    if (contestant.timed) {
      contestant.timed(state);
      return;
    }
    for (auto unused : state) {
      static_cast<void>(unused);
      const Sample sample = contestant.once();
      state.SetIterationTime(std::max(sample.seconds, 1e-9));
      state.counters[Collector::kValue] = sample.value;
      for (const auto& [name, value] : sample.counters) {
        state.counters[name] = value;
      }
    }
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

}  // namespace

Runner::Runner(const Options& options, Results* results)
    : options_(options), results_(results), filter_(options.filter) {}

void Runner::Run(const std::string& group, std::vector<Contestant> contestants,
                 int rounds) {
  std::erase_if(contestants, [&](const Contestant& contestant) {
    return !std::regex_search(group + "/" + contestant.name, filter_);
  });
  if (options_.list) {
    for (const Contestant& contestant : contestants) {
      std::printf("%s/%s\n", group.c_str(), contestant.name.c_str());
    }
    return;
  }
  // In the order given, whatever the order of measuring.
  for (const Contestant& contestant : contestants) {
    results_->At(group + "/" + contestant.name).unit = contestant.unit;
  }
  for (int round = 0; round < rounds; ++round) {
    for (const Contestant& contestant : contestants) {
      const std::string name = group + "/" + contestant.name;
      Series& series = results_->At(name);
      if (!series.error.empty()) continue;
      benchmark::ClearRegisteredBenchmarks();
      benchmark::internal::Benchmark* benchmark = benchmark::RegisterBenchmark(
          name.c_str(), [&contestant](benchmark::State& state) {
            Measure(state, contestant);
          });
      if (contestant.timed) {
        benchmark->MinTime(options_.sizes.read_seconds_min)->UseRealTime();
      } else {
        benchmark->Iterations(1)->UseManualTime();
      }
      Collector collector(&series, &contestant);
      benchmark::RunSpecifiedBenchmarks(&collector, "all");
      std::fprintf(stderr, "%-34s round %d of %d   %s\n", name.c_str(),
                   round + 1, rounds,
                   series.error.empty()
                       ? Format(series.unit, series.values.back()).c_str()
                       : series.error.c_str());
    }
    std::reverse(contestants.begin(), contestants.end());
  }
  benchmark::ClearRegisteredBenchmarks();
}

}  // namespace daybook::bench
