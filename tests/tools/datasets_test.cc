// Real event data with known answers, made by others, imported by the command
// and read back: counts, payloads, streams, queries, and for one set the trees
// that its events fold to.
//
// The data is no part of the project; the tests are skipped where it is
// missing (tests/testing/test_data.h).

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_data.h"
#include "tests/tools/command_runner.h"
#include "tools/line_reader.h"
#include "tools/query_json.h"
#include "tools/sha256.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::MemoryAccess;
using ::daybook::testing::TemporaryFolder;
using nlohmann::json;
using ::testing::HasSubstr;

struct Case {
  std::string set;
  bool on_disk = false;
};

// SHA-256 of texts joined by a separator.
class JoinedHash {
 public:
  explicit JoinedHash(std::string separator)
      : separator_(std::move(separator)) {}
  void Add(std::string_view text) {
    if (!first_) hash_.Add(separator_);
    first_ = false;
    hash_.Add(text);
  }
  std::string Finish() { return Hex(hash_.Finish()); }

 private:
  const std::string separator_;
  bool first_ = true;
  Sha256 hash_;
};

class DatasetsTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    DAYBOOK_TEST_DATA_OR_SKIP(folder, GetParam().set);
    folder_ = folder;
    access_ = GetParam().on_disk ? StoreAccess::Disk() : &memory_;
    path_ = temporary_.File("store");
    runner_ = std::make_unique<CommandRunner>(access_);
    ASSERT_EQ(Run({"init"}).exit_code, 0);
    const CommandResult imported = Run({"import", "events", EventsFile()});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
    report_ = imported.out;
  }

  CommandResult Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", path_});
    return (*runner_)(arguments);
  }
  std::string EventsFile() const {
    return (folder_ / "events.ndjson.gz").string();
  }
  json ReadJson(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return json::parse(in);
  }
  // Runs `use` on the open store.
  void WithStore(const std::function<void(EventStore&)>& use) {
    absl::StatusOr<std::shared_ptr<EventStore>> store =
        access_->Open(path_, {.create_if_missing = false});
    ASSERT_OK(store);
    use(**store);
    ASSERT_OK(access_->Close(*std::move(store)));
  }

  std::filesystem::path folder_;
  TemporaryFolder temporary_;
  MemoryAccess memory_;
  StoreAccess* access_ = nullptr;
  std::string path_;
  std::unique_ptr<CommandRunner> runner_;
  std::string report_;
};

TEST_P(DatasetsTest, EveryPayloadIsThereInOrder) {
  const json facts = ReadJson("facts.json");
  WithStore([&](EventStore& store) {
    EXPECT_EQ(store.Head(), Position(facts["events"].get<uint64_t>()));
    absl::StatusOr<EventCursor> cursor = store.ReadLog();
    ASSERT_OK(cursor);
    JoinedHash payloads("\n");
    std::set<std::string> streams;
    for (const EventView& event : *cursor) {
      payloads.Add(event.payload);
      streams.emplace(event.stream);
    }
    ASSERT_OK(cursor->status());
    EXPECT_EQ(streams.size(), facts["streams"].get<size_t>());
    EXPECT_EQ(payloads.Finish(),
              facts["sha256_all_payloads_in_order"].get<std::string>());
  });
}

TEST_P(DatasetsTest, EveryStreamHasItsCountPlacesAndPayloads) {
  ASSERT_OK_AND_ASSIGN(
      const auto rows,
      LineReader::Open((folder_ / "streams.tsv.gz").string(), 0));
  WithStore([&](EventStore& store) {
    uint64_t checked = 0;
    while (rows->Next()) {
      const std::vector<std::string> columns =
          absl::StrSplit(ToAbsl(rows->line()), '\t');
      ASSERT_EQ(columns.size(), 5u);
      absl::StatusOr<EventCursor> cursor = store.ReadStream(columns[0]);
      ASSERT_OK(cursor) << columns[0];
      JoinedHash payloads("\n");
      std::vector<uint64_t> places;
      for (const EventView& event : *cursor) {
        ASSERT_EQ(event.revision, Revision(places.size()));
        payloads.Add(event.payload);
        places.push_back(event.position.value() + 1);
      }
      ASSERT_OK(cursor->status());
      ASSERT_EQ(absl::StrCat(places.size()), columns[1]) << columns[0];
      ASSERT_EQ(absl::StrCat(places.front()), columns[2]) << columns[0];
      ASSERT_EQ(absl::StrCat(places.back()), columns[3]) << columns[0];
      ASSERT_EQ(payloads.Finish(), columns[4]) << columns[0];
      ++checked;
    }
    ASSERT_OK(rows->status());
    EXPECT_EQ(checked, ReadJson("facts.json")["streams"].get<uint64_t>());
  });
}

