#include "tools/git_event.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "daybook/store/limits.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "tools/json_object.h"
#include "tools/json_text.h"
#include "tools/path_encoding.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

std::string TypeOf(char status) {
  switch (status) {
    case 'A':
      return "FileAdded";
    case 'D':
      return "FileDeleted";
    case 'T':
      return "FileTypeChanged";
    default:
      return "FileModified";
  }
}

std::string Payload(const GitCommit& commit, const GitChange& change,
                    std::string_view name) {
  return Concat(R"({"commit":")", commit.hash, R"(","path":)", JsonString(name),
                R"(,"status":")", std::string(1, change.status),
                R"(","old_mode":")", change.old_mode, R"(","new_mode":")",
                change.new_mode, R"(","old_blob":")", change.old_blob,
                R"(","new_blob":")", change.new_blob, R"(","author_time":)",
                commit.author_time, R"(,"committer_time":)",
                commit.committer_time, "}");
}

// Nothing for a time that no event may have: git's clocks know no bounds.
std::optional<absl::Time> OccurredAt(int64_t seconds) {
  const absl::Time time = absl::FromUnixSeconds(seconds);
  const auto year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  if (year < 1 || year > 9999) return std::nullopt;
  return time;
}

}  // namespace

NewEvent MakeGitEvent(const GitCommit& commit, const GitChange& change,
                      std::string_view name, bool author) {
  NewEvent event;
  event.type = TypeOf(change.status);
  event.payload = Payload(commit, change, name);
  event.content_type = "application/json";
  const std::string_view first_part = name.substr(0, name.find('/'));
  for (std::string& tag :
       std::vector<std::string>{absl::StrCat("path:", ToAbsl(name)),
                                absl::StrCat("commit:", commit.hash),
                                absl::StrCat("dir:", ToAbsl(first_part))}) {
    if (tag.size() <= kTagBytesMax) event.tags.push_back(std::move(tag));
  }
  event.metadata.correlation_id = commit.hash;
  if (author) event.metadata.actor = commit.author;
  event.occurred_at = OccurredAt(commit.committer_time);
  return event;
}

absl::StatusOr<GitFileEvent> ParseGitEvent(const EventView& event) {
  GitFileEvent parsed;
  const absl::StatusOr<nlohmann::json> object = ParseJsonObject(event.payload);
  if (!object.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the payload at ", event.position.value(),
        " is no change of a git file: ", object.status().message()));
  }
  try {
    const auto& json = *object;
    const auto text = [&json](const char* name) {
      return json.at(name).get<std::string>();
    };
    parsed.commit = text("commit");
    parsed.name = text("path");
    parsed.change.old_mode = text("old_mode");
    parsed.change.new_mode = text("new_mode");
    parsed.change.old_blob = text("old_blob");
    parsed.change.new_blob = text("new_blob");
    const std::string status = text("status");
    parsed.change.status = status.empty() ? ' ' : status.front();
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("the payload at ", event.position.value(),
                     " is no change of a git file: ", error.what()));
  }
  if (event.type != TypeOf(parsed.change.status)) {
    return absl::InvalidArgumentError(
        absl::StrCat("type and status differ at ", event.position.value()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(parsed.change.path, DecodePath(parsed.name));
  return parsed;
}

const std::vector<std::string>& GitEventTypes() {
  static const auto* const kTypes = new std::vector<std::string>{
      TypeOf('A'), TypeOf('M'), TypeOf('D'), TypeOf('T')};
  return *kTypes;
}

}  // namespace daybook::tools
