#include "tools/git_import.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/status_matchers.h"
#include "tests/tools/git_repository.h"
#include "tools/git_event.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::GitRepository;
using ::daybook::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class GitImportTest : public ::testing::Test {
 protected:
  absl::StatusOr<GitImportCounts> Import(
      const GitRepository& repository,
      const std::function<void(GitImportOptions&)>& change = nullptr) {
    GitImportOptions options;
    options.history.repository = repository.path();
    if (change) change(options);
    return ImportGit(*store_, options,
                     [](const GitImportCounts&) { return true; });
  }

  // "<type> <stream>" of each event in the store.
  std::vector<std::string> Log() {
    std::vector<std::string> log;
    auto cursor = store_->ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) {
      log.push_back(absl::StrCat(std::string(event.type), " ",
                                 std::string(event.stream)));
    }
    EXPECT_OK(cursor->status());
    return log;
  }

  // One per append in the store: how many events it had.
  std::vector<uint32_t> AppendSizes() {
    std::vector<uint32_t> sizes;
    auto cursor = store_->ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) {
      if (event.append.first_position == event.position) {
        sizes.push_back(event.append.count);
      }
    }
    return sizes;
  }

  // The store's first `count` events, as they were appended.
  AppendRequest FirstEventsAsRequest(size_t count) {
    AppendRequest request;
    auto cursor = store_->ReadLog();
    EXPECT_OK(cursor);
    while (request.events.size() < count && cursor->Next()) {
      const Event stored = cursor->event().ToEvent();
      request.key = std::string(cursor->event().append.key);
      request.events.push_back({stored.stream,
                                {.type = stored.type,
                                 .payload = stored.payload,
                                 .content_type = stored.content_type,
                                 .tags = stored.tags,
                                 .metadata = stored.metadata,
                                 .occurred_at = stored.occurred_at}});
    }
    return request;
  }

  std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
};

TEST_F(GitImportTest, EachCommitIsOneAppendOverTheFilesItTouches) {
  GitRepository repository;
  repository.Write("a", "1");
  repository.Write("src/b", "1");
  repository.Commit();
  repository.Write("a", "2");
  repository.MakeExecutable("src/b", true);
  repository.Write("c", "1");
  repository.Commit();
  repository.Remove("a");
  repository.Remove("c");
  repository.Link("c", "src/b");
  repository.Commit();

  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts, Import(repository));

  EXPECT_THAT(Log(),
              ElementsAre("FileAdded a", "FileAdded src/b", "FileModified a",
                          "FileAdded c", "FileModified src/b", "FileDeleted a",
                          "FileTypeChanged c"));
  EXPECT_THAT(AppendSizes(), ElementsAre(2, 3, 2));
  EXPECT_EQ(counts.commits, 3u);
  EXPECT_EQ(counts.appended_commits, 3u);
  EXPECT_EQ(counts.events, 7u);
}

TEST_F(GitImportTest, AnEventSaysWhatGitKnows) {
  GitRepository repository;
  repository.Write("src/x.cc", "hello\n");
  const std::string commit = repository.Commit();

  ASSERT_OK(Import(repository));

  ASSERT_OK_AND_ASSIGN(const Event event, store_->ReadEvent(Position(0)));
  EXPECT_EQ(event.stream, "src/x.cc");
  EXPECT_EQ(event.type, "FileAdded");
  EXPECT_EQ(event.content_type, "application/json");
  EXPECT_THAT(event.tags,
              ElementsAre("path:src/x.cc", "commit:" + commit, "dir:src"));
  EXPECT_EQ(event.metadata.correlation_id, commit);
  EXPECT_EQ(event.metadata.actor, "");
  EXPECT_EQ(event.occurred_at, absl::FromUnixSeconds(1'700'007'200));
  EXPECT_EQ(event.payload,
            absl::StrCat(R"({"commit":")", commit,
                         R"(","path":"src/x.cc","status":"A",)"
                         R"("old_mode":"000000","new_mode":"100644",)"
                         R"("old_blob":")",
                         std::string(40, '0'), R"(","new_blob":")",
                         "ce013625030ba8dba906f756967f9e9ca394464a",
                         R"(","author_time":1700007200,)"
                         R"("committer_time":1700007200})"));
}

TEST_F(GitImportTest, AuthorsAreKeptOnlyWhenAskedFor) {
  GitRepository repository;
  repository.Write("a", "1");
  repository.Commit();

  ASSERT_OK(Import(repository, [](auto& options) { options.authors = true; }));

  ASSERT_OK_AND_ASSIGN(const Event event, store_->ReadEvent(Position(0)));
  EXPECT_EQ(event.metadata.actor, "Ada Ürün <ada@example.org>");
  EXPECT_THAT(Import(repository), StatusIs(absl::StatusCode::kAlreadyExists,
                                           HasSubstr("--authors")));
}