TEST_P(DatasetsTest, EveryQueryMatchesWhatItShould) {
  const json queries = ReadJson("dcb-queries.json");
  EXPECT_EQ(queries.size(), 41u);
  WithStore([&](EventStore& store) {
    for (const json& expected : queries) {
      const std::string text = expected["query"].dump();
      ASSERT_OK_AND_ASSIGN(const Query query, ParseQueryJson(text));
      absl::StatusOr<EventCursor> cursor = store.ReadQuery(query);
      ASSERT_OK(cursor);
      JoinedHash places(",");
      std::vector<uint64_t> found;
      for (const EventView& event : *cursor) {
        found.push_back(event.position.value() + 1);
        places.Add(absl::StrCat(found.back()));
      }
      ASSERT_OK(cursor->status());
      ASSERT_EQ(found.size(), expected["count"].get<size_t>()) << text;
      EXPECT_EQ(places.Finish(),
                expected["sha256_positions"].get<std::string>())
          << text;
      if (found.empty()) continue;
      EXPECT_EQ(found.front(), expected["first"].get<uint64_t>()) << text;
      EXPECT_EQ(found.back(), expected["last"].get<uint64_t>()) << text;
    }
  });
}

// Old events and new ones: half of the set is there before anybody subscribes.
TEST_P(DatasetsTest, EveryQuerySubscribedGivesTheSamePlaces) {
  const json queries = ReadJson("dcb-queries.json");
  const std::unique_ptr<EventStore> copy =
      GetParam().on_disk ? *EventStore::Open(temporary_.File("followed"),
                                             {.durability = Durability::None()})
                         : EventStore::OpenInMemory();
  struct Follower {
    std::unique_ptr<Subscription> subscription;
    JoinedHash places{","};
    uint64_t count = 0;

    // Of the query, and of each of its tags alone.
    void Take(Position head) {
      while (subscription->next_position() < head) {
        const auto batch = subscription->Next(absl::ZeroDuration());
        ASSERT_OK(batch);
        for (const EventView& event : batch->events) {
          places.Add(absl::StrCat(event.position.value() + 1));
          ++count;
        }
      }
    }
  };
  std::vector<Follower> followers(queries.size());
  std::map<std::string, Follower> by_tag;
  const auto subscribe = [&](Follower& follower, Query query) {
    SubscribeOptions options;
    options.filter.query = std::move(query);
    ASSERT_OK_AND_ASSIGN(follower.subscription, copy->Subscribe(options));
  };
  const auto subscribe_all = [&] {
    for (size_t i = 0; i < queries.size(); ++i) {
      ASSERT_OK_AND_ASSIGN(const Query query,
                           ParseQueryJson(queries[i]["query"].dump()));
      for (const QueryItem& item : query.items) {
        for (const std::string& tag : item.tags) {
          Follower& follower = by_tag[tag];
          if (follower.subscription != nullptr) continue;
          subscribe(follower, Query{{{.tags = {tag}}}});
        }
      }
      subscribe(followers[i], query);
    }
  };
  const auto take_all = [&] {
    const Position head = copy->Head();
    for (Follower& follower : followers) follower.Take(head);
    for (auto& [tag, follower] : by_tag) follower.Take(head);
  };
  WithStore([&](EventStore& store) {
    const Position half(store.Head().value() / 2);
    absl::StatusOr<EventCursor> cursor = store.ReadLog();
    ASSERT_OK(cursor);
    AppendRequest request;
    for (const EventView& event : *cursor) {
      request.events.push_back(
          {std::string(event.stream),
           {.type = std::string(event.type), .tags = event.tags.ToVector()}});
      const Position next = event.position.Next();
      if (request.events.size() < 100 && next != half && next != store.Head()) {
        continue;
      }
      ASSERT_OK(copy->Append(request));
      request.events.clear();
      if (next == half) subscribe_all();
      if (next.value() > half.value()) take_all();
    }
    for (size_t i = 0; i < queries.size(); ++i) {
      const std::string text = queries[i]["query"].dump();
      EXPECT_EQ(followers[i].count, queries[i]["count"].get<uint64_t>())
          << text;
      EXPECT_EQ(followers[i].places.Finish(),
                queries[i]["sha256_positions"].get<std::string>())
          << text;
    }
    EXPECT_FALSE(by_tag.empty());
    for (auto& [tag, follower] : by_tag) {
      absl::StatusOr<EventCursor> matches =
          store.ReadQuery(Query{{{.tags = {tag}}}});
      ASSERT_OK(matches);
      JoinedHash places(",");
      for (const EventView& event : *matches) {
        places.Add(absl::StrCat(event.position.value() + 1));
      }
      EXPECT_EQ(follower.places.Finish(), places.Finish()) << tag;
    }
  });
}

