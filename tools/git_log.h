// GitLog reads the history of a git repository, as `git log` prints it, one
// commit and one changed file at a time.
//
//   auto log = GitLog::Open({.repository = "."});
//   if (!log.ok()) return log.status();
//   while (true) {
//     auto more = (*log)->NextCommit();
//     if (!more.ok()) return more.status();
//     if (!*more) break;
//     ... (*log)->commit(), then likewise NextChange() and change() ...
//   }
//
// Memory does not grow with the history here; git itself keeps the list of
// commits, because it is asked for the oldest first.

#ifndef DAYBOOK_TOOLS_GIT_LOG_H_
#define DAYBOOK_TOOLS_GIT_LOG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/child_process.h"

namespace daybook::tools {

struct GitCommit {
  std::string hash;
  // Seconds since the epoch; 0 when the commit's own are damaged.
  int64_t author_time = 0;
  int64_t committer_time = 0;
  // "Name <e-mail>", in UTF-8.
  std::string author;
};

// What a commit did to one file, compared with its first parent.
struct GitChange {
  // A added, M modified (content, mode or both), D deleted, T another type of
  // file (regular, link, submodule).
  char status = 0;
  // Six octal digits, "000000" for none.
  std::string old_mode;
  std::string new_mode;
  // Hashes, all zeros for none.
  std::string old_blob;
  std::string new_blob;
  // Bytes, from the top of the repository, never empty.
  std::string path;
};

// Which history: the first parents of `revision`, oldest first.
struct GitHistory {
  std::string repository = ".";
  std::string revision = "HEAD";
};

// Reads the output of `git log -z --raw`; on its own so that it can be tested.
class GitLogParser {
 public:
  // Gives up to `size` bytes, 0 at the end.
  using Input =
      absl::AnyInvocable<absl::StatusOr<size_t>(char* buffer, size_t size)>;

  // The format the parser wants of git: hash, times, author.
  static constexpr std::string_view kFormat = "tformat:%H %at %ct %an <%ae>";

  explicit GitLogParser(Input input) : input_(std::move(input)) {}

  // Steps to the next commit, over the rest of this one's changes; false at
  // the end. Errors: kDataLoss when the input is not what git prints.
  absl::StatusOr<bool> NextCommit();
  // Steps to the commit's next change; false when there is none.
  absl::StatusOr<bool> NextChange();

  // Valid until the next step of their kind.
  const GitCommit& commit() const { return commit_; }
  const GitChange& change() const { return change_; }

 private:
  // Reads up to the next NUL into token_; false at the end of the input.
  absl::StatusOr<bool> NextToken();
  // Makes token_ a commit or the first part of a change, unless it is one that
  // was not used yet; false at the end of the input.
  absl::StatusOr<bool> NextRecord();
  absl::Status ParseCommit();
  absl::Status ParseChange();

  Input input_;
  std::array<char, 1 << 16> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::string token_;
  // token_ holds a record that was not used yet.
  bool pending_ = false;
  GitCommit commit_;
  GitChange change_;
};

class GitLog {
 public:
  // Starts git on `history`.
  // Errors: kNotFound without git; kFailedPrecondition with git's own words
  // when there is no such repository or revision.
  static absl::StatusOr<std::unique_ptr<GitLog>> Open(
      const GitHistory& history);

  // Full hash of the history's last commit.
  const std::string& tip() const { return tip_; }
  // The repository lacks the commits before its first one here.
  bool shallow() const { return shallow_; }

  // As GitLogParser; at the end also kFailedPrecondition if git failed.
  absl::StatusOr<bool> NextCommit();
  absl::StatusOr<bool> NextChange() { return parser_->NextChange(); }
  const GitCommit& commit() const { return parser_->commit(); }
  const GitChange& change() const { return parser_->change(); }

 private:
  GitLog() = default;

  std::string tip_;
  bool shallow_ = false;
  std::unique_ptr<ChildProcess> git_;
  std::unique_ptr<GitLogParser> parser_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_GIT_LOG_H_
