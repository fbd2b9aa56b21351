// Real event data, folded: `view` with the built-in projections and with those
// of a program, against answers that others published or counted.
//
// The data is no part of the project; the tests are skipped where it is
// missing (tests/testing/test_data.h).

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "daybook/projections/registry.h"
#include "daybook/v1/builtin.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_data.h"
#include "tests/tools/command_runner.h"
#include "tools/sha256.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using nlohmann::json;
using ::testing::ElementsAre;

using Counts = std::map<std::string, int64_t>;

// A projection as a program may have one, on payloads without a schema: a
// function from an event to what it does to rows.
template <typename Row>
class PayloadProjection final : public AnyProjection {
 public:
  // Gives the key of the row that an event changes, and fills what is handed to
  // `apply` then.
  using KeyOf = std::function<std::vector<std::string>(const EventView&, Row*)>;
  using ApplyTo = std::function<RowFate(const Row& event, size_t key, Row*)>;

  PayloadProjection(std::string name, KeyOf key_of, ApplyTo apply)
      : AnyProjection(std::move(name), 1, Query(),
                      &v1::CountKey::default_instance(),
                      &Row::default_instance(), {}),
        key_of_(std::move(key_of)),
        apply_(std::move(apply)) {}

  absl::Status Prepare(const EventView& event, google::protobuf::Arena* arena,
                       PreparedEvent* prepared) const override {
    auto* row = google::protobuf::Arena::CreateMessage<Row>(arena);
    prepared->info = EventInfo::Of(event);
    prepared->message = row;
    prepared->keys.clear();
    for (const std::string& text : key_of_(event, row)) {
      v1::CountKey key;
      key.set_key(text);
      EncodeRowKey(key, &prepared->keys.emplace_back());
    }
    return absl::OkStatus();
  }
  absl::StatusOr<RowFate> Apply(const PreparedEvent& prepared, size_t key,
                                google::protobuf::Message* row) const override {
    return apply_(static_cast<const Row&>(*prepared.message), key,
                  static_cast<Row*>(row));
  }
  absl::StatusOr<std::optional<std::string>> IndexKey(
      size_t /*i*/, std::string_view /*key*/,
      const google::protobuf::Message& /*row*/) const override {
    return std::nullopt;
  }

 private:
  const KeyOf key_of_;
  const ApplyTo apply_;
};

class DatasetsViewsTest : public ::testing::Test {
 protected:
  // False where the data is missing.
  void Import(const std::filesystem::path& folder) {
    folder_ = folder;
    ASSERT_EQ(daybook_({"init"}).exit_code, 0);
    const CommandResult imported =
        daybook_({"import", "events", (folder / "events.ndjson.gz").string()});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
  }
  json ReadJson(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return json::parse(in);
  }
  template <typename Row>
  void Use(const std::string& name,
           typename PayloadProjection<Row>::KeyOf key_of,
           typename PayloadProjection<Row>::ApplyTo apply) {
    registry_.Add(absl::StatusOr<std::shared_ptr<const AnyProjection>>(
        std::make_shared<PayloadProjection<Row>>(name, std::move(key_of),
                                                 std::move(apply))));
    ASSERT_OK(registry_.status());
    daybook_.set_registry(&registry_);
  }
  // The rows of `view ARGUMENTS`.
  std::vector<json> View(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "view");
    arguments.insert(arguments.end(), {"--format", "json"});
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<json> rows;
    for (const auto line :
         absl::StrSplit(result.out, '\n', absl::SkipEmpty())) {
      rows.push_back(json::parse(line.begin(), line.end()));
    }
    return rows;
  }
  Counts Count(const std::string& by, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"count", "--by", by});
    Counts counts;
    for (const json& row : View(more)) counts[row["key"]] = row["count"];
    return counts;
  }
  static int64_t Sum(const Counts& counts) {
    int64_t sum = 0;
    for (const auto& [key, count] : counts) sum += count;
    return sum;
  }
  // The largest, largest first; equal ones by name.
  static std::vector<std::pair<std::string, int64_t>> Top(const Counts& counts,
                                                          size_t n) {
    std::vector<std::pair<std::string, int64_t>> all(counts.begin(),
                                                     counts.end());
    std::ranges::stable_sort(all, std::greater<>(),
                             [](const auto& pair) { return pair.second; });
    all.resize(std::min(n, all.size()));
    return all;
  }

  std::filesystem::path folder_;
  Registry registry_;
  CommandRunner daybook_;
};

class CountFactsTest : public DatasetsViewsTest,
                       public ::testing::WithParamInterface<std::string> {};