TEST_F(GitImportTest, ASecondRunAppendsNothing) {
  GitRepository repository;
  for (int i = 0; i < 4; ++i) {
    repository.Write("a", absl::StrCat(i));
    repository.Write(absl::StrCat("b", i), "");
    repository.Commit();
  }
  ASSERT_OK(Import(repository));
  const Position head = store_->Head();

  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts, Import(repository));

  EXPECT_EQ(store_->Head(), head);
  EXPECT_EQ(counts.known_commits, 4u);
  EXPECT_EQ(counts.appended_commits, 0u);
  EXPECT_EQ(counts.events, 0u);
}

TEST_F(GitImportTest, ARunAfterMoreCommitsAppendsThose) {
  GitRepository repository;
  repository.Write("a", "1");
  repository.Commit();
  ASSERT_OK(Import(repository));
  repository.Write("a", "2");
  repository.Write("b", "1");
  repository.Commit();
  repository.Write("a", "3");
  repository.Commit();

  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts, Import(repository));

  EXPECT_EQ(counts.known_commits, 1u);
  EXPECT_EQ(counts.appended_commits, 2u);
  EXPECT_THAT(Log(), ElementsAre("FileAdded a", "FileModified a", "FileAdded b",
                                 "FileModified a"));
}

TEST_F(GitImportTest, AnEarlierRevisionCanBeImportedBeforeAndAfterTheRest) {
  GitRepository repository;
  for (int i = 0; i < 5; ++i) {
    repository.Write("a", absl::StrCat(i));
    repository.Commit();
  }
  const auto at = [](const std::string& revision) {
    return [revision](GitImportOptions& options) {
      options.history.revision = revision;
    };
  };
  ASSERT_OK(Import(repository, at("HEAD~3")));
  EXPECT_EQ(store_->Head(), Position(2));
  ASSERT_OK(Import(repository, at("HEAD")));
  EXPECT_EQ(store_->Head(), Position(5));
  ASSERT_OK(Import(repository, at("HEAD~2")));
  EXPECT_EQ(store_->Head(), Position(5));
}

TEST_F(GitImportTest, CommitsWithoutChangesAreSkippedAndCounted) {
  GitRepository repository;
  repository.Commit();
  repository.Write("a", "1");
  repository.Commit();
  repository.Commit();

  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts, Import(repository));

  EXPECT_EQ(counts.commits, 3u);
  EXPECT_EQ(counts.empty_commits, 2u);
  EXPECT_EQ(counts.appended_commits, 1u);
  EXPECT_EQ(store_->Head(), Position(1));
}

TEST_F(GitImportTest, AMergeIsWhatItChangedOnTheMainLine) {
  GitRepository repository;
  repository.Write("a", "1");
  repository.Commit();
  repository.Git({"checkout", "--quiet", "-b", "side"});
  repository.Write("side", "1");
  repository.Commit();
  repository.Write("side", "2");
  repository.Commit();
  repository.Git({"checkout", "--quiet", "main"});
  repository.Write("a", "2");
  repository.Commit();
  repository.Git({"merge", "--quiet", "--no-ff", "-m", "merge", "side"});

  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts, Import(repository));

  EXPECT_EQ(counts.commits, 3u);
  EXPECT_THAT(Log(),
              ElementsAre("FileAdded a", "FileModified a", "FileAdded side"));
}

TEST_F(GitImportTest, ARenameIsADeletedAndAnAddedFile) {
  GitRepository repository;
  repository.Write("old", "the same content, long enough to be recognised\n");
  repository.Commit();
  repository.Git({"mv", "old", "new"});
  repository.Commit();
  repository.Git({"config", "diff.renames", "copies"});

  ASSERT_OK(Import(repository));

  EXPECT_THAT(Log(),
              ElementsAre("FileAdded old", "FileAdded new", "FileDeleted old"));
}

TEST_F(GitImportTest, AFileThatComesBackGoesOnInItsStream) {
  GitRepository repository;
  repository.Write("keep", "");
  repository.Write("a", "1");
  repository.Commit();
  repository.Remove("a");
  repository.Commit();
  repository.Write("a", "2");
  repository.Commit();

  ASSERT_OK(Import(repository));

  ASSERT_OK_AND_ASSIGN(const StreamInfo stream, store_->GetStream("a"));
  EXPECT_EQ(stream.last_revision, Revision(2));
}

