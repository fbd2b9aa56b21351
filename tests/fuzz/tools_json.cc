// JSON of strangers: checked, passed on, put in one form, compared.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"
#include "tools/bounded_json.h"
#include "tools/canonical_json.h"
#include "tools/event_template.h"
#include "tools/json_diff.h"
#include "tools/json_fields.h"
#include "tools/json_text.h"
#include "tools/query_json.h"

namespace daybook::tools {
namespace {

using ::daybook::fuzz::FuzzInput;

// Deeper than this canonical JSON must not be.
constexpr size_t kDepthMax = 100;
constexpr size_t kReasonBytesMax = 1024;

bool IsOneLine(std::string_view text) {
  return std::ranges::none_of(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

std::string Canonical(std::string_view json) {
  std::string text;
  AppendCanonicalJson(json, &text).IgnoreError();
  return text;
}

}  // namespace

FUZZ_TARGET(tools_json) {
  const absl::Status checked = CheckBoundedJson(input);
  if (!checked.ok()) {
    FUZZ_REQUIRE(checked.message().size() <= kReasonBytesMax);
    FUZZ_REQUIRE(IsOneLine(std::string(checked.message())));
    return;
  }
  FUZZ_REQUIRE(IsJson(input));
  std::string compact;
  AppendCompactJson(input, &compact);
  FUZZ_REQUIRE(IsJson(compact) && IsOneLine(compact));
  std::string again;
  AppendCompactJson(compact, &again);
  FUZZ_REQUIRE(again == compact);
  if (!CheckBoundedJson(input, kDepthMax).ok()) return;
  std::string canonical;
  const bool is_unique = AppendCanonicalJson(input, &canonical).ok();
  FUZZ_REQUIRE(IsJson(canonical) && Canonical(canonical) == canonical);
  // Of a member that is there twice, neither is the one.
  FUZZ_REQUIRE(!is_unique || DiffJson(input, compact).empty());
}

// Two lines.
FUZZ_TARGET(tools_json_diff) {
  FuzzInput in(input);
  const std::string_view from = in.TakeLine();
  const std::string_view to = in.TakeRest();
  if (!CheckBoundedJson(from).ok() || !CheckBoundedJson(to).ok()) return;
  const std::vector<JsonChange> changes = DiffJson(from, to);
  FUZZ_REQUIRE(DiffJson(to, from).size() == changes.size());
  for (const JsonChange& change : changes) {
    FUZZ_REQUIRE(change.from.has_value() || change.to.has_value());
  }
  std::string json;
  AppendChangesJson(changes, &json);
  FUZZ_REQUIRE(IsJson(json));
  ChangesText(changes);
}

// A line with a template, then a JSON object.
FUZZ_TARGET(tools_event_template) {
  FuzzInput in(input);
  const std::string text(in.TakeLine());
  const absl::StatusOr<EventTemplate> parsed = EventTemplate::Parse(
      {.stream = text, .type = text, .tags = {text, "a:{a}"}});
  if (!parsed.ok()) return;
  EventTemplate events = *parsed;
  JsonFields fields(events.fields());
  const std::string_view record = in.TakeRest();
  const absl::Status read = fields.Read(record);
  if (!read.ok()) {
    FUZZ_REQUIRE(read.message().size() <= kReasonBytesMax);
    return;
  }
  FUZZ_REQUIRE(IsJson(record));
  const absl::StatusOr<StreamEvent> made =
      events.Make([&](std::string_view name) { return fields.Find(name); });
  if (!made.ok()) return;
  FUZZ_REQUIRE(made->stream == made->event.type);
  FUZZ_REQUIRE(made->event.tags.size() <= 2);
}

FUZZ_TARGET(tools_query) {
  const absl::StatusOr<Query> query = ParseQueryJson(input);
  if (!query.ok()) return;
  const std::string json = QueryToJson(*query);
  FUZZ_REQUIRE(IsOneLine(json));
  FUZZ_REQUIRE(QueryToJson(ParseQueryJson(json).value()) == json);
}

}  // namespace daybook::tools
