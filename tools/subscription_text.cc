#include "tools/subscription_text.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "store/status_macros.h"
#include "tools/json_text.h"
#include "tools/point.h"
#include "tools/query_json.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {

std::string FilterText(const EventFilter& filter) {
  std::vector<std::string> parts;
  if (!filter.stream.empty()) parts.push_back(Concat("stream ", filter.stream));
  if (!filter.category.empty()) {
    parts.push_back(Concat("category ", filter.category));
  }
  if (!filter.stream_prefix.empty()) {
    parts.push_back(Concat("streams ", filter.stream_prefix, "*"));
  }
  if (!filter.query.items.empty()) parts.push_back(QueryToJson(filter.query));
  return parts.empty() ? "everything" : absl::StrJoin(parts, ", ");
}

std::string LagText(const SubscriptionInfo& info) {
  if (info.lag_count == 0) return "0";
  if (info.lag == absl::InfiniteDuration()) {
    return Concat(Grouped(info.lag_count), ", the first is damaged");
  }
  return Concat(Grouped(info.lag_count), ", ",
                absl::FormatDuration(absl::Trunc(info.lag, absl::Seconds(1))));
}

std::string FilterMembersJson(const EventFilter& filter) {
  std::string json;
  const auto add = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) json += Concat(",\"", name, "\":", JsonString(text));
  };
  add("stream", filter.stream);
  add("category", filter.category);
  add("stream_prefix", filter.stream_prefix);
  if (!filter.query.items.empty()) {
    json += Concat(",\"query\":", QueryToJson(filter.query));
  }
  return json;
}

std::string SubscriptionJson(const SubscriptionInfo& info) {
  return Concat("{\"name\":", JsonString(info.name),
                FilterMembersJson(info.filter), ",\"created_at\":\"",
                TimeText(info.created_at),
                "\",\"open\":", info.open ? "true" : "false",
                ",\"checkpoint\":", info.checkpoint.value(),
                ",\"lag_events\":", info.lag_count, ",\"lag_seconds\":",
                info.lag == absl::InfiniteDuration()
                    ? std::string("null")
                    : absl::StrCat(absl::ToDoubleSeconds(info.lag)),
                "}");
}

absl::StatusOr<Position> PositionOf(const std::string& text,
                                    const std::string& stream,
                                    EventStore& store,
                                    CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const Point point, ParsePoint(text, context.clock->Now(), context.zone));
  if (point.kind == Point::Kind::kPosition) return point.position;
  const Position head = store.Head();
  absl::StatusOr<EventCursor> cursor;
  if (point.kind == Point::Kind::kRevision) {
    if (stream.empty()) {
      return absl::InvalidArgumentError(
          Concat("a revision (", text,
                 ") needs one stream: name it, or give a position like @123"));
    }
    cursor = store.ReadStream(stream, {.from = point.revision, .limit = 1});
    if (absl::IsNotFound(cursor.status())) return head;
  } else {
    cursor = store.ReadLog({.from_time = point.first, .limit = 1});
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (cursor->Next()) return cursor->event().position;
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  if (point.kind == Point::Kind::kTime && point.first > context.clock->Now()) {
    return absl::InvalidArgumentError(
        Concat(text,
               " is in the future: what comes before would be taken for "
               "what comes then"));
  }
  return head;
}

}  // namespace daybook::tools
