#include "bench/goals.h"

#include <algorithm>
#include <utility>

namespace daybook::bench {
namespace {

constexpr std::nullopt_t kNone = std::nullopt;

// "1 M", "300 k".
std::string Count(uint64_t count) {
  if (count >= 1'000'000 && count % 1'000'000 == 0) {
    return std::to_string(count / 1'000'000) + " M";
  }
  return std::to_string(count / 1'000) + " k";
}

bool IsBetter(Better better, double value, double bound) {
  return better == Better::kHigher ? value >= bound : value <= bound;
}

std::optional<double> MedianOf(const Results& results, const Measure& measure) {
  if (measure.empty()) return kNone;
  return results.MedianOf(measure.series, measure.metric);
}

void AddAppendGoals(std::vector<Goal>* goals) {
  const Measure one = {"append/daybook", "acked"};
  const Measure sqlite = {"append/sqlite", ""};
  const Measure lmdb = {"append/lmdb", ""};
  const auto add = [&](std::string cell, Measure daybook, Measure floor,
                       std::optional<double> must,
                       std::optional<double> best) -> Goal& {
    goals->push_back({.cell = std::move(cell),
                      .daybook = std::move(daybook),
                      .floor = std::move(floor),
                      .must = must,
                      .best = best,
                      .sqlite = sqlite,
                      .lmdb = lmdb});
    return goals->back();
  };
  add("append, one writer / RocksDB put", one, {"append/rocksdb-put", ""}, 0.9,
      kNone)
      .ahead_of_sqlite = true;
  add("append, one writer / write to a zeroed file", one,
      {"append/write-zeroed", ""}, kNone, 0.9);
  add("append, one writer / write to an allocated file", one,
      {"append/write-allocated", ""}, kNone, kNone);
  add("64 in flight / one writer", {"append/daybook-64", ""}, one, 12, 20);
  add("64 in flight, one hot stream / distinct", {"append/daybook-64-hot", ""},
      {"append/daybook-64", ""}, 0.8, 1);
  add("64 in flight, four tags / one writer", {"append/daybook-64-tagged", ""},
      one, 7, kNone);
  add("64 in flight, four tags, hot / distinct",
      {"append/daybook-64-tagged-hot", ""}, {"append/daybook-64-tagged", ""},
      0.8, 1);
  // What 64 blocked threads can do is a matter of the scheduler: their floor is
  // what RocksDB does for as many.
  add("64 threads / one writer", {"append/daybook-64-threads", ""}, one, kNone,
      kNone);
  add("64 threads / 64 threads of RocksDB put",
      {"append/daybook-64-threads", ""}, {"append/rocksdb-put-64-threads", ""},
      kNone, kNone);
  add("64 threads, one hot stream / distinct",
      {"append/daybook-64-threads-hot", ""}, {"append/daybook-64-threads", ""},
      0.8, 1);
  const auto add_other = [&](std::string cell, Unit unit, Better better,
                             Measure daybook, Measure floor,
                             std::optional<double> must,
                             std::optional<double> best) {
    goals->push_back({.cell = std::move(cell),
                      .better = better,
                      .unit = unit,
                      .daybook = std::move(daybook),
                      .floor = std::move(floor),
                      .must = must,
                      .best = best});
  };
  for (const char* form : {"daybook-64", "daybook-64-hot", "daybook-64-threads",
                           "daybook-64-tagged"}) {
    add_other(std::string("appends per flush, ") + form, Unit::kCount,
              Better::kHigher, {std::string("append/") + form, "per_flush"}, {},
              40, kNone);
  }
  for (const char* form : {"daybook-64", "daybook-64-threads"}) {
    add_other(std::string("p99, ") + form + " / one sync", Unit::kSeconds,
              Better::kLower, {std::string("append/") + form, "p99"},
              {"append/write-zeroed", "p50"}, kNone, 10);
  }
  add_other("p50, one writer / one sync", Unit::kSeconds, Better::kLower,
            {"append/daybook", "p50"}, {"append/write-zeroed", "p50"}, kNone,
            kNone);
  add_other("p99, one writer / p99 of one sync", Unit::kSeconds, Better::kLower,
            {"append/daybook", "p99"}, {"append/write-zeroed", "p99"}, kNone,
            kNone);
}

void AddBatchGoals(std::vector<Goal>* goals) {
  goals->push_back({.cell = "batches of 1,000 / the bytes as one value",
                    .daybook = {"batch/daybook", ""},
                    .floor = {"batch/rocksdb-one-value", ""},
                    .must = 0.35,
                    .best = 0.85,
                    .sqlite = {"batch/sqlite", ""},
                    .lmdb = {"batch/lmdb", ""},
                    .ahead_of_lmdb = true});
  goals->push_back({.cell = "batches of 1,000 / copy in the same batch",
                    .daybook = {"batch/daybook", ""},
                    .floor = {"batch/rocksdb-copy", ""},
                    .sqlite = {"batch/sqlite", ""},
                    .lmdb = {"batch/lmdb", ""}});
  goals->push_back({.cell = "batches, four tags / copy and terms in the batch",
                    .daybook = {"batch-tagged/daybook", ""},
                    .floor = {"batch-tagged/rocksdb-copy-and-terms", ""},
                    .must = 1.5,
                    .best = 2.5,
                    .sqlite = {"batch-tagged/sqlite", ""},
                    .lmdb = {"batch-tagged/lmdb", ""}});
}

void AddReadGoals(const Sizes& sizes, std::vector<Goal>* goals) {
  const auto stream = [&](const std::string& temperature,
                          const std::string& length, const std::string& label,
                          std::optional<double> must,
                          std::optional<double> best) -> Goal& {
    const std::string group = "stream-" + temperature + "-" + length;
    goals->push_back(
        {.cell = "stream of " + label + ", " + temperature + " / iterator",
         .better = Better::kLower,
         .unit = Unit::kSeconds,
         .daybook = {group + "/daybook", ""},
         .floor = {group + "/iterator", ""},
         .must = must,
         .best = best,
         .sqlite = {group + "/sqlite", ""},
         .lmdb = {group + "/lmdb", ""}});
    return goals->back();
  };
  const std::string long_label = Count(sizes.long_stream_count);
  stream("hot", "10", "10", 2, kNone);
  stream("hot", "100", "100", kNone, kNone);
  stream("hot", "1k", "1 k", 1, 0.5).ahead_of_lmdb = true;
  goals->push_back(
      {.cell = "stream of 1 k, one event at a time, hot / iterator",
       .better = Better::kLower,
       .unit = Unit::kSeconds,
       .daybook = {"stream-hot-1k/daybook-sparse", ""},
       .floor = {"stream-hot-1k/iterator", ""},
       .sqlite = {"stream-hot-1k/sqlite", ""},
       .lmdb = {"stream-hot-1k/lmdb", ""}});
  stream("hot", "long", long_label, 1, 0.5);
  stream("cold", "10", "10", kNone, kNone);
  stream("cold", "100", "100", kNone, kNone);
  stream("cold", "1k", "1 k", kNone, kNone);
  stream("cold", "long", long_label, kNone, kNone);
  goals->push_back({.cell = "stream of 100, cold, in " +
                            Count(sizes.read_event_count) + ": reads",
                    .better = Better::kLower,
                    .unit = Unit::kCount,
                    .daybook = {"stream-cold-100/daybook", "reads"},
                    .must = 4,
                    .best = 2});

  const Measure log = {"log-hot/daybook", ""};
  const Measure sqlite = {"log-hot/sqlite", ""};
  const Measure lmdb = {"log-hot/lmdb", ""};
  goals->push_back({.cell = "whole log, hot / iterator and decode",
                    .daybook = log,
                    .floor = {"log-hot/iterator-and-decode", ""},
                    .must = 0.9,
                    .sqlite = sqlite,
                    .lmdb = lmdb});
  goals->push_back({.cell = "whole log, hot / iterator",
                    .daybook = log,
                    .floor = {"log-hot/iterator", ""},
                    .best = 2,
                    .sqlite = sqlite,
                    .lmdb = lmdb});
  goals->push_back({.cell = "whole log, hot",
                    .daybook = log,
                    .must = 5e6,
                    .best = 20e6,
                    .sqlite = sqlite,
                    .lmdb = lmdb});
  goals->push_back({.cell = "whole log, hot / decode from memory",
                    .daybook = log,
                    .floor = {"log-hot/decode", ""},
                    .sqlite = sqlite,
                    .lmdb = lmdb});
  goals->push_back({.cell = "whole log, cold / iterator and decode",
                    .daybook = {"log-cold/daybook", ""},
                    .floor = {"log-cold/iterator-and-decode", ""},
                    .sqlite = {"log-cold/sqlite", ""},
                    .lmdb = {"log-cold/lmdb", ""}});
}

void AddFoldGoals(const Sizes& sizes, std::vector<Goal>* goals) {
  const auto fold = [&](const std::string& group, const std::string& label) {
    goals->push_back({.cell = "fold, typed stream of " + label +
                              " / parse and evolve from memory",
                      .better = Better::kLower,
                      .unit = Unit::kSeconds,
                      .daybook = {"fold-" + group + "/daybook", ""},
                      .floor = {"fold-" + group + "/parse-and-evolve", ""}});
  };
  fold("10", "10");
  fold("1k", "1 k");
  fold("long", Count(sizes.long_stream_count));
  const auto rebuild = [&](const std::string& cell, const std::string& floor,
                           double must) {
    goals->push_back({.cell = cell,
                      .daybook = {"rebuild/daybook-2", ""},
                      .floor = {"rebuild/" + floor, ""},
                      .must = must});
  };
  rebuild("view of typed events, 2 threads / 1", "daybook-1", 1.6);
  rebuild("view of typed events, 2 threads / visitor", "visitor", 0.5);
}

void AddLoadGoals(const Sizes& sizes, std::vector<Goal>* goals) {
  const auto load = [&](const std::string& group, const std::string& label) {
    goals->push_back({.cell = "load, stream of " + label + " / of 10",
                      .better = Better::kLower,
                      .unit = Unit::kSeconds,
                      .daybook = {"load-snapshot/" + group, ""},
                      .floor = {"load-snapshot/10", ""},
                      .must = 2});
  };
  load("10k", "10 k");
  load("long", Count(sizes.long_stream_count));
}

void AddViewGoals(std::vector<Goal>* goals) {
  const auto ratio = [&](std::string cell, const std::string& daybook,
                         const std::string& floor, std::optional<double> must) {
    goals->push_back({.cell = std::move(cell),
                      .daybook = {daybook, ""},
                      .floor = {floor, ""},
                      .must = must});
  };
  // A cost of 15 %.
  ratio("append with an inline view / without", "append-view/inline",
        "append-view/none", 1 / 1.15);
  ratio("append with an async view / without", "append-view/async",
        "append-view/none", kNone);
  for (const char* metric : {"", "p99", "max"}) {
    goals->push_back(
        {.cell = std::string("async view under 50 k events/s, behind: ") +
                 (*metric == 0 ? "p50" : metric),
         .better = Better::kLower,
         .unit = Unit::kSeconds,
         .daybook = {"view-lag/daybook", metric}});
  }
  ratio("transact, 1 thread / append", "transact/daybook", "transact/append",
        kNone);
  ratio("transact, 1 thread, states cached / append", "transact/daybook-cached",
        "transact/append", kNone);
  ratio("transact, 64 threads / append", "transact/daybook-64-threads",
        "transact/append-64-threads", kNone);
  ratio("transact, 64 threads, states cached / append",
        "transact/daybook-64-threads-cached", "transact/append-64-threads",
        kNone);
}

void AddSubscribeGoals(std::vector<Goal>* goals) {
  const auto ratio = [&](std::string cell, const std::string& daybook,
                         const std::string& floor, std::optional<double> must) {
    goals->push_back({.cell = std::move(cell),
                      .daybook = {daybook, ""},
                      .floor = {floor, ""},
                      .must = must});
  };
  ratio("catch up by subscription / visitor of the log",
        "catch-up/subscription", "catch-up/visitor", 0.8);
  ratio("8 subscriptions catching up / one", "catch-up/8-subscriptions",
        "catch-up/subscription", kNone);
  for (const char* way : {"thread", "executor"}) {
    for (const bool is_p50 : {true, false}) {
      goals->push_back(
          {.cell = std::string("answer to handler, ") + way +
                   (is_p50 ? ": p50" : ": p99"),
           .better = Better::kLower,
           .unit = Unit::kSeconds,
           .daybook = {std::string("delivery/") + way, is_p50 ? "" : "p99"},
           .must = is_p50 ? 50e-6 : 500e-6});
    }
  }
  goals->push_back(
      {.cell = "append followed by 8 / by nobody: the appender's CPU",
       .better = Better::kLower,
       .unit = Unit::kSeconds,
       .daybook = {"append-followed/8", "thread_cpu"},
       .floor = {"append-followed/none", "thread_cpu"}});
  // A loss of 10 %.
  ratio("append followed by one / by nobody", "append-followed/1",
        "append-followed/none", 0.9);
  ratio("append followed by 8 / by nobody", "append-followed/8",
        "append-followed/none", 0.9);
  ratio("64 in flight, followed by one / by nobody",
        "append-followed/64-in-flight-1", "append-followed/64-in-flight-none",
        0.9);
  ratio("64 in flight, followed by 8 / by nobody",
        "append-followed/64-in-flight-8", "append-followed/64-in-flight-none",
        0.9);
}

void AddBusGoals(std::vector<Goal>* goals) {
  goals->push_back({.cell = "group ack one by one, 4 members",
                    .daybook = {"group-ack/poll-64", ""},
                    .must = 100e3});
  goals->push_back({.cell = "group ack one by one, 4 members, one a poll",
                    .daybook = {"group-ack/poll-1", ""}});
  goals->push_back({.cell = "reactor chain append, react, append / append: p50",
                    .better = Better::kLower,
                    .unit = Unit::kSeconds,
                    .daybook = {"reactor-chain/chain", ""},
                    .floor = {"reactor-chain/append", ""},
                    .must = 2});
}

void AddServeGoals(std::vector<Goal>* goals) {
  const auto ratio = [&](std::string cell, const std::string& daybook,
                         const std::string& floor, std::optional<double> must) {
    goals->push_back({.cell = std::move(cell),
                      .daybook = {daybook, ""},
                      .floor = {floor, ""},
                      .must = must});
  };
  ratio("catch up through the socket / visitor of the log",
        "socket-catch-up/subscription", "socket-catch-up/visitor", 0.3);
  ratio("log read through the socket / visitor of the log",
        "socket-catch-up/cursor", "socket-catch-up/visitor", kNone);
  for (const bool is_p50 : {true, false}) {
    goals->push_back(
        {.cell = std::string("answer to handler, socket: ") +
                 (is_p50 ? "p50" : "p99"),
         .better = Better::kLower,
         .unit = Unit::kSeconds,
         .daybook = {"socket-delivery/thread", is_p50 ? "" : "p99"},
         .must = is_p50 ? std::optional<double>(200e-6) : std::nullopt});
  }
  ratio("append through the socket / in process", "socket-append/remote",
        "socket-append/held", kNone);
  ratio("64 in flight through the socket / in process",
        "socket-append/64-in-flight-remote", "socket-append/64-in-flight-held",
        0.6);
}

void AddQueryAndOpenGoals(const Sizes& sizes, std::vector<Goal>* goals) {
  for (const std::string kind : {"rare", "campaign"}) {
    const std::string group = "query-" + kind;
    const std::string cell =
        kind + " tag in " + Count(sizes.tagged_event_count) + ", ";
    goals->push_back({.cell = cell + "first event",
                      .better = Better::kLower,
                      .unit = Unit::kSeconds,
                      .daybook = {group + "-first/daybook", ""},
                      .must = 1e-3,
                      .sqlite = {group + "-first/sqlite", ""},
                      .lmdb = {group + "-first/lmdb", ""}});
    goals->push_back({.cell = cell + "matches",
                      .daybook = {group + "/daybook", ""},
                      .must = 300e3,
                      .sqlite = {group + "/sqlite", ""},
                      .lmdb = {group + "/lmdb", ""}});
  }
  const auto open = [&](const std::string& cell, const std::string& series,
                        double must) -> Goal& {
    goals->push_back({.cell = cell,
                      .better = Better::kLower,
                      .unit = Unit::kSeconds,
                      .daybook = {series, ""},
                      .must = must});
    return goals->back();
  };
  const std::string small = Count(sizes.small_open_event_count);
  const std::string large = Count(sizes.tagged_event_count);
  Goal& clean =
      open("open " + small + ", clean", "open-clean/daybook-small", 0.2);
  clean.sqlite = {"open-clean/sqlite", ""};
  clean.lmdb = {"open-clean/lmdb", ""};
  open("open " + large + ", clean", "open-clean/daybook-large", 0.2);
  open("open " + small + ", after kill -9", "open-killed/daybook-small", 2);
  open("open " + large + ", after kill -9", "open-killed/daybook-large", 2);
  if (small != large) {
    goals->push_back({.cell = "open " + large + " / " + small + ", clean",
                      .better = Better::kLower,
                      .unit = Unit::kSeconds,
                      .daybook = {"open-clean/daybook-large", ""},
                      .floor = {"open-clean/daybook-small", ""},
                      .must = 5});
  }
}

void AddAuditGoals(const Sizes& sizes, std::vector<Goal>* goals) {
  // A cost of 3 %.
  goals->push_back({.cell = "append with the audit tree / without",
                    .daybook = {"audit-append/tree", "acked"},
                    .floor = {"audit-append/without", "acked"},
                    .must = 1 / 1.03});
  const auto batch = [&](const std::string& cell, const std::string& series) {
    const auto add = [&](const std::string& what, const std::string& counter) {
      goals->push_back(
          {.cell = "batches of 1,000 with the " + cell + " / without: " + what,
           .better = Better::kLower,
           .unit = Unit::kSeconds,
           .daybook = {"audit-batch/" + series, counter},
           .floor = {"audit-batch/without", counter}});
    };
    add("processor time", "cpu");
    add("that of all but the caller", "cpu_behind");
  };
  batch("audit tree", "tree");
  batch("tree and its heads", "tree-and-heads");
  const std::string count = Count(sizes.read_event_count);
  goals->push_back({.cell = "verify " + count + " events",
                    .daybook = {"audit-verify/events", ""},
                    .must = 300e3});
  goals->push_back({.cell = "verify " + count + " events and the indexes",
                    .daybook = {"audit-verify/events-and-indexes", ""},
                    .must = 300e3});
  goals->push_back({.cell = "verify the hashes of " + count + " events",
                    .daybook = {"audit-verify/hashes", ""},
                    .must = 1e6});
  goals->push_back({.cell = "prove one event of " + count + ": p99",
                    .better = Better::kLower,
                    .unit = Unit::kSeconds,
                    .daybook = {"audit-verify/prove", "p99"},
                    .must = 1e-3});
  goals->push_back({.cell = "hashes of a proof, in " + count,
                    .better = Better::kLower,
                    .unit = Unit::kCount,
                    .daybook = {"audit-verify/prove", "hashes"},
                    .must = 24});
}

void AddSpaceGoals(std::vector<Goal>* goals) {
  const auto add = [&](std::string cell, Measure daybook, Measure floor,
                       std::optional<double> must) {
    goals->push_back({.cell = std::move(cell),
                      .better = Better::kLower,
                      .unit = Unit::kBytes,
                      .daybook = std::move(daybook),
                      .floor = std::move(floor),
                      .must = must,
                      .sqlite = {"space/sqlite", ""},
                      .lmdb = {"space/lmdb", ""}});
  };
  const Measure events = {"space/new-events", ""};
  add("log, uncompressed / new events", {"space/daybook", "log"}, events, 1.15);
  add("log of single appends, uncompressed / new events",
      {"space/daybook-singles", "log"}, events, kNone);
  add("log and stream copy / new events", {"space/daybook", "log_and_streams"},
      events, 2.2);
  add("everything, uncompressed / JSON", {"space/daybook", "all"},
      {"space/json", ""}, kNone);
  add("everything, LZ4 / JSON", {"space/daybook-lz4", "all"},
      {"space/json", ""}, kNone);
  add("everything, ZSTD / JSON", {"space/daybook-zstd", "all"},
      {"space/json", ""}, 0.6);
}

}  // namespace

std::vector<Goal> Goals(const Sizes& sizes) {
  std::vector<Goal> goals;
  AddAppendGoals(&goals);
  AddBatchGoals(&goals);
  AddReadGoals(sizes, &goals);
  AddFoldGoals(sizes, &goals);
  AddLoadGoals(sizes, &goals);
  AddViewGoals(&goals);
  AddSubscribeGoals(&goals);
  AddBusGoals(&goals);
  AddServeGoals(&goals);
  AddQueryAndOpenGoals(sizes, &goals);
  AddSpaceGoals(&goals);
  AddAuditGoals(sizes, &goals);
  return goals;
}

Outcome Judge(const Goal& goal, const Results& results) {
  Outcome outcome;
  outcome.daybook = MedianOf(results, goal.daybook);
  outcome.floor = MedianOf(results, goal.floor);
  outcome.sqlite = MedianOf(results, goal.sqlite);
  outcome.lmdb = MedianOf(results, goal.lmdb);
  outcome.verdict = "-";
  if (!outcome.daybook.has_value()) return outcome;

  double judged = *outcome.daybook;
  if (!goal.floor.empty()) {
    if (!outcome.floor.has_value()) return outcome;
    judged = *outcome.daybook / *outcome.floor;
    outcome.ratio = outcome.ratio_min = outcome.ratio_max = judged;
    // What was measured in the same round belongs together.
    const std::vector<double>& ours =
        results.Find(goal.daybook.series)->Of(goal.daybook.metric);
    const std::vector<double>& theirs =
        results.Find(goal.floor.series)->Of(goal.floor.metric);
    for (size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
      outcome.ratio_min = std::min(outcome.ratio_min, ours[i] / theirs[i]);
      outcome.ratio_max = std::max(outcome.ratio_max, ours[i] / theirs[i]);
    }
  }

  const auto reaches = [&](const std::optional<double>& bound) {
    return bound.has_value() && IsBetter(goal.better, judged, *bound);
  };
  const auto behind = [&](bool asked, const std::optional<double>& peer) {
    return asked && peer.has_value() &&
           !IsBetter(goal.better, *outcome.daybook, *peer);
  };
  if (goal.must.has_value() && !reaches(goal.must)) {
    outcome.verdict = "MISSED";
  } else if (behind(goal.ahead_of_sqlite, outcome.sqlite)) {
    outcome.verdict = "MISSED: behind SQLite";
  } else if (behind(goal.ahead_of_lmdb, outcome.lmdb)) {
    outcome.verdict = "MISSED: behind LMDB";
  } else if (reaches(goal.best)) {
    outcome.verdict = "best";
  } else if (goal.must.has_value()) {
    outcome.verdict = "met";
  } else if (goal.best.has_value()) {
    outcome.verdict = "not best";
  }
  return outcome;
}

}  // namespace daybook::bench