TEST_F(GitImportTest, OddNamesBecomeStreamsAndComeBack) {
  const std::vector<std::string> names = {
      "new\nline", "\nfirst",     "quote\"s'",  "tab\there", "$dollar",
      "100%",      "per%41cent",  "latin-\xe9", ":colon",    " space ",
      "größe",     "back\\slash", "-dash",      "dir/$in"};
  GitRepository repository;
  for (const std::string& name : names) repository.Write(name, name);
  repository.Commit();

  ASSERT_OK(Import(repository));

  std::vector<std::string> paths;
  auto cursor = store_->ReadLog();
  ASSERT_OK(cursor);
  for (const EventView& event : *cursor) {
    ASSERT_OK_AND_ASSIGN(const GitFileEvent parsed, ParseGitEvent(event));
    EXPECT_EQ(parsed.name, event.stream);
    paths.push_back(parsed.change.path);
  }
  EXPECT_THAT(paths, ::testing::UnorderedElementsAreArray(names));
  EXPECT_OK(store_->GetStream("%24dollar"));
  EXPECT_OK(store_->GetStream("latin-%E9"));
  EXPECT_OK(store_->GetStream("100%"));
  EXPECT_OK(store_->GetStream("per%2541cent"));
}

TEST_F(GitImportTest, Sha256RepositoriesAreRead) {
  GitRepository repository("sha256");
  repository.Write("a", "1");
  const std::string commit = repository.Commit();
  ASSERT_EQ(commit.size(), 64u);

  ASSERT_OK(Import(repository));
  ASSERT_OK(Import(repository));

  ASSERT_OK_AND_ASSIGN(const Event event, store_->ReadEvent(Position(0)));
  EXPECT_EQ(event.metadata.correlation_id, commit);
  EXPECT_EQ(store_->Head(), Position(1));
}

TEST_F(GitImportTest, APrefixKeepsRepositoriesApart) {
  GitRepository one;
  one.Write("README", "one");
  one.Commit();
  GitRepository two;
  two.Write("README", "two");
  two.Commit();
  const auto under = [](const std::string& prefix) {
    return [prefix](GitImportOptions& options) { options.prefix = prefix; };
  };

  ASSERT_OK(Import(one, under("one/")));
  ASSERT_OK(Import(two, under("two/")));
  EXPECT_THAT(Log(),
              ElementsAre("FileAdded one/README", "FileAdded two/README"));

  // Each goes on where it was, whatever came between.
  one.Write("README", "one more");
  one.Commit();
  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts,
                       Import(one, under("one/")));
  EXPECT_EQ(counts.known_commits, 1u);
  EXPECT_EQ(counts.events, 1u);

  EXPECT_THAT(Import(one, under(std::string(101, 'x'))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(GitImportTest, ARewrittenFileIsRefused) {
  GitRepository repository;
  repository.Write("a", "1");
  repository.Commit();
  repository.Write("a", "2");
  repository.Commit();
  ASSERT_OK(Import(repository));
  const Position head = store_->Head();
  repository.Write("a", "other 2");
  repository.Git({"commit", "--quiet", "--all", "--amend", "-m", "other"});

  EXPECT_THAT(
      Import(repository),
      StatusIs(absl::StatusCode::kAborted,
               AllOf(HasSubstr("\"a\""), HasSubstr("rewritten"),
                     HasSubstr(repository.Git({"rev-parse", "HEAD"})))));
  EXPECT_EQ(store_->Head(), head);
}

TEST_F(GitImportTest, ARewrittenHistoryOfOtherFilesIsRefusedToo) {
  GitRepository repository;
  repository.Write("a", "1");
  repository.Commit();
  repository.Write("b", "1");
  const std::string dropped = repository.Commit();
  ASSERT_OK(Import(repository));
  const Position head = store_->Head();
  repository.Git({"reset", "--quiet", "--hard", "HEAD~1"});
  repository.Write("c", "1");
  repository.Commit();

  EXPECT_THAT(Import(repository),
              StatusIs(absl::StatusCode::kAborted,
                       AllOf(HasSubstr("\"c\""), HasSubstr(dropped))));
  EXPECT_EQ(store_->Head(), head);
}

TEST_F(GitImportTest, AnUnrelatedHistoryOfTheSameFilesIsRefused) {
  GitRepository one;
  one.Write("README", "one");
  one.Commit();
  GitRepository two;
  two.Write("README", "two");
  two.Commit();
  ASSERT_OK(Import(one));

  EXPECT_THAT(Import(two),
              StatusIs(absl::StatusCode::kAborted,
                       AllOf(HasSubstr("\"README\""),
                             HasSubstr(two.Git({"rev-parse", "HEAD"})))));
  EXPECT_EQ(store_->Head(), Position(1));
}

TEST_F(GitImportTest, AStreamSomebodyElseWroteIsRefused) {
  GitRepository repository;
  repository.Write("a", "1");
  repository.Commit();
  ASSERT_OK(Import(repository));
  ASSERT_OK(store_->Append("a", ExpectedRevision::Any(), {{.type = "Other"}}));
  repository.Write("a", "2");
  repository.Commit();

  EXPECT_THAT(Import(repository), StatusIs(absl::StatusCode::kAborted,
                                           HasSubstr("another history")));
}

TEST_F(GitImportTest, AShallowCloneBeginsAtItsBoundary) {
  GitRepository whole;
  for (int i = 0; i < 4; ++i) {
    whole.Write(absl::StrCat("file", i), "1");
    whole.Commit();
  }
  const GitRepository clone(whole, 2);

  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts, Import(clone));

  EXPECT_TRUE(counts.shallow);
  EXPECT_EQ(counts.commits, 2u);
  EXPECT_EQ(counts.root, whole.Git({"rev-parse", "HEAD~1"}));
  EXPECT_THAT(AppendSizes(), ElementsAre(3, 1));
}

TEST_F(GitImportTest, ACommitAboveTheLimitTakesSeveralAppends) {
  GitRepository repository;
  for (int i = 0; i < 7; ++i) repository.Write(absl::StrCat("f", i), "1");
  repository.Commit();
  repository.Write("f0", "2");
  repository.Commit();
  const auto limit = [](auto& options) { options.append_count_max = 3; };

  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts, Import(repository, limit));
  EXPECT_THAT(AppendSizes(), ElementsAre(3, 3, 1, 1));
  EXPECT_EQ(counts.split_commits, 1u);
  EXPECT_EQ(counts.appended_commits, 2u);

  ASSERT_OK(Import(repository, limit));
  EXPECT_EQ(store_->Head(), Position(8));
}

