// What a file's change in a git commit is as an event, and back.
//
//   type        FileAdded, FileModified, FileDeleted, FileTypeChanged
//   tags        path:<name>  commit:<hash>  dir:<first part of the name>
//   payload     JSON: commit, path, status, old_mode, new_mode, old_blob,
//               new_blob, author_time, committer_time (seconds since the epoch)
//   occurred    the committer's time
//   metadata    correlation id: the commit's hash; actor only when asked for
//
// <name> and "path" are the path as EncodePath() has it.

#ifndef DAYBOOK_TOOLS_GIT_EVENT_H_
#define DAYBOOK_TOOLS_GIT_EVENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "tools/git_log.h"

namespace daybook::tools {

// `name` is EncodePath(change.path). With `author`, the commit's author becomes
// the actor. A tag above the store's limit is left out; the payload has it all.
NewEvent MakeGitEvent(const GitCommit& commit, const GitChange& change,
                      std::string_view name, bool author);

// What an event says that MakeGitEvent() made.
struct GitFileEvent {
  std::string commit;
  // Encoded, as in the payload.
  std::string name;
  GitChange change;
};

// Errors: kInvalidArgument if `event` is none of these.
absl::StatusOr<GitFileEvent> ParseGitEvent(const EventView& event);

// The four types.
const std::vector<std::string>& GitEventTypes();

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_GIT_EVENT_H_
