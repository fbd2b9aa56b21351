#include "tools/git_log.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook::tools {
namespace {

// A path is at most a few kilobytes and a name a few dozen bytes; more is no
// output of git.
constexpr size_t kTokenBytesMax = 1 << 20;

// With one of these set, git would look at another repository than the one
// named (`git rev-parse --local-env-vars`).
std::vector<std::string> RepositoryVariables() {
  return {"GIT_DIR",
          "GIT_WORK_TREE",
          "GIT_INDEX_FILE",
          "GIT_OBJECT_DIRECTORY",
          "GIT_ALTERNATE_OBJECT_DIRECTORIES",
          "GIT_COMMON_DIR",
          "GIT_NAMESPACE",
          "GIT_PREFIX",
          "GIT_SHALLOW_FILE",
          "GIT_GRAFT_FILE",
          "GIT_CONFIG",
          "GIT_CONFIG_PARAMETERS",
          "GIT_CONFIG_COUNT",
          "GIT_INTERNAL_SUPER_PREFIX"};
}

absl::StatusOr<std::string> Git(const std::string& repository,
                                std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"git", "-C", repository});
  DAYBOOK_ASSIGN_OR_RETURN(
      std::string output,
      RunProgram(std::move(arguments), {.unset = RepositoryVariables()}));
  absl::StripTrailingAsciiWhitespace(&output);
  return output;
}

// `git log` of `tip`, with everything that a user's configuration may change
// and that matters here set to what is wanted.
std::vector<std::string> LogCommand(const std::string& repository,
                                    const std::string& tip) {
  return {"git", "-C", repository, "-c", "log.diffMerges=separate", "log",
          // Which commits, against which parent.
          "--first-parent", "--reverse", "-m", "--root",
          // What of them.
          "--raw", "--no-renames", "--no-abbrev", "-z",
          "--ignore-submodules=none", "--no-relative", "-O/dev/null",
          absl::StrCat("--format=", ToAbsl(GitLogParser::kFormat)),
          "--encoding=UTF-8", "--no-show-signature", "--no-notes", "--no-color",
          "--no-decorate", "--no-ext-diff", tip, "--"};
}

absl::Status Unreadable(std::string_view token) {
  return absl::DataLossError(absl::StrCat("git log printed ", Quoted(token),
                                          ", which is no commit or change"));
}

bool IsHash(absl::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

bool IsMode(absl::string_view text) {
  return text.size() == 6 &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsStatus(absl::string_view text) {
  return text == "A" || text == "M" || text == "D" || text == "T";
}

}  // namespace

absl::StatusOr<bool> GitLogParser::NextToken() {
  token_.clear();
  while (true) {
    if (begin_ == end_) {
      begin_ = 0;
      DAYBOOK_ASSIGN_OR_RETURN(end_, input_(buffer_.data(), buffer_.size()));
      if (end_ == 0) {
        if (token_.empty()) return false;
        return absl::DataLossError("git log ended in the middle of a line");
      }
    }
    const char* const from = buffer_.data() + begin_;
    const auto* const nul =
        static_cast<const char*>(std::memchr(from, 0, end_ - begin_));
    token_.append(from, nul == nullptr ? buffer_.data() + end_ : nul);
    begin_ =
        nul == nullptr ? end_ : static_cast<size_t>(nul - buffer_.data()) + 1;
    if (nul != nullptr) return true;
    if (token_.size() > kTokenBytesMax) {
      return absl::DataLossError("git log printed a line above 1 MiB");
    }
  }
}

absl::StatusOr<bool> GitLogParser::NextRecord() {
  if (pending_) return true;
  DAYBOOK_ASSIGN_OR_RETURN(pending_, NextToken());
  // Git parts a commit from its changes by an empty line.
  if (token_.starts_with("\n:")) token_.erase(0, 1);
  return pending_;
}

absl::StatusOr<bool> GitLogParser::NextCommit() {
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool change, NextChange());
    if (!change) break;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const bool more, NextRecord());
  if (!more) return false;
  pending_ = false;
  DAYBOOK_RETURN_IF_ERROR(ParseCommit());
  return true;
}

