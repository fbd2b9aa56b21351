#include "tools/git_import.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/errors.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/strings.h"
#include "tools/git_event.h"
#include "tools/path_encoding.h"

namespace daybook::tools {
namespace {

constexpr size_t kPrefixBytesMax = 100;

// More than the store counts for `event`, so that a full append is accepted.
size_t BytesAtMost(const StreamEvent& event) {
  constexpr size_t kFields = 256;
  size_t bytes = kFields + event.stream.size() + event.event.type.size() +
                 event.event.payload.size() + event.event.content_type.size() +
                 event.event.metadata.correlation_id.size() +
                 event.event.metadata.actor.size();
  for (const std::string& tag : event.event.tags) bytes += tag.size() + 4;
  return bytes;
}

// The same error with `where` before its message.
absl::Status At(const std::string& where, const absl::Status& status) {
  return WithMessage(status, absl::StrCat(where, ": ", status.message()));
}

// "nothing", or "revision 3".
std::string Describe(std::optional<Revision> last) {
  if (!last.has_value()) return "nothing";
  return absl::StrCat("revision ", last->value());
}

class Import {
 public:
  Import(EventStore& store, const GitImportOptions& options)
      : store_(store), options_(options) {}

  absl::StatusOr<GitImportCounts> Run(
      absl::FunctionRef<bool(const GitImportCounts&)> proceed);

 private:
  // Looks up how far this history was imported before.
  absl::Status FindKnownTip();
  absl::Status ImportCommit();
  absl::Status AddChange();
  // Appends what was gathered of the commit.
  absl::Status Flush();
  absl::Status CheckKnown();
  absl::Status Diverged();

  std::string Key(const std::string& commit, uint64_t part) const {
    return absl::StrCat(KeyStart(), commit,
                        part == 0 ? "" : absl::StrCat("+", part), KeyEnd());
  }
  std::string KeyStart() const {
    return absl::StrCat("git:", counts_.root, ":");
  }
  std::string KeyEnd() const {
    return options_.prefix.empty() ? "" : absl::StrCat(":", options_.prefix);
  }
  std::optional<Revision> LastRevision(const std::string& name) const {
    const auto found = event_counts_.find(name);
    if (found == event_counts_.end() || found->second == 0) return std::nullopt;
    return Revision(found->second - 1);
  }

  EventStore& store_;
  const GitImportOptions& options_;
  GitImportCounts counts_;
  std::unique_ptr<GitLog> log_;
  // The last commit of this history that the store holds, while it is still to
  // come; all before it must be there.
  std::string known_tip_;
  // Events that the history has had for each path, by its name.
  absl::flat_hash_map<std::string, uint64_t> event_counts_;
  // The commit at hand.
  AppendRequest request_;
  size_t request_bytes_ = 0;
  uint64_t parts_ = 0;
  uint64_t changes_ = 0;
  bool repeated_ = false;
};

absl::StatusOr<GitImportCounts> Import::Run(
    absl::FunctionRef<bool(const GitImportCounts&)> proceed) {
  if (options_.prefix.size() > kPrefixBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("prefix is ", options_.prefix.size(),
                     " bytes, the limit is ", kPrefixBytesMax));
  }
  DAYBOOK_ASSIGN_OR_RETURN(log_, GitLog::Open(options_.history));
  counts_.shallow = log_->shallow();
  counts_.tip = log_->tip();
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool more, log_->NextCommit());
    if (!more) break;
    if (counts_.root.empty()) {
      counts_.root = log_->commit().hash;
      DAYBOOK_RETURN_IF_ERROR(FindKnownTip());
    }
    DAYBOOK_RETURN_IF_ERROR(ImportCommit());
    if (!proceed(counts_)) {
      counts_.stopped = true;
      break;
    }
  }
  return counts_;
}

absl::Status Import::FindKnownTip() {
  Query query;
  query.items.push_back({.types = GitEventTypes()});
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      store_.ReadQuery(query, {.direction = Direction::kBackward}));
  for (const EventView& event : cursor) {
    std::string_view key = event.append.key;
    if (!key.starts_with(KeyStart())) continue;
    key.remove_prefix(KeyStart().size());
    const std::string_view hash = key.substr(0, key.find_first_of("+:"));
    const size_t prefix_at = key.find(':');
    const std::string_view end =
        prefix_at == key.npos ? std::string_view() : key.substr(prefix_at);
    if (end != KeyEnd()) continue;
    known_tip_ = std::string(hash);
    break;
  }
  return cursor.status();
}

