#include "tools/git_tree.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/git_repository.h"
#include "tools/git_import.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::GitRepository;
using ::daybook::testing::StatusIs;
using ::testing::HasSubstr;

std::vector<std::string> Lines(const GitTree& tree) {
  std::vector<std::string> lines;
  for (const auto& [path, file] : tree.files()) {
    lines.push_back(absl::StrCat(file.mode, " ", file.blob, " ", path));
  }
  return lines;
}

class GitTreeTest : public ::testing::Test {
 protected:
  void Import(const GitRepository& repository, const std::string& prefix = "") {
    GitImportOptions options;
    options.history.repository = repository.path();
    options.prefix = prefix;
    ASSERT_OK(ImportGit(*store_, options,
                        [](const GitImportCounts&) { return true; }));
  }

  std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
};

// Does something to one of a dozen files and folders.
void ChangeSomething(GitRepository& repository, std::mt19937_64& random) {
  namespace fs = std::filesystem;
  const std::vector<std::string> names = {
      "a",     "a.txt", "a-b", "dir/x", "dir/y",   "dir.txt", "dir0",
      "ä\xff", "$var",  "z\n", "p%20q", "dir/d/e", "dir-z",   "\"q\""};
  const std::string name = names[random() % names.size()];
  const fs::path path = fs::path(repository.path()) / name;
  const bool present = fs::exists(fs::symlink_status(path));
  switch (random() % 6) {
    case 0:
      if (present) repository.Remove(name);
      break;
    case 1:
      if (present) repository.Remove(name);
      repository.Link(name, absl::StrCat("target", random() % 3));
      break;
    case 2:
      if (fs::is_regular_file(fs::symlink_status(path))) {
        repository.MakeExecutable(name, random() % 2 == 0);
      }
      break;
    default:
      if (present) repository.Remove(name);
      repository.Write(name, absl::StrCat(random() % 4));
  }
}

TEST_F(GitTreeTest, EveryCommitOfARandomHistoryFoldsToGitsOwnTree) {
  constexpr unsigned kSeed = 7;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  GitRepository repository;
  for (int i = 0; i < 40; ++i) {
    for (size_t changes = random() % 5; changes > 0; --changes) {
      ChangeSomething(repository, random);
    }
    repository.Commit();
  }

  Import(repository);

  int compared = 0;
  for (const std::string& commit : repository.Commits()) {
    const auto tree = FoldGitTree(*store_, {.commit = commit});
    if (absl::IsNotFound(tree.status())) continue;  // It changed no file.
    ASSERT_OK(tree);
    ASSERT_EQ(Lines(*tree), repository.Tree(commit)) << commit;
    ++compared;
  }
  EXPECT_GT(compared, 25);
  ASSERT_OK_AND_ASSIGN(const GitTree last, FoldGitTree(*store_, {}));
  EXPECT_EQ(Lines(last), repository.Tree("HEAD"));
}

TEST_F(GitTreeTest, AFileThatBecomesAFolderAndASubmoduleAreFolded) {
  GitRepository repository;
  repository.Write("a", "file");
  repository.Write("b/c", "1");
  repository.Commit();
  repository.Remove("a");
  repository.Write("a/b", "in a folder");
  repository.Commit();
  repository.Git({"update-index", "--add", "--cacheinfo",
                  absl::StrCat("160000,", std::string(40, 'e'), ",module")});
  repository.Git({"commit", "--quiet", "-m", "submodule"});

  Import(repository);

  ASSERT_OK_AND_ASSIGN(const GitTree tree, FoldGitTree(*store_, {}));
  EXPECT_EQ(Lines(tree), repository.Tree("HEAD"));
  EXPECT_EQ(tree.files().at("module").mode, "160000");
}

TEST_F(GitTreeTest, AStateCanBeAskedForByCommitOrByPosition) {
  GitRepository repository;
  repository.Write("a", "1");
  const std::string first = repository.Commit();
  repository.Write("b", "1");
  repository.Commit();
  Import(repository);

  ASSERT_OK_AND_ASSIGN(const GitTree by_commit,
                       FoldGitTree(*store_, {.commit = first.substr(0, 10)}));
  EXPECT_EQ(by_commit.files().size(), 1u);
  FoldGitTreeOptions options;
  options.range.to = Position(0);
  ASSERT_OK_AND_ASSIGN(const GitTree by_position,
                       FoldGitTree(*store_, options));
  EXPECT_EQ(by_position.files(), by_commit.files());
  EXPECT_THAT(FoldGitTree(*store_, {.commit = std::string(40, 'f')}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("ffff")));
}

TEST_F(GitTreeTest, RepositoriesUnderPrefixesAreFoldedApart) {
  GitRepository plain;
  plain.Write("README", "plain");
  plain.Commit();
  GitRepository other;
  other.Write("README", "other");
  other.Commit();
  Import(plain);
  Import(other, "other/");
  ASSERT_OK(store_->Append("other/notes", ExpectedRevision::Any(),
                           {{.type = "FileAdded", .payload = "not git's"}}));

  ASSERT_OK_AND_ASSIGN(const GitTree one, FoldGitTree(*store_, {}));
  EXPECT_EQ(Lines(one), plain.Tree("HEAD"));
  ASSERT_OK_AND_ASSIGN(const GitTree two,
                       FoldGitTree(*store_, {.prefix = "other/"}));
  EXPECT_EQ(Lines(two), other.Tree("HEAD"));
}

TEST_F(GitTreeTest, EventsThatDoNotFollowAreRefused) {
  const std::string none(40, '0');
  const std::string one(40, '1');
  const std::string two(40, '2');
  GitTree tree;
  const auto event = [](char status, const std::string& before,
                        const std::string& after) {
    return GitFileEvent{
        .commit = "c",
        .name = "a",
        .change = {status, "100644", "100644", before, after, "a"}};
  };
  EXPECT_FALSE(tree.Apply(event('M', one, two)).ok());
  EXPECT_FALSE(tree.Apply(event('D', one, none)).ok());
  ASSERT_OK(tree.Apply(event('A', none, one)));
  EXPECT_THAT(
      tree.Apply(event('A', none, one)),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("\"a\"")));
  EXPECT_FALSE(tree.Apply(event('M', two, one)).ok());
  ASSERT_OK(tree.Apply(event('M', one, two)));
  EXPECT_EQ(tree.files().at("a").blob, two);
  ASSERT_OK(tree.Apply(event('D', two, none)));
  EXPECT_TRUE(tree.files().empty());
}

TEST(QuoteGitPathTest, PathsAreQuotedAsGitDoes) {
  EXPECT_EQ(QuoteGitPath("plain path/$x%"), "plain path/$x%");
  EXPECT_EQ(QuoteGitPath("tab\tnew\nline"), R"("tab\tnew\nline")");
  EXPECT_EQ(QuoteGitPath("say \"hi\" \\"), R"("say \"hi\" \\")");
  EXPECT_EQ(QuoteGitPath("\xc3\xa4\x01\x7f"), R"("\303\244\001\177")");
}

}  // namespace
}  // namespace daybook::tools
