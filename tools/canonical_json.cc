#include "tools/canonical_json.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

void Keep(const absl::Status& status, absl::Status* first) {
  if (first->ok()) *first = status;
}

absl::Status AppendObject(std::string_view json, std::string* out) {
  std::vector<std::pair<std::string, std::string_view>> members;
  ForEachMember(json, [&](std::string_view name, std::string_view value) {
    members.emplace_back(UnquotedJson(name), value);
  });
  std::stable_sort(
      members.begin(), members.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  absl::Status status;
  *out += '{';
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) *out += ',';
    if (i > 0 && members[i].first == members[i - 1].first) {
      Keep(absl::InvalidArgumentError(
               Concat("the member ", Quoted(members[i].first), " twice")),
           &status);
    }
    AppendJsonString(members[i].first, out);
    *out += ':';
    Keep(AppendCanonicalJson(members[i].second, out), &status);
  }
  *out += '}';
  return status;
}

absl::Status AppendList(std::string_view json, std::string* out) {
  absl::Status status;
  bool first = true;
  *out += '[';
  ForEachElement(json, [&](std::string_view value) {
    if (!std::exchange(first, false)) *out += ',';
    Keep(AppendCanonicalJson(value, out), &status);
  });
  *out += ']';
  return status;
}

}  // namespace

absl::Status AppendCanonicalJson(std::string_view json, std::string* out) {
  const size_t first = json.find_first_not_of(" \t\r\n");
  switch (json[first]) {
    case '{':
      return AppendObject(json, out);
    case '[':
      return AppendList(json, out);
    case '"':
      AppendJsonString(
          UnquotedJson(json.substr(first, json.find_last_of('"') + 1 - first)),
          out);
      return absl::OkStatus();
    default:
      AppendCompactJson(json, out);
      return absl::OkStatus();
  }
}

}  // namespace daybook::tools