absl::StatusOr<bool> GitLogParser::NextChange() {
  DAYBOOK_ASSIGN_OR_RETURN(const bool more, NextRecord());
  if (!more || !token_.starts_with(':')) return false;
  if (commit_.hash.empty()) return Unreadable(token_);
  pending_ = false;
  DAYBOOK_RETURN_IF_ERROR(ParseChange());
  return true;
}

// 8754e712... 1300487820 1300487820 A. U. Thor <author@example.org>
absl::Status GitLogParser::ParseCommit() {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(token_, absl::MaxSplits(' ', 3));
  if (parts.size() != 4 || !IsHash(parts[0])) return Unreadable(token_);
  commit_.hash = std::string(parts[0]);
  if (!absl::SimpleAtoi(parts[1], &commit_.author_time)) {
    commit_.author_time = 0;
  }
  if (!absl::SimpleAtoi(parts[2], &commit_.committer_time)) {
    commit_.committer_time = 0;
  }
  commit_.author = std::string(parts[3]);
  // Old commits may bear names in an encoding they don't tell.
  if (!IsUtf8(commit_.author)) commit_.author = absl::CHexEscape(parts[3]);
  return absl::OkStatus();
}

// :100644 100755 d00491fd... c1b0730e... M, and the path as a token of its own
absl::Status GitLogParser::ParseChange() {
  const std::vector<absl::string_view> parts = absl::StrSplit(token_, ' ');
  if (parts.size() != 5 || !IsMode(absl::StripPrefix(parts[0], ":")) ||
      !IsMode(parts[1]) || !IsHash(parts[2]) || !IsHash(parts[3]) ||
      !IsStatus(parts[4])) {
    return Unreadable(token_);
  }
  change_.old_mode = std::string(absl::StripPrefix(parts[0], ":"));
  change_.new_mode = std::string(parts[1]);
  change_.old_blob = std::string(parts[2]);
  change_.new_blob = std::string(parts[3]);
  change_.status = parts[4].front();
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_path, NextToken());
  if (!has_path || token_.empty()) {
    return absl::DataLossError("git log printed a change without a path");
  }
  change_.path = token_;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<GitLog>> GitLog::Open(
    const GitHistory& history) {
  auto log = std::unique_ptr<GitLog>(new GitLog());
  absl::StatusOr<std::string> tip =
      Git(history.repository, {"rev-parse", "--verify", "--end-of-options",
                               absl::StrCat(history.revision, "^{commit}")});
  if (!tip.ok()) {
    return absl::Status(
        tip.status().code(),
        absl::StrCat("revision ", Quoted(history.revision), " of ",
                     Quoted(history.repository), ": ", tip.status().message()));
  }
  log->tip_ = *std::move(tip);
  const absl::StatusOr<std::string> shallow =
      Git(history.repository, {"rev-parse", "--is-shallow-repository"});
  DAYBOOK_RETURN_IF_ERROR(shallow.status());
  log->shallow_ = *shallow == "true";
  DAYBOOK_ASSIGN_OR_RETURN(
      log->git_, ChildProcess::Start(LogCommand(history.repository, log->tip_),
                                     {.unset = RepositoryVariables()}));
  log->parser_ = std::make_unique<GitLogParser>(
      [git = log->git_.get()](char* buffer, size_t size) {
        return git->Read(buffer, size);
      });
  return log;
}

absl::StatusOr<bool> GitLog::NextCommit() {
  DAYBOOK_ASSIGN_OR_RETURN(const bool more, parser_->NextCommit());
  if (!more) DAYBOOK_RETURN_IF_ERROR(git_->Wait());
  return more;
}

}  // namespace daybook::tools