TEST_F(GitImportTest, AnImportBrokenOffWithinACommitIsFinished) {
  GitRepository repository;
  for (int i = 0; i < 5; ++i) repository.Write(absl::StrCat("f", i), "1");
  repository.Commit();
  const auto limit = [](auto& options) { options.append_count_max = 2; };
  ASSERT_OK(Import(repository, limit));
  // Only the first append of the commit made it.
  const AppendRequest first = FirstEventsAsRequest(2);
  store_ = EventStore::OpenInMemory();
  ASSERT_OK(store_->Append(first));

  ASSERT_OK_AND_ASSIGN(const GitImportCounts counts, Import(repository, limit));

  EXPECT_EQ(counts.events, 3u);
  EXPECT_THAT(AppendSizes(), ElementsAre(2, 2, 1));
}

TEST_F(GitImportTest, AnImportCanBeStoppedAndGoesOnLater) {
  GitRepository repository;
  for (int i = 0; i < 4; ++i) {
    repository.Write("a", absl::StrCat(i));
    repository.Commit();
  }
  GitImportOptions options;
  options.history.repository = repository.path();
  ASSERT_OK_AND_ASSIGN(
      const GitImportCounts counts,
      ImportGit(*store_, options, [](const GitImportCounts& so_far) {
        return so_far.commits < 2;
      }));
  EXPECT_TRUE(counts.stopped);
  EXPECT_EQ(store_->Head(), Position(2));

  ASSERT_OK(Import(repository));
  EXPECT_EQ(store_->Head(), Position(4));
}

TEST_F(GitImportTest, TheUsersConfigurationChangesNothing) {
  GitRepository repository;
  repository.Write("sub/z", "1");
  repository.Write("a", "1");
  repository.Commit();
  for (const char* setting :
       {"log.showSignature=true", "log.decorate=full", "diff.relative=true",
        "diff.noprefix=true", "color.ui=always", "core.quotePath=false",
        "log.showRoot=false", "diff.ignoreSubmodules=all",
        "log.diffMerges=combined", "format.pretty=fuller", "log.follow=true"}) {
    const std::string text = setting;
    const size_t equals = text.find('=');
    repository.Git({"config", text.substr(0, equals), text.substr(equals + 1)});
  }
  ASSERT_OK(Import(repository, [&](GitImportOptions& options) {
    options.history.repository += "/sub";
  }));
  EXPECT_THAT(Log(), ElementsAre("FileAdded a", "FileAdded sub/z"));
}

TEST_F(GitImportTest, WhatGitRefusesIsToldInGitsWords) {
  GitRepository repository;
  EXPECT_THAT(
      Import(repository),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("HEAD")));
  repository.Write("a", "1");
  repository.Commit();
  EXPECT_THAT(
      Import(repository,
             [](auto& options) { options.history.revision = "--all"; }),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("fatal")));
  EXPECT_THAT(Import(repository,
                     [](auto& options) {
                       options.history.repository = "/nonexistent";
                     }),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("/nonexistent")));
  EXPECT_EQ(store_->Head(), Position(0));
}

}  // namespace
}  // namespace daybook::tools
