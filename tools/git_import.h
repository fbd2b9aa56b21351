// ImportGit copies the history of a git repository into a store: one stream a
// file, one append a commit.
//
// Each commit is appended under the key `git:<root commit>:<commit>`, and each
// file's stream is expected to be where the history says: a file's third change
// can only be its third event. So a second run finds everything there and
// appends nothing, a run after new commits appends those, and a history that
// was rewritten since is refused before anything of it is stored.
//
// What an event looks like: tools/git_event.h.

#ifndef DAYBOOK_TOOLS_GIT_IMPORT_H_
#define DAYBOOK_TOOLS_GIT_IMPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/limits.h"
#include "tools/git_log.h"
#include "tools/producer_arguments.h"

namespace daybook::tools {

struct GitImportOptions {
  GitHistory history;
  // Stands before each path in the stream's name, so that one store can hold
  // several repositories. At most 100 bytes.
  std::string prefix;
  // Keep each commit's author as the events' actor.
  bool authors = false;
  // A commit that changes more files takes several appends, each all or
  // nothing; lowered by tests.
  size_t append_count_max = kAppendCountMax;
  // Signs each append, unless null.
  const ProducerSigner* producer = nullptr;
};

struct GitImportCounts {
  // First and last commit of the history that was read.
  std::string root;
  std::string tip;
  // The repository lacks what was before `root`.
  bool shallow = false;

  // Commits read; of these the ones that changed no file, and the ones that
  // the store already had.
  uint64_t commits = 0;
  uint64_t empty_commits = 0;
  uint64_t known_commits = 0;
  // Appended now.
  uint64_t appended_commits = 0;
  uint64_t events = 0;
  // Commits that took more than one append.
  uint64_t split_commits = 0;
  // `proceed` said no.
  bool stopped = false;
};

// `proceed` is called after each commit, on this thread; if it returns false
// the import ends there, with what it has done. Memory: about a hundred bytes
// for each path of the history, and one commit.
//
// Errors:
//   kAborted             the store holds another history: names the commit and
//                        the file. Nothing of that commit is appended.
//   kAlreadyExists       commits were imported with other options (`authors`)
//   kNotFound, kFailedPrecondition  GitLog::Open
absl::StatusOr<GitImportCounts> ImportGit(
    EventStore& store, const GitImportOptions& options,
    absl::FunctionRef<bool(const GitImportCounts&)> proceed);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_GIT_IMPORT_H_
