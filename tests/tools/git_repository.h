// A git repository in a folder of its own, made by a test with git's commands
// and gone at its end.
//
//   GitRepository repository;
//   repository.Write("a.txt", "one\n");
//   const std::string commit = repository.Commit();

#ifndef DAYBOOK_TESTS_TOOLS_GIT_REPOSITORY_H_
#define DAYBOOK_TESTS_TOOLS_GIT_REPOSITORY_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::testing {

class GitRepository {
 public:
  // `format` is "sha1" or "sha256".
  explicit GitRepository(const std::string& format = "sha1");
  // A clone of `source` with its last `depth` commits.
  GitRepository(const GitRepository& source, int depth);
  ~GitRepository();
  GitRepository(const GitRepository&) = delete;
  GitRepository& operator=(const GitRepository&) = delete;

  const std::string& path() const { return path_; }

  // Files of the working tree. Names are bytes; folders are made as needed.
  void Write(std::string_view name, std::string_view content);
  void Remove(std::string_view name);
  void Link(std::string_view name, std::string_view target);
  void MakeExecutable(std::string_view name, bool executable);

  // Commits everything in the working tree, changed or not; each commit is an
  // hour after the one before. Returns its hash.
  std::string Commit();

  // Runs git there; fails the test if git fails. Returns what it printed,
  // without the last newline.
  std::string Git(std::vector<std::string> arguments) const;

  // First parents of `revision`, oldest first.
  std::vector<std::string> Commits(const std::string& revision = "HEAD") const;
  // `git ls-tree` of a commit: "mode blob path", one a file.
  std::vector<std::string> Tree(const std::string& commit) const;

 private:
  std::filesystem::path File(std::string_view name) const;

  std::string path_;
  int commit_count_ = 0;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TOOLS_GIT_REPOSITORY_H_
