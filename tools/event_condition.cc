#include "tools/event_condition.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/event_json.h"
#include "tools/payload_json.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

enum Column : size_t {
  kPosition,
  kStream,
  kCategory,
  kRevision,
  kId,
  kType,
  kSource,
  kContentType,
  kTags,
  kTime,
  kRecordedAt,
  kMetadata,
  kData
};

std::vector<std::string> Columns() {
  return {"position",    "stream",   "category",     "revision", "id",
          "type",        "source",   "content_type", "tags",     "time",
          "recorded_at", "metadata", "data"};
}

}  // namespace

absl::StatusOr<EventCondition> EventCondition::Compile(
    std::string_view expression) {
  EventCondition made;
  if (expression.empty()) return made;
  DAYBOOK_ASSIGN_OR_RETURN(made.condition_,
                           SqlCondition::Compile(expression, Columns()));
  return made;
}

absl::StatusOr<bool> EventCondition::Holds(const EventView& event,
                                           StoredTypes& types) {
  if (!condition_.has_value()) return true;
  SqlCondition& row = *condition_;
  size_t next = 0;
  // A text that is made here, if the expression looks at it.
  const auto make = [&](size_t column, auto append) {
    std::string& text = texts_[next++];
    if (!row.Uses(column)) return;
    text.clear();
    if (append(&text)) {
      row.SetText(column, text);
    } else {
      row.SetNull(column);
    }
  };
  row.SetNumber(kPosition, static_cast<int64_t>(event.position.value()));
  row.SetText(kStream, event.stream);
  row.SetText(kCategory, CategoryOf(event.stream));
  row.SetNumber(kRevision, static_cast<int64_t>(event.revision.value()));
  make(kId, [&](std::string* out) {
    *out = event.id.ToString();
    return true;
  });
  row.SetText(kType, event.type);
  row.SetText(kSource, event.source);
  row.SetText(kContentType, event.content_type);
  make(kTags, [&](std::string* out) {
    AppendTagsJson(event.tags, out);
    return true;
  });
  make(kTime, [&](std::string* out) {
    if (event.occurred_at.has_value()) *out = SortableTime(*event.occurred_at);
    return event.occurred_at.has_value();
  });
  make(kRecordedAt, [&](std::string* out) {
    *out = SortableTime(event.recorded_at);
    return true;
  });
  make(kMetadata, [&](std::string* out) {
    AppendMetadataJson(event.metadata(), out);
    return true;
  });
  make(kData, [&](std::string* out) {
    return AppendPayloadNumbers(event, types, out);
  });
  absl::StatusOr<bool> holds = row.Holds();
  if (holds.ok() || absl::IsCancelled(holds.status())) return holds;
  return absl::Status(holds.status().code(),
                      absl::StrCat("position ", event.position.value(), ": ",
                                   holds.status().message()));
}

CLI::Option* AddWhere(CLI::App& command, std::string& expression) {
  return command
      .add_option("--where", expression,
                  "those of which an SQL expression is true (SQLite's), over "
                  "position, stream, category, revision, id, type, source, "
                  "content_type, tags, time, recorded_at, metadata, data")
      ->type_name("EXPR");
}

}  // namespace daybook::tools