TEST_P(DatasetsTest, ImportingTwiceChangesNothing) {
  const std::string before = Run({"export", "--full"}).out;
  const CommandResult again = Run({"import", "events", EventsFile()});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr(": 0 events appended"));
  EXPECT_EQ(Run({"export", "--full"}).out, before);
}

TEST_P(DatasetsTest, PlainExportImportedInAnotherStoreIsTheSame) {
  const std::string file = temporary_.File("export.ndjson.gz");
  ASSERT_EQ(Run({"export", "-o", file}).exit_code, 0);
  const std::string exported = Run({"export"}).out;
  path_ = temporary_.File("copy");
  ASSERT_EQ(Run({"init"}).exit_code, 0);
  ASSERT_EQ(Run({"import", "events", file}).exit_code, 0);
  EXPECT_EQ(Run({"export"}).out, exported);
}

TEST_P(DatasetsTest, CloudEventsImportedInAnotherStoreAreTheSame) {
  const std::string file = temporary_.File("export.json.gz");
  ASSERT_EQ(Run({"export", "--format", "cloudevents", "--batch", "-o", file})
                .exit_code,
            0);
  const std::string lines = Run({"export", "--format", "cloudevents"}).out;
  path_ = temporary_.File("copy");
  ASSERT_EQ(Run({"init"}).exit_code, 0);
  ASSERT_EQ(Run({"import", "cloudevents", file}).exit_code, 0);
  EXPECT_EQ(Run({"export", "--format", "cloudevents"}).out, lines);
  const json facts = ReadJson("facts.json");
  WithStore([&](EventStore& store) {
    absl::StatusOr<EventCursor> cursor = store.ReadLog();
    ASSERT_OK(cursor);
    JoinedHash payloads("\n");
    for (const EventView& event : *cursor) payloads.Add(event.payload);
    ASSERT_OK(cursor->status());
    EXPECT_EQ(payloads.Finish(),
              facts["sha256_all_payloads_in_order"].get<std::string>());
  });
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const bool on_disk : {false, true}) {
    for (const char* set : {"wikiticker-2015-09-12", "git-leveldb",
                            "ocel-github-pm4py", "xes-receipt"}) {
      cases.push_back({set, on_disk});
    }
  }
  return cases;
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  const Case& c = info.param;
  std::string name = c.set + (c.on_disk ? "_disk" : "_memory");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Sets, DatasetsTest, ::testing::ValuesIn(Cases()),
                         NameOf);

// The events of a repository's history fold to git's own trees.
class GitTreesTest : public DatasetsTest {};

TEST_P(GitTreesTest, EveryListedCommitHasItsTree) {
  const json facts = ReadJson("leveldb.facts.json");
  std::map<std::string, std::string> expected;  // by commit
  for (const json& checkpoint : facts["checkpoints"]) {
    expected[checkpoint["commit"]] = checkpoint["sha256_of_state"];
  }
  EXPECT_EQ(expected.size(), 48u);

  std::map<std::string, std::string> tree;  // "mode blob" by path
  size_t checked = 0;
  const auto check = [&](const std::string& commit) {
    const auto found = expected.find(commit);
    if (found == expected.end()) return;
    JoinedHash lines("\n");
    for (const auto& [file, blob] : tree) {
      lines.Add(absl::StrCat(blob, " ", file));
    }
    EXPECT_EQ(lines.Finish(), found->second) << commit;
    expected.erase(found);
    ++checked;
  };
  WithStore([&](EventStore& store) {
    absl::StatusOr<EventCursor> cursor = store.ReadLog();
    ASSERT_OK(cursor);
    std::string commit;
    for (const EventView& event : *cursor) {
      const std::vector<std::string> columns =
          absl::StrSplit(ToAbsl(event.payload), '\t');
      ASSERT_EQ(columns.size(), 9u);
      if (columns[0] != commit) {
        check(commit);
        commit = columns[0];
        EXPECT_EQ(event.append.first_position, event.position);
      }
      if (columns[3] == "D") {
        tree.erase(columns[8]);
      } else {
        tree[columns[8]] = columns[5] + " " + columns[7];
      }
    }
    ASSERT_OK(cursor->status());
    check(commit);
  });
  // The very first commit was empty, and so left no event.
  for (const auto& [commit, hash] : expected) {
    EXPECT_EQ(hash, Hex(Sha256Of(""))) << commit;
    ++checked;
  }
  EXPECT_EQ(checked, 48u);
}

INSTANTIATE_TEST_SUITE_P(Sets, GitTreesTest,
                         ::testing::Values(Case{"git-leveldb", false},
                                           Case{"git-leveldb", true}),
                         NameOf);

}  // namespace
}  // namespace daybook::tools