TEST_P(CountFactsTest, CountsAreWhatTheFactsSay) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, GetParam());
  Import(folder);
  const json facts = ReadJson("facts.json");
  const auto events = facts["events"].get<int64_t>();

  const Counts types = Count("type");
  EXPECT_EQ(types.size(), facts["types"]);
  EXPECT_EQ(Sum(types), events);
  for (const json& top : facts["top_types"]) {
    EXPECT_EQ(types.at(top[0]), top[1]) << top;
  }
  EXPECT_EQ(Top(types, 1).front().second, facts["top_types"][0][1]);

  const Counts tags = Count("tag");
  EXPECT_EQ(tags.size(), facts["distinct_tags"]);
  EXPECT_EQ(Sum(tags), facts["tag_occurrences"]);
  for (const json& top : facts["top_tags"]) {
    EXPECT_EQ(tags.at(top[0]), top[1]) << top;
  }

  const Counts streams = Count("stream");
  EXPECT_EQ(streams.size(), facts["streams"]);
  EXPECT_EQ(Sum(streams), events);
  EXPECT_EQ(Top(streams, 1).front().second, facts["longest_stream"]);
  EXPECT_EQ(std::ranges::count_if(
                streams, [](const auto& pair) { return pair.second == 1; }),
            facts["single_event_streams"]);

  Counts categories;
  for (const auto& [stream, count] : streams) {
    categories[std::string(CategoryOf(stream))] += count;
  }
  EXPECT_EQ(Count("category"), categories);
  EXPECT_EQ(Sum(Count("hour")), events);
  EXPECT_EQ(Sum(Count("hour", {"--occurred"})), events);
  // Half of it, as of then.
  const uint64_t half = static_cast<uint64_t>(events) / 2;
  EXPECT_EQ(Sum(Count("type", {"--as-of", absl::StrCat("@", half - 1)})), half);
}

