// What the SOURCE.txt of the two process logs says of them, of what `import
// xes` and `import ocel` make of the files themselves. That this is, to the
// byte, what the set's events.ndjson.gz has: process_logs_test.cc.
//
// The data is no part of the project; the tests are skipped where it is missing
// (tests/testing/test_data.h).

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_data.h"
#include "tests/tools/command_runner.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using Counts = std::map<std::string, int>;

struct Event {
  std::string stream;
  std::string type;
  std::vector<std::string> tags;
  absl::Time time;
  json payload;
  Metadata metadata;
};

class ProcessLogsFactsTest : public ::testing::Test {
 protected:
  // What `daybook import ...` appended.
  std::vector<Event> Import(std::vector<std::string> command,
                            const std::string& store = "store") {
    command.insert(command.begin(), "import");
    daybook_({"--store", store, "init"});
    command.insert(command.begin(), {"--store", store});
    const CommandResult result = daybook_(command);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<Event> events;
    auto cursor = daybook_.store(store).ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) {
      Event& read = events.emplace_back();
      read.stream = event.stream;
      read.type = event.type;
      for (const std::string_view tag : event.tags) read.tags.emplace_back(tag);
      read.time = event.occurred_at.value_or(absl::InfinitePast());
      read.payload = json::parse(event.payload);
      read.metadata = event.metadata();
    }
    EXPECT_OK(cursor->status());
    return events;
  }
  // How many tags there are of a kind, and how often each is there.
  static Counts TagsOf(const std::vector<Event>& events,
                       const std::string& kind) {
    Counts counts;
    for (const Event& event : events) {
      for (const std::string& tag : event.tags) {
        if (tag.starts_with(kind)) ++counts[tag.substr(kind.size())];
      }
    }
    return counts;
  }
  template <typename Name>
  static Counts CountBy(const std::vector<Event>& events, Name name) {
    Counts counts;
    for (const Event& event : events) ++counts[name(event)];
    return counts;
  }

  CommandRunner daybook_;
};

TEST_F(ProcessLogsFactsTest, TheXesLogIsAsItsSourceSays) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, "xes-receipt");
  const std::vector<Event> events =
      Import({"xes", (folder / "receipt.xes.gz").string()});

  EXPECT_EQ(events.size(), 8577u);
  const Counts cases =
      CountBy(events, [](const Event& event) { return event.stream; });
  EXPECT_EQ(cases.size(), 1434u);
  const auto [shortest, longest] = std::ranges::minmax_element(
      cases, {}, [](const auto& count) { return count.second; });
  EXPECT_EQ(shortest->second, 1);
  EXPECT_EQ(longest->second, 25);
  EXPECT_EQ(TagsOf(events, "case:"), cases);
  EXPECT_EQ(TagsOf(events, "resource:").size(), 48u);
  const Counts activities = CountBy(events, [](const Event& event) {
    return event.payload["concept:name"].get<std::string>();
  });
  EXPECT_EQ(activities.size(), 27u);
  // With the transition: one of a kind.
  Counts types;
  for (const auto& [name, count] : activities)
    types[name + "+complete"] = count;
  EXPECT_EQ(CountBy(events, [](const Event& event) { return event.type; }),
            types);

  EXPECT_EQ(TimeText(events.front().time), "2010-10-02T07:20:39.266Z");
  EXPECT_EQ(TimeText(events.back().time), "2012-01-23T14:42:54.644Z");
  EXPECT_THAT(CountBy(events,
                      [](const Event& event) {
                        const std::string text =
                            event.payload["time:timestamp"];
                        return text.substr(text.size() - 6);
                      }),
              ElementsAre(Pair("+01:00", 4318), Pair("+02:00", 4259)));

  std::map<std::string, std::vector<const Event*>> traces;
  for (const Event& event : events) traces[event.stream].push_back(&event);
  Counts variants;
  for (const auto& [name, trace] : traces) {
    EXPECT_EQ(trace.front()->type, "Confirmation of receipt+complete");
    std::string variant;
    for (size_t i = 0; i < trace.size(); ++i) {
      // Never back, and no two at once.
      if (i > 0) {
        EXPECT_LT(trace[i - 1]->time, trace[i]->time) << name;
      }
      absl::StrAppend(&variant, trace[i]->type, "\n");
    }
    ++variants[variant];
  }
  EXPECT_EQ(variants.size(), 116u);
  std::vector<int> top;
  for (const auto& [variant, count] : variants) top.push_back(count);
  std::ranges::sort(top, std::greater<>());
  top.resize(5);
  EXPECT_THAT(top, ElementsAre(713, 123, 116, 115, 75));
}

