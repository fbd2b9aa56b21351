#include "tools/bounds.h"

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/point.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

absl::StatusOr<std::optional<Point>> ParseEnd(const std::string& text,
                                              const CommandContext& context,
                                              absl::Time now) {
  if (text.empty()) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(const Point point,
                           ParsePoint(text, now, context.zone));
  return point;
}

}  // namespace

CLI::Option* AddAsOf(CLI::App& command, std::string& as_of) {
  return command
      .add_option("--as-of", as_of,
                  Concat("as it stood then: after ", kPointHelp))
      ->type_name("POINT");
}

void AddBounds(CLI::App& command, BoundsArguments& arguments) {
  command
      .add_option("--from", arguments.from,
                  Concat("the first to show: ", kPointHelp))
      ->type_name("POINT");
  command.add_option("--to", arguments.to, "the last to show, likewise")
      ->type_name("POINT");
  command.add_flag("--occurred", arguments.occurred,
                   "times mean when it happened, not when it was recorded; "
                   "events that don't say are left out where --from or --to "
                   "is a time");
}

absl::StatusOr<Bounds> Bounds::Parse(const BoundsArguments& arguments, Of of,
                                     CommandContext& context) {
  const absl::Time now = context.clock->Now();
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Point> from,
                           ParseEnd(arguments.from, context, now));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Point> to,
                           ParseEnd(arguments.to, context, now));
  Bounds bounds;
  std::string said;
  for (const bool is_from : {true, false}) {
    const std::optional<Point>& point = is_from ? from : to;
    if (!point.has_value()) continue;
    std::string& text = is_from ? bounds.from_text_ : bounds.to_text_;
    text = is_from ? arguments.from : arguments.to;
    switch (point->kind) {
      case Point::Kind::kRevision:
        if (of != Of::kStream) {
          return absl::InvalidArgumentError(
              Concat("a revision (", text,
                     ") needs one stream: name it, or give a position like "
                     "@123"));
        }
        (is_from ? bounds.stream_.from : bounds.stream_.to) = point->revision;
        break;
      case Point::Kind::kPosition:
        if (of == Of::kLog) {
          (is_from ? bounds.log_.from : bounds.log_.to) = point->position;
        } else {
          (is_from ? bounds.from_position_ : bounds.to_position_) =
              point->position;
        }
        break;
      case Point::Kind::kTime: {
        const absl::Time time = is_from ? point->first : point->last;
        text = TimeText(time);
        if (arguments.occurred) {
          (is_from ? bounds.from_occurred_ : bounds.to_occurred_) = time;
        } else if (of == Of::kLog) {
          (is_from ? bounds.log_.from_time : bounds.log_.to_time) = time;
        } else {
          (is_from ? bounds.from_time_ : bounds.to_time_) = time;
        }
        if (point->relative) {
          said +=
              Concat(is_from ? " from " : " to ", TimeText(time, context.zone));
        }
        break;
      }
    }
  }
  if (!said.empty()) {
    context.Say(
        Concat("times are in ", ZoneText(now, context.zone), ":", said));
  }
  return bounds;
}

Bounds::Verdict Bounds::Check(const EventView& event,
                              Direction direction) const {
  const bool before =
      (from_position_.has_value() && event.position < *from_position_) ||
      (from_time_.has_value() && event.recorded_at < *from_time_);
  const bool after =
      (to_position_.has_value() && event.position > *to_position_) ||
      (to_time_.has_value() && event.recorded_at > *to_time_);
  const bool forward = direction == Direction::kForward;
  if (forward ? after : before) return Verdict::kStop;
  if (before || after) return Verdict::kSkip;
  if (from_occurred_.has_value() || to_occurred_.has_value()) {
    if (!event.occurred_at.has_value() ||
        (from_occurred_.has_value() && *event.occurred_at < *from_occurred_) ||
        (to_occurred_.has_value() && *event.occurred_at > *to_occurred_)) {
      return Verdict::kSkip;
    }
  }
  return Verdict::kShow;
}

}  // namespace daybook::tools
