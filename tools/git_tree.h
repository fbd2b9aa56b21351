// GitTree folds the events of a git history to the files there are: what
// `git ls-tree -r --full-tree` prints.

#ifndef DAYBOOK_TOOLS_GIT_TREE_H_
#define DAYBOOK_TOOLS_GIT_TREE_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/read.h"
#include "tools/git_event.h"

namespace daybook::tools {

struct GitFile {
  std::string mode;
  std::string blob;

  friend bool operator==(const GitFile&, const GitFile&) = default;
};

class GitTree {
 public:
  // Errors: kFailedPrecondition if the event does not follow from the files
  // there are, such as one that adds a file for the second time; the tree is
  // then as it was.
  absl::Status Apply(const GitFileEvent& event);

  // By path, in order of its bytes.
  const std::map<std::string, GitFile>& files() const { return files_; }

 private:
  std::map<std::string, GitFile> files_;
};

struct FoldGitTreeOptions {
  // As the history was imported with.
  std::string prefix;
  // Fold up to and with this commit: its full hash, or its first seven digits
  // or more. Empty for all there is.
  std::string commit;
  // Which part of the log to fold; `direction` and `limit` are not looked at.
  ReadLogOptions range;
};

// Errors: kNotFound without an event of `commit` (a commit that changed no
// file has none); as GitTree::Apply and EventStore::ReadQuery.
absl::StatusOr<GitTree> FoldGitTree(EventStore& store,
                                    const FoldGitTreeOptions& options);

// `path` as git prints it: in double quotes with escapes if it holds anything
// but printable ASCII, or a quote or backslash.
std::string QuoteGitPath(std::string_view path);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_GIT_TREE_H_
