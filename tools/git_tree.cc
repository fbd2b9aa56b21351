#include "tools/git_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook::tools {

absl::Status GitTree::Apply(const GitFileEvent& event) {
  const GitChange& change = event.change;
  const auto found = files_.find(change.path);
  const bool present = found != files_.end();
  const bool follows =
      change.status == 'A'
          ? !present
          : present &&
                found->second == GitFile{change.old_mode, change.old_blob};
  if (!follows) {
    return absl::FailedPreconditionError(absl::StrCat(
        "commit ", event.commit, " does not follow from what is stored of ",
        Quoted(event.name)));
  }
  if (change.status == 'D') {
    files_.erase(found);
  } else {
    files_[change.path] = {change.new_mode, change.new_blob};
  }
  return absl::OkStatus();
}

absl::StatusOr<GitTree> FoldGitTree(EventStore& store,
                                    const FoldGitTreeOptions& options) {
  ReadLogOptions range = options.range;
  range.direction = Direction::kForward;
  range.limit = kNoLimit;
  Query query;
  query.items.push_back({.types = GitEventTypes()});
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadQuery(query, range));
  GitTree tree;
  bool reached = false;
  for (const EventView& event : cursor) {
    // Others may call their events the same, and other repositories stand
    // under other prefixes: an event of this one is where it says it is.
    if (!event.stream.starts_with(options.prefix)) continue;
    const absl::StatusOr<GitFileEvent> change = ParseGitEvent(event);
    if (!change.ok() ||
        event.stream.substr(options.prefix.size()) != change->name) {
      continue;
    }
    const bool wanted =
        !options.commit.empty() && change->commit.starts_with(options.commit);
    if (reached && !wanted) break;
    reached = wanted;
    DAYBOOK_RETURN_IF_ERROR(tree.Apply(*change));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (!options.commit.empty() && !reached) {
    return absl::NotFoundError(
        absl::StrCat("no event of commit ", Quoted(options.commit),
                     " is stored; a commit that changes no file leaves none"));
  }
  return tree;
}

std::string QuoteGitPath(std::string_view path) {
  const bool plain = std::all_of(path.begin(), path.end(), [](char c) {
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
  });
  if (plain) return std::string(path);
  std::string quoted = "\"";
  for (const char c : path) {
    constexpr std::string_view kNamed = "\a\b\t\n\v\f\r\"\\";
    constexpr std::string_view kNames = "abtnvfr\"\\";
    if (const size_t named = kNamed.find(c); named != kNamed.npos) {
      quoted += '\\';
      quoted += kNames[named];
    } else if (c >= ' ' && c < 0x7f) {
      quoted += c;
    } else {
      absl::StrAppendFormat(&quoted, "\\%03o", static_cast<unsigned char>(c));
    }
  }
  return quoted + '"';
}

}  // namespace daybook::tools