INSTANTIATE_TEST_SUITE_P(Sets, CountFactsTest,
                         ::testing::Values("wikiticker-2015-09-12",
                                           "git-leveldb", "ocel-github-pm4py",
                                           "xes-receipt"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// What Druid's documentation gives for the same day of edits.
TEST_F(DatasetsViewsTest, WikitickersTopPagesTotalsAndHoursAreThosePublished) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, "wikiticker-2015-09-12");
  Import(folder);
  const auto add = [](const v1::CountRow& event, size_t /*key*/,
                      v1::CountRow* row) {
    row->set_count(row->count() + event.count());
    return RowFate::kKeep;
  };
  Use<v1::CountRow>(
      "pages",
      [](const EventView& event, v1::CountRow* row) {
        row->set_count(1);
        return std::vector<std::string>{json::parse(event.payload)["page"]};
      },
      add);
  for (const char* field : {"added", "deleted", "delta"}) {
    Use<v1::CountRow>(
        field,
        [field](const EventView& event, v1::CountRow* row) {
          const json number = json::parse(event.payload)[field];
          // Negative ones too: sums wrap around and back.
          row->set_count(static_cast<uint64_t>(number.get<int64_t>()));
          return std::vector<std::string>{field};
        },
        add);
  }

  Counts pages;
  for (const json& row : View({"pages"})) pages[row["key"]] = row["count"];
  EXPECT_EQ(pages.size(), 35'143u);
  Counts top;
  for (const auto& [page, count] : Top(pages, 10)) top[page] = count;
  EXPECT_EQ(top,
            (Counts{{"Wikipedia:Vandalismusmeldung", 33},
                    {"User:Cyde/List of candidates for speedy "
                     "deletion/Subpage",
                     28},
                    {"Jeremy Corbyn", 27},
                    {"Wikipedia:Administrators' noticeboard/Incidents", 21},
                    {"Flavia Pennetta", 20},
                    {"Total Drama Presents: The Ridonculous Race", 18},
                    {"User talk:Dudeperson176123", 18},
                    {"Wikipédia:Le Bistro/12 septembre 2015", 18},
                    {"Wikipedia:In the news/Candidates", 17},
                    {"Wikipedia:Requests for page protection", 17}}));

  EXPECT_EQ(View({"added"}).at(0)["count"], 9'385'573);
  EXPECT_EQ(View({"deleted"}).at(0)["count"], 394'298);
  EXPECT_EQ(View({"delta"}).at(0)["count"], 8'991'275);

  const Counts hours = Count("hour", {"--occurred"});
  EXPECT_EQ(hours.size(), 24u);
  EXPECT_EQ(hours.at("2015-09-12T00:00:00Z"), 268);
  EXPECT_EQ(hours.at("2015-09-12T07:00:00Z"), 2237);
  EXPECT_EQ(hours.at("2015-09-12T23:00:00Z"), 1482);

  const auto matching = [&](const std::string& expression) {
    const std::string out =
        daybook_({"read", "--all", "--where", expression, "--format", "raw"})
            .out;
    return std::ranges::count(out, '\n');
  };
  EXPECT_EQ(matching("data ->> '$.isRobot'"), 15'420);
  EXPECT_EQ(matching("data ->> '$.isAnonymous' = 1"), 3'799);
  EXPECT_EQ(matching("data ->> '$.countryName' = 'Italy'"), 256);
}

// Each case's activities in order; https://doi.org/10.4121/uuid:a07386a5-7be3-
// 4367-9535-70bc9e77dbe6 gives the totals.
TEST_F(DatasetsViewsTest, XesReceiptsVariantsAndActivitiesAreThoseOfTheLog) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, "xes-receipt");
  Import(folder);
  Use<v1::TimelineRow>(
      "variant",
      [](const EventView& event, v1::TimelineRow* row) {
        row->add_types(json::parse(event.payload)["concept:name"]);
        return std::vector<std::string>{std::string(event.stream)};
      },
      [](const v1::TimelineRow& event, size_t /*key*/, v1::TimelineRow* row) {
        row->add_types(event.types(0));
        return RowFate::kKeep;
      });

  Counts variants;
  Counts activities;
  size_t longest = 0;
  const std::vector<json> cases = View({"variant"});
  for (const json& row : cases) {
    std::string variant;
    for (const json& activity : row["types"]) {
      absl::StrAppend(&variant, activity.get<std::string>(), "\n");
      ++activities[activity];
    }
    ++variants[variant];
    longest = std::max(longest, row["types"].size());
    EXPECT_EQ(row["types"][0], "Confirmation of receipt");
  }
  EXPECT_EQ(cases.size(), 1434u);
  EXPECT_EQ(longest, 25u);
  EXPECT_EQ(variants.size(), 116u);
  std::vector<int64_t> top;
  for (const auto& [variant, count] : Top(variants, 5)) top.push_back(count);
  EXPECT_THAT(top, ElementsAre(713, 123, 116, 115, 75));
  EXPECT_EQ(activities.size(), 27u);
  const json facts = ReadJson("xes-facts-and-embedded-meta.json");
  for (const json& activity : facts["top_activities"]) {
    EXPECT_EQ(activities.at(activity[0]), activity[1]) << activity;
  }

  // The last thing that happened to each case.
  Counts ends;
  for (const json& row : View({"latest"})) {
    ++ends[row["fields"]["concept:name"]];
  }
  for (const json& end : facts["ends"]) {
    EXPECT_EQ(ends.at(end[0]), end[1]) << end;
  }
}

// The files of a repository as rows of a view, as of each listed commit.
TEST_F(DatasetsViewsTest, GitLeveldbsTreesAreTheViewAsOfTheirCommits) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, "git-leveldb");
  Import(folder);
  const auto columns = [](const EventView& event) {
    const std::vector<std::string> split =
        absl::StrSplit(ToAbsl(event.payload), '\t');
    return split;
  };
  // Mode and blob of each path.
  Use<v1::CountKey>(
      "files",
      [&](const EventView& event, v1::CountKey* row) {
        const std::vector<std::string> line = columns(event);
        if (line[3] != "D") row->set_key(line[5] + " " + line[7]);
        return std::vector<std::string>{line[8]};
      },
      [](const v1::CountKey& event, size_t /*key*/, v1::CountKey* row) {
        *row = event;
        return event.key().empty() ? RowFate::kRemove : RowFate::kKeep;
      });
  std::map<std::string, Position> last_of;  // by commit
  absl::StatusOr<EventCursor> cursor = daybook_.store().ReadLog();
  ASSERT_OK(cursor);
  for (const EventView& event : *cursor) {
    last_of[columns(event)[0]] = event.position;
  }
  ASSERT_OK(cursor->status());

  size_t checked = 0;
  const json facts = ReadJson("leveldb.facts.json");
  for (const json& checkpoint : facts["checkpoints"]) {
    const auto last = last_of.find(checkpoint["commit"]);
    // The very first commit was empty, and so left no event.
    std::vector<std::string> lines;
    if (last != last_of.end()) {
      for (const json& row : View(
               {"files", "--as-of", absl::StrCat("@", last->second.value())})) {
        lines.push_back(absl::StrCat(row["row_key"].get<std::string>(), " ",
                                     row["key"].get<std::string>()));
      }
    }
    EXPECT_EQ(Hex(Sha256Of(absl::StrJoin(lines, "\n"))),
              checkpoint["sha256_of_state"].get<std::string>())
        << checkpoint["commit"];
    ++checked;
  }
  EXPECT_EQ(checked, 48u);
}

}  // namespace
}  // namespace daybook::tools
