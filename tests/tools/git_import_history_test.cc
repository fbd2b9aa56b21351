// The import of a history of a few hundred commits, made up at random.
// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/git_repository.h"
#include "tests/tools/seeded_random.h"
#include "tools/git_import.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::GitRepository;
using ::daybook::testing::SeededRandom;

// What `git fast-import` reads: commits that write, delete and rename a few
// of some dozen files each; now and then one changes nothing, or very many.
std::string RandomHistory(SeededRandom& random, int commits) {
  std::string stream;
  std::set<std::string> files;
  for (int i = 0; i < commits; ++i) {
    const std::string message = absl::StrCat("commit ", i);
    absl::StrAppend(&stream, "commit refs/heads/main\ncommitter Bo <b@x> ",
                    1'700'000'000 + i * 60, " +0000\ndata ", message.size(),
                    "\n", message, "\n");
    uint64_t changes = random.OneIn(50) ? 30 : random.Below(4);
    for (; changes > 0; --changes) {
      const std::string file =
          absl::StrCat("dir", random.Below(4), "/file", random.Below(12));
      if (files.contains(file) && random.OneIn(5)) {
        absl::StrAppend(&stream, "D ", file, "\n");
        files.erase(file);
        continue;
      }
      const std::string content = absl::StrCat(random.Below(1'000'000));
      absl::StrAppend(&stream, "M ", random.OneIn(9) ? "755" : "644",
                      " inline ", file, "\ndata ", content.size(), "\n",
                      content, "\n");
      files.insert(file);
    }
  }
  return stream;
}

class GitImportHistoryTest : public ::testing::Test {
 protected:
  static constexpr int kCommits = 300;

  GitImportHistoryTest() {
    repository_.Write("history", RandomHistory(random_, kCommits));
    repository_.Git(
        {"-c", "alias.load=!git fast-import --quiet < history", "load"});
  }

  // At most `commits` of them, and then it is broken off.
  GitImportCounts Import(EventStore& store, uint64_t commits = kCommits) {
    GitImportOptions options;
    options.history.repository = repository_.path();
    options.append_count_max = 8;
    absl::StatusOr<GitImportCounts> counts =
        ImportGit(store, options, [&](const GitImportCounts& so_far) {
          return so_far.commits < commits;
        });
    EXPECT_OK(counts);
    return counts.ok() ? *counts : GitImportCounts();
  }

  // All that the store holds, but for what it gives by chance: ids and times.
  static std::vector<std::string> ContentOf(EventStore& store) {
    std::vector<std::string> content;
    auto cursor = store.ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& view : *cursor) {
      const Event event = view.ToEvent();
      content.push_back(absl::StrCat(
          event.stream, "@", event.revision.value(), " ", event.type, " ",
          event.payload, " ", event.append_first_position.value(), "+",
          event.append_count, " ", std::string(view.append.key), " ",
          absl::FormatTime(*event.occurred_at, absl::UTCTimeZone())));
    }
    EXPECT_OK(cursor->status());
    return content;
  }

  SeededRandom random_;
  GitRepository repository_;
  std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
};

TEST_F(GitImportHistoryTest, RunTwiceItAppendsNothingNew) {
  const GitImportCounts first = Import(*store_);
  EXPECT_EQ(first.commits, uint64_t{kCommits});
  EXPECT_GT(first.split_commits, 0u);
  EXPECT_GT(first.empty_commits, 0u);
  const Position head = store_->Head();
  EXPECT_EQ(head, Position(first.events));

  const GitImportCounts second = Import(*store_);
  EXPECT_EQ(second.events, 0u);
  EXPECT_EQ(second.appended_commits, 0u);
  EXPECT_EQ(second.known_commits, first.appended_commits);
  EXPECT_EQ(second.empty_commits, first.empty_commits);
  EXPECT_EQ(store_->Head(), head);
}

TEST_F(GitImportHistoryTest, BrokenOffAndContinuedGivesTheSameStore) {
  Import(*store_);
  const auto broken = EventStore::OpenInMemory();
  // From its beginning each time, a few commits further.
  uint64_t commits = 0;
  while (commits < kCommits) {
    commits += 1 + random_.Below(60);
    Import(*broken, commits);
  }
  EXPECT_EQ(ContentOf(*broken), ContentOf(*store_));
}

}  // namespace
}  // namespace daybook::tools
