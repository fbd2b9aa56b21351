#include "tools/ocel_log.h"

#include <utility>

#include "absl/status/statusor.h"
#include "store/status_macros.h"
#include "tools/exit_code.h"
#include "tools/json_text.h"
#include "tools/log_time.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kActivity = "ocel:activity";
constexpr std::string_view kTimestamp = "ocel:timestamp";
constexpr std::string_view kOmap = "ocel:omap";
constexpr std::string_view kOvmap = "ocel:ovmap";
constexpr std::string_view kType = "ocel:type";

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What the string member says; a problem, and empty, if it is none.
std::string TakeString(std::string_view name, OcelMembers* members) {
  const auto found = members->json.find(std::string(name));
  if (found == members->json.end()) {
    members->AddProblem(Concat("no ", name));
    return "";
  }
  if (!found->second.starts_with('"')) {
    members->AddProblem(Concat(name, " is no string"));
    return "";
  }
  std::string text = UnquotedJson(found->second);
  if (text.empty()) members->AddProblem(Concat(name, " is empty"));
  return text;
}

// The strings of the list; none, and a problem, if it is no such list.
std::vector<std::string> TakeStrings(std::string_view name,
                                     OcelMembers* members) {
  std::vector<std::string> strings;
  const auto found = members->json.find(std::string(name));
  if (found == members->json.end()) return strings;
  bool good = found->second.starts_with('[');
  if (good) {
    ForEachElement(found->second, [&](std::string_view value) {
      if (value.starts_with('"')) {
        strings.push_back(UnquotedJson(value));
      } else {
        good = false;
      }
    });
  }
  if (!good) members->AddProblem(Concat(name, " is no list of strings"));
  return strings;
}

std::string ObjectOfMembers(const OcelMembers& members) {
  std::string json = "{";
  for (const auto& [name, value] : members.json) {
    if (json.size() > 1) json += ',';
    AppendJsonString(name, &json);
    json += ':';
    json += value;
  }
  json += '}';
  json.shrink_to_fit();
  return json;
}

}  // namespace

absl::StatusOr<uint32_t> OcelLog::ObjectOf(std::string_view id) {
  const auto [place, is_new] = objects_by_id_.try_emplace(
      std::string(id), static_cast<uint32_t>(objects_.size()));
  if (is_new) {
    // The id is there twice.
    DAYBOOK_RETURN_IF_ERROR(budget_.Take(sizeof(OcelObject) + 2 * id.size()));
    objects_.emplace_back();
    objects_.back().id = std::string(id);
  }
  return place->second;
}

absl::Status OcelLog::AddEvent(std::string_view id, uint64_t line,
                               OcelMembers members) {
  OcelEvent event;
  event.id = std::string(id);
  event.line = line;
  if (!event_ids_.insert(event.id).second) {
    members.AddProblem(Concat("a second event with the id ", Quoted(id)));
  }
  event.activity = TakeString(kActivity, &members);
  const std::string timestamp = TakeString(kTimestamp, &members);
  if (!timestamp.empty()) {
    const absl::StatusOr<absl::Time> time = ParseLogTime(timestamp, utc_);
    if (time.ok()) {
      event.time = *time;
      members.json[std::string(kTimestamp)] =
          JsonString(CanonicalLogTime(timestamp));
    } else {
      members.AddProblem(
          Concat(kTimestamp, ": ", std::string(time.status().message())));
    }
  }
  for (const std::string& object : TakeStrings(kOmap, &members)) {
    DAYBOOK_ASSIGN_OR_RETURN(const uint32_t place, ObjectOf(object));
    event.objects.push_back(place);
  }
  event.payload = ObjectOfMembers(members);
  event.problem = members.problem;
  // The id is there twice.
  DAYBOOK_RETURN_IF_ERROR(budget_.Take(
      sizeof(OcelEvent) + 2 * id.size() + event.activity.size() +
      event.payload.size() + event.objects.size() * sizeof(uint32_t)));
  events_.push_back(std::move(event));
  return absl::OkStatus();
}

absl::Status OcelLog::AddObject(std::string_view id, uint64_t line,
                                OcelMembers members) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint32_t place, ObjectOf(id));
  OcelObject& object = objects_[place];
  const std::string type = TakeString(kType, &members);
  if (object.type.has_value()) {
    // What was said first stands; this one is a problem of its own.
    OcelObject again;
    again.id = std::string(id);
    again.problem = Concat("a second object with the id ", Quoted(id));
    again.said = ObjectOfMembers(members);
    again.line = line;
    objects_.push_back(std::move(again));
    return budget_.Take(sizeof(OcelObject) + id.size());
  }
  object.type = type;
  object.line = line;
  object.problem = members.problem;
  for (const auto& [name, value] : members.json) {
    const bool says_nothing =
        name == kType || (name == kOvmap && value == "{}");
    if (!says_nothing) object.has_attributes = true;
  }
  if (object.has_attributes || !object.problem.empty()) {
    object.said = ObjectOfMembers(members);
  }
  return budget_.Take(object.said.size() + type.size());
}

absl::Status ReadOcel(LineReader& lines,
                      const std::function<void()>& on_progress,
                      MemoryBudget& budget, OcelLog* log) {
  std::string_view ahead = lines.Ahead();
  // White space before, on lines of its own.
  while (!ahead.empty() &&
         ahead.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    lines.NextPiece();
    ahead = lines.Ahead();
  }
  if (ahead.starts_with(kByteOrderMark)) {
    ahead.remove_prefix(kByteOrderMark.size());
  }
  const size_t first = ahead.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    DAYBOOK_RETURN_IF_ERROR(lines.status());
    return InputError("the input is empty");
  }
  if (ahead[first] == '{') {
    return ReadOcelJson(lines, on_progress, budget, log);
  }
  // UTF-16 begins with one of these marks.
  if (ahead[first] == '<' || ahead.starts_with("\xFE\xFF") ||
      ahead.starts_with("\xFF\xFE")) {
    return ReadOcelXml(lines, on_progress, budget, log);
  }
  return InputError(
      "neither JSON nor XML, so no OCEL: it begins with neither { nor <");
}

}  // namespace daybook::tools
