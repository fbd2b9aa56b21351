#include "tools/history.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/interrupt.h"
#include "tools/json_text.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {

EventPlace EventPlace::Of(const EventView& event) {
  return {event.position,          event.revision, std::string(event.stream),
          std::string(event.type), event.id,       event.recorded_at};
}

std::string EventPlace::Text() const {
  return Concat("@", position.value(), " ", Escaped(stream), " #",
                revision.value(), " ", Escaped(type), ", recorded ",
                TimeText(recorded_at));
}

void AppendPlaceJson(const std::optional<EventPlace>& place, std::string* out) {
  if (!place.has_value()) {
    *out += R"("position":null,"stream":null,"revision":null,"id":null,)"
            R"("type":null,"recorded_at":null)";
    return;
  }
  absl::StrAppend(out, "\"position\":", place->position.value(),
                  ",\"stream\":", JsonString(place->stream),
                  ",\"revision\":", place->revision.value(), ",\"id\":\"",
                  place->id.ToString(), "\",\"type\":", JsonString(place->type),
                  ",\"recorded_at\":\"", TimeText(place->recorded_at), "\"");
}

std::string StateLine(const StateAt& at) {
  std::string line = "{";
  AppendPlaceJson(at.place, &line);
  absl::StrAppend(&line, ",\"events\":", at.events,
                  ",\"state\":", at.state.Json(), "}\n");
  return line;
}

absl::Status History::ForEach(
    const Bounds& bounds, const std::optional<EventPlace>& after,
    absl::FunctionRef<absl::StatusOr<bool>(const EventView&)> visit) const {
  const auto open = [&]() -> absl::StatusOr<EventCursor> {
    if (!stream_.empty()) {
      ReadStreamOptions options = bounds.stream_options();
      if (after.has_value()) {
        options.from = std::max(options.from.value_or(Revision(0)),
                                after->revision.Next());
      }
      return store_.ReadStream(stream_, options);
    }
    ReadLogOptions options = bounds.log_options();
    if (after.has_value()) {
      options.from =
          std::max(options.from.value_or(Position(0)), after->position.Next());
    }
    return store_.ReadQuery(query_, options);
  };
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, open());
  for (const EventView& event : cursor) {
    if (Interrupted()) return InterruptedError();
    // Of the store itself, and in no query meant.
    if (stream_.empty() && event.system()) continue;
    const Bounds::Verdict verdict = bounds.Check(event, Direction::kForward);
    if (verdict == Bounds::Verdict::kStop) return absl::OkStatus();
    if (verdict == Bounds::Verdict::kSkip) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool go_on, visit(event));
    if (!go_on) return absl::OkStatus();
  }
  return cursor.status();
}

absl::StatusOr<StateAt> FoldHistory(EventStore& store,
                                    const std::string& stream,
                                    NamedProjection named,
                                    const Bounds& bounds) {
  StateAt at = {StateFold::Begin(std::move(named), !stream.empty()),
                std::nullopt};
  const History history(store, stream, at.state.events());
  const absl::Status read =
      history.ForEach(bounds, std::nullopt,
                      [&](const EventView& event) -> absl::StatusOr<bool> {
                        DAYBOOK_RETURN_IF_ERROR(at.state.Apply(event));
                        at.place = EventPlace::Of(event);
                        ++at.events;
                        return true;
                      });
  if (!read.ok()) return read;
  return at;
}

}  // namespace daybook::tools