TEST_F(ProcessLogsFactsTest, WhatTheXesLogSaysOfItselfIsKept) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, "xes-receipt");
  const std::vector<Event> events =
      Import({"xes", (folder / "receipt.xes.gz").string(), "--log-stream",
              "receipt-log"});

  EXPECT_EQ(events.size(), 8577u + 1);
  const auto log = std::ranges::find(events, "receipt-log", &Event::stream);
  ASSERT_NE(log, events.end());
  const std::string text = log->payload.dump();
  const std::vector<std::pair<std::string, std::string>> embedded = {
      {"meta_general:traces_total", "1434"},
      {"meta_general:events_total", "8577"},
      {"meta_general:events_min", "1"},
      {"meta_general:events_max", "25"},
      {"meta_concept:different_names_total", "27"},
      {"meta_life:different_transitions_total", "1"},
      {"meta_org:different_resources_total", "48"}};
  const json& attributes = log->payload["attributes"];
  for (const auto& [name, value] : embedded) {
    EXPECT_EQ(attributes[name].dump(), value) << name << " in " << text;
  }
  EXPECT_EQ(attributes["meta_time:log_start_time"],
            "2010-10-02T09:20:39.266+02:00");
  EXPECT_EQ(attributes["meta_time:log_end_time"],
            "2012-01-23T15:42:54.644+01:00");
  EXPECT_EQ(attributes["meta_3TU:doi"],
            "doi:10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6");
  EXPECT_EQ(attributes["meta_3TU:rights"], "Public");
}

TEST_F(ProcessLogsFactsTest, TheCsvTwinOfTheXesLogHasTheSameEvents) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, "xes-receipt");
  // Of each event its case, activity, resource, group, instance and time.
  const auto of = [](const std::vector<Event>& events) {
    std::multiset<std::string> all;
    for (const Event& event : events) {
      const json& payload = event.payload;
      all.insert(absl::StrCat(event.stream, "|",
                              payload["concept:name"].get<std::string>(), "|",
                              payload["org:resource"].get<std::string>(), "|",
                              payload["org:group"].get<std::string>(), "|",
                              payload["concept:instance"].get<std::string>(),
                              "|", TimeText(event.time)));
    }
    return all;
  };
  const auto xes = of(Import({"xes", (folder / "receipt.xes.gz").string()}));
  const auto csv = of(Import({"json", (folder / "receipt.csv.gz").string(),
                              "--stream", "{case:concept:name}", "--type",
                              "{concept:name}", "--time", "{time:timestamp}"},
                             "csv"));

  EXPECT_EQ(csv.size(), 8577u);
  EXPECT_TRUE(csv == xes);
}

class OcelFactsTest : public ProcessLogsFactsTest,
                      public ::testing::WithParamInterface<const char*> {};

TEST_P(OcelFactsTest, TheOcelLogIsAsItsSourceSays) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, "ocel-github-pm4py");
  const std::vector<Event> events = Import(
      {"ocel", (folder / GetParam()).string(), "--stream-object",
       "case:concept:name", "--object-tag", "case:concept:name=issue",
       "--object-tag", "org:resource=user", "--object-tag", "case:repo=repo"});

  EXPECT_EQ(events.size(), 1798u);
  const Counts issues = TagsOf(events, "issue:");
  const Counts users = TagsOf(events, "user:");
  EXPECT_EQ(issues.size(), 353u);
  EXPECT_EQ(users.size(), 178u);
  EXPECT_THAT(TagsOf(events, "repo:"),
              ElementsAre(Pair("pm4py/pm4py-core", 1798)));
  EXPECT_EQ(users.at("fit-alessandro-berti"), 532);
  EXPECT_EQ(users.at("s-j-v-zelst"), 256);
  EXPECT_EQ(users.at("Javert899"), 241);
  // Each event has three objects, and its issue is its stream.
  EXPECT_EQ(CountBy(events, [](const Event& event) { return event.stream; }),
            issues);
  for (const Event& event : events) EXPECT_EQ(event.tags.size(), 3u);

  const Counts activities =
      CountBy(events, [](const Event& event) { return event.type; });
  EXPECT_EQ(activities.size(), 20u);
  EXPECT_EQ(activities.at("commented"), 689);
  EXPECT_EQ(activities.at("closed"), 361);
  EXPECT_EQ(activities.at("created"), 353);
  EXPECT_EQ(activities.at("merged"), 58);

  // Their ids are 0 to 1797 in the order of the file, which goes back in time.
  int goes_back = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].metadata.fields.at("ocel.id"), absl::StrCat(i));
    if (i > 0 && events[i].time < events[i - 1].time) ++goes_back;
  }
  EXPECT_EQ(goes_back, 215);

  std::map<std::string, std::string> first;
  std::map<std::string, std::string> state;
  for (const Event& event : events) {
    first.try_emplace(event.stream, event.type);
    if (event.type == "created" || event.type == "closed" ||
        event.type == "reopened") {
      state[event.stream] = event.type;
    }
  }
  Counts begins;
  for (const auto& [issue, type] : first) ++begins[type];
  EXPECT_THAT(begins, ElementsAre(Pair("created", 353)));
  Counts states;
  for (const auto& [issue, type] : state) {
    ++states[type == "closed" ? "closed" : "open"];
  }
  EXPECT_THAT(states,
              UnorderedElementsAre(Pair("closed", 351), Pair("open", 2)));
}

INSTANTIATE_TEST_SUITE_P(Encodings, OcelFactsTest,
                         ::testing::Values("github_pm4py.jsonocel",
                                           "github_pm4py.xmlocel"),
                         [](const auto& test) {
                           return std::string(test.param).ends_with("xmlocel")
                                      ? "Xml"
                                      : "Json";
                         });

}  // namespace
}  // namespace daybook::tools
