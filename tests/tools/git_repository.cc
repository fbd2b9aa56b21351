#include "tests/tools/git_repository.h"

#include <stdlib.h>

#include <fstream>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "store/strings.h"
#include "tools/child_process.h"

namespace daybook::testing {
namespace {

namespace fs = std::filesystem;

std::string FreshFolder() {
  std::string path = ::testing::TempDir() + "/repository-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

}  // namespace

GitRepository::GitRepository(const std::string& format) : path_(FreshFolder()) {
  Git({"init", "--quiet", "--initial-branch=main",
       absl::StrCat("--object-format=", format)});
}

GitRepository::GitRepository(const GitRepository& source, int depth)
    : path_(FreshFolder()) {
  Git({"clone", "--quiet", absl::StrCat("--depth=", depth),
       absl::StrCat("file://", source.path()), "."});
}

GitRepository::~GitRepository() {
  std::error_code error;
  fs::remove_all(path_, error);
}

fs::path GitRepository::File(std::string_view name) const {
  const fs::path file = fs::path(path_) / name;
  fs::create_directories(file.parent_path());
  return file;
}

void GitRepository::Write(std::string_view name, std::string_view content) {
  std::ofstream(File(name), std::ios::binary) << content;
}

void GitRepository::Remove(std::string_view name) {
  EXPECT_TRUE(fs::remove(File(name))) << name;
}

void GitRepository::Link(std::string_view name, std::string_view target) {
  fs::create_symlink(target, File(name));
}

void GitRepository::MakeExecutable(std::string_view name, bool executable) {
  fs::permissions(
      File(name), fs::perms::owner_exec,
      executable ? fs::perm_options::add : fs::perm_options::remove);
}

std::string GitRepository::Commit() {
  Git({"add", "--all"});
  Git({"commit", "--quiet", "--allow-empty", "--message",
       absl::StrCat("commit ", ++commit_count_)});
  return Git({"rev-parse", "HEAD"});
}

std::string GitRepository::Git(std::vector<std::string> arguments) const {
  // Nothing of the machine's configuration, and times that do not change.
  const std::string time =
      absl::StrCat(1'700'000'000 + 3600 * (commit_count_ + 1), " +0100");
  std::vector<std::string> command = {"env",
                                      "GIT_CONFIG_GLOBAL=/dev/null",
                                      "GIT_CONFIG_SYSTEM=/dev/null",
                                      "GIT_AUTHOR_NAME=Ada Ürün",
                                      "GIT_AUTHOR_EMAIL=ada@example.org",
                                      "GIT_COMMITTER_NAME=Bo",
                                      "GIT_COMMITTER_EMAIL=bo@example.org",
                                      absl::StrCat("GIT_AUTHOR_DATE=", time),
                                      absl::StrCat("GIT_COMMITTER_DATE=", time),
                                      "git",
                                      "-C",
                                      path_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  absl::StatusOr<std::string> output =
      tools::RunProgram(command, {.unset = {"GIT_DIR", "GIT_WORK_TREE"}});
  if (!output.ok()) {
    ADD_FAILURE() << arguments.front() << ": " << output.status();
    return "";
  }
  if (output->ends_with('\n')) output->pop_back();
  return *output;
}

std::vector<std::string> GitRepository::Commits(
    const std::string& revision) const {
  return absl::StrSplit(
      Git({"rev-list", "--first-parent", "--reverse", revision}), '\n',
      absl::SkipEmpty());
}

std::vector<std::string> GitRepository::Tree(const std::string& commit) const {
  std::vector<std::string> lines;
  for (absl::string_view line :
       absl::StrSplit(Git({"ls-tree", "-r", "-z", "--full-tree", commit}), '\0',
                      absl::SkipEmpty())) {
    // <mode> <type> <blob>\t<path>
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('\t', 1));
    const std::vector<absl::string_view> fields =
        absl::StrSplit(parts.first, ' ');
    lines.push_back(absl::StrCat(fields[0], " ", fields[2], " ", parts.second));
  }
  return lines;
}

}  // namespace daybook::testing
