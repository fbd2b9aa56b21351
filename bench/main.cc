// Measures daybook beside its floors and beside the stores one would embed
// instead. What each measurement is: bench/README.md.

#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string_view>

#include "bench/child.h"
#include "bench/groups.h"
#include "bench/machine.h"
#include "bench/options.h"
#include "bench/report.h"
#include "bench/results.h"
#include "bench/runner.h"

namespace daybook::bench {
namespace {

int Main(int argc, char** argv) {
  Options options;
  bool quick = false;
  bool smoke = false;
  CLI::App app("Measures daybook beside its floors, SQLite and LMDB.");
  app.add_flag("--quick", quick, "1 M events instead of 10 M");
  app.add_flag("--smoke", smoke, "only see that everything runs");
  app.add_option("--filter,--benchmark_filter", options.filter,
                 "only measurements whose group/name has this regular "
                 "expression");
  app.add_flag("--list", options.list, "only name the measurements");
  app.add_option("--dir", options.directory, "where to make the databases")
      ->capture_default_str();
  app.add_flag("--keep", options.keep, "leave the databases there");
  app.add_option("--json", options.json_path, "where to write the results")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.scale = smoke ? Scale::kSmoke : quick ? Scale::kQuick : Scale::kFull;
  options.sizes = SizesOf(options.scale);

  int no_arguments = 1;
  benchmark::Initialize(&no_arguments, argv);
  std::filesystem::create_directories(options.directory);
  const Facts facts = MachineFacts(options.directory);
  Results results;
  Runner runner(options, &results);
  const Context context{options, runner};
  for (const auto& group :
       {RunAppendGroup, RunBatchGroup, RunReadGroups, RunFoldGroups,
        RunLoadGroup, RunViewGroups, RunSubscribeGroups, RunBusGroups,
#ifdef DAYBOOK_HAS_SERVER
        RunServeGroups,
#endif
        RunTransactGroup, RunQueryAndOpenGroups, RunSpaceGroup, RunAuditGroups,
        RunProducerGroups}) {
    group(context);
  }
  if (options.list) return EXIT_SUCCESS;

  std::fputs(Table(facts, options, results).c_str(), stdout);
  std::ofstream json(options.json_path);
  json << Json(facts, options, results);
  json.close();
  if (!json) {
    std::fprintf(stderr, "can't write %s\n", options.json_path.c_str());
    return EXIT_FAILURE;
  }
  std::printf("\nresults as JSON: %s\n", options.json_path.c_str());
  for (const std::string& name : results.names()) {
    if (!results.Find(name)->error.empty()) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace daybook::bench

int main(int argc, char** argv) {
  using daybook::bench::AppendUntilKilled;
  if (argc == 5 &&
      std::string_view(argv[1]) == daybook::bench::kChildArgument) {
    return AppendUntilKilled(argv[2], std::strtoull(argv[3], nullptr, 10),
                             std::strtoull(argv[4], nullptr, 10));
  }
  try {
    return daybook::bench::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "daybook_bench: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