absl::Status Import::ImportCommit() {
  ++counts_.commits;
  parts_ = 0;
  changes_ = 0;
  repeated_ = true;
  const std::string& hash = log_->commit().hash;
  // The last one may have been broken off between two of its appends: append
  // it again, which adds only what is missing.
  if (hash == known_tip_) known_tip_.clear();
  const bool known = !known_tip_.empty();
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool more, log_->NextChange());
    if (!more) break;
    if (known && changes_ == 0) DAYBOOK_RETURN_IF_ERROR(CheckKnown());
    ++changes_;
    if (known) {
      ++event_counts_[EncodePath(log_->change().path)];
    } else {
      DAYBOOK_RETURN_IF_ERROR(AddChange());
    }
  }
  if (!request_.events.empty()) DAYBOOK_RETURN_IF_ERROR(Flush());
  if (changes_ == 0) {
    ++counts_.empty_commits;
  } else if (repeated_) {
    ++counts_.known_commits;
  } else {
    ++counts_.appended_commits;
    if (parts_ > 1) ++counts_.split_commits;
  }
  return absl::OkStatus();
}

absl::Status Import::AddChange() {
  const std::string name = EncodePath(log_->change().path);
  StreamEvent event{.stream = absl::StrCat(options_.prefix, name),
                    .event = MakeGitEvent(log_->commit(), log_->change(), name,
                                          options_.authors)};
  const size_t bytes = BytesAtMost(event);
  if (request_.events.size() == options_.append_count_max ||
      request_bytes_ + bytes > kAppendBytesMax) {
    DAYBOOK_RETURN_IF_ERROR(Flush());
  }
  const std::optional<Revision> last = LastRevision(name);
  request_.expectations.push_back(
      {.stream = event.stream,
       .expected = last.has_value() ? ExpectedRevision::Exactly(*last)
                                    : ExpectedRevision::NoStream()});
  request_.events.push_back(std::move(event));
  request_bytes_ += bytes;
  ++event_counts_[name];
  return absl::OkStatus();
}

absl::Status Import::Flush() {
  const std::string& hash = log_->commit().hash;
  request_.key = Key(hash, parts_++);
  if (options_.producer != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(SignEvents(options_.producer->signer,
                                       options_.producer->origin, &request_));
  }
  const absl::StatusOr<AppendResult> result = store_.Append(request_);
  if (const auto conflict = GetRevisionConflict(result.status())) {
    return At(
        absl::StrCat("commit ", hash, " changes ", Quoted(conflict->stream),
                     ", of which the store holds another history"),
        result.status());
  }
  if (absl::IsAlreadyExists(result.status())) {
    return At(absl::StrCat("commit ", hash,
                           " was imported with other options (--authors)"),
              result.status());
  }
  if (!result.ok()) return At(absl::StrCat("commit ", hash), result.status());
  if (!result->repeated) {
    repeated_ = false;
    counts_.events += request_.events.size();
  }
  request_ = AppendRequest();
  request_bytes_ = 0;
  return absl::OkStatus();
}

absl::Status Import::CheckKnown() {
  const auto found = store_.FindAppend(Key(log_->commit().hash, 0));
  if (absl::IsNotFound(found.status())) return Diverged();
  return found.status();
}

// The history left the stored one before known_tip_. Names the first file on
// which the two differ, if this commit has one.
absl::Status Import::Diverged() {
  const std::string hash = log_->commit().hash;
  std::string file = EncodePath(log_->change().path);
  std::string difference;
  bool more = true;
  while (more && difference.empty()) {
    const std::string name = EncodePath(log_->change().path);
    const auto stream = store_.GetStream(absl::StrCat(options_.prefix, name));
    const std::optional<Revision> stored =
        stream.ok() ? stream->last_revision : std::nullopt;
    if (stored != LastRevision(name)) {
      file = name;
      difference =
          absl::StrCat(" after ", Describe(LastRevision(name)),
                       ", but the store holds ", Describe(stored), " of it,");
    }
    DAYBOOK_ASSIGN_OR_RETURN(more, log_->NextChange());
  }
  return absl::AbortedError(absl::StrCat(
      "commit ", hash, " changes ", Quoted(absl::StrCat(options_.prefix, file)),
      difference, " and is not in the store, which goes on to commit ",
      known_tip_, ": the history was rewritten since it was imported"));
}

}  // namespace

absl::StatusOr<GitImportCounts> ImportGit(
    EventStore& store, const GitImportOptions& options,
    absl::FunctionRef<bool(const GitImportCounts&)> proceed) {
  return Import(store, options).Run(proceed);
}

}  // namespace daybook::tools
