#include "daybook/projections/upcaster.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

absl::Status At(const EventView& event, absl::StatusCode code,
                std::string_view what) {
  return absl::Status(
      code, absl::StrCat("position ", event.position.value(), ": upcasting ",
                         Quoted(event.type), ": ", ToAbsl(what)));
}

}  // namespace

EventView UpcastEvent::view() const {
  EventView view = stored_;
  if (shape_.has_value()) {
    view.type = shape_->type;
    view.payload = shape_->payload;
    view.content_type = shape_->content_type;
    view.schema = shape_->schema;
  }
  return view;
}

std::vector<std::string> Upcasters::types() const {
  std::vector<std::string> types;
  types.reserve(steps_.size());
  for (const auto& [type, steps] : steps_) types.push_back(type);
  return types;
}

bool Upcasters::Leads(const std::string& from, std::string_view to) const {
  if (from == to) return true;
  const auto steps = steps_.find(from);
  return steps != steps_.end() &&
         std::any_of(steps->second.begin(), steps->second.end(),
                     [&](const Step& step) {
                       return step.to != from && Leads(step.to, to);
                     });
}

absl::Status Upcasters::AddRaw(std::string_view from, std::string_view to,
                               Function function) {
  if (from != to && Leads(std::string(to), from)) {
    return absl::InvalidArgumentError(
        absl::StrCat("an upcaster from ", Quoted(from), " to ", Quoted(to),
                     " would lead back to where it began"));
  }
  steps_[std::string(from)].push_back({std::string(to), std::move(function)});
  return absl::OkStatus();
}

absl::StatusOr<UpcastEvent> Upcasters::Read(const EventView& event) const {
  UpcastEvent read(event);
  auto steps = steps_.find(event.type);
  while (steps != steps_.end()) {
    auto next = steps_.end();
    for (const Step& step : steps->second) {
      absl::StatusOr<std::optional<EventShape>> shape =
          step.function(read.view());
      if (!shape.ok()) {
        return At(event, shape.status().code(),
                  std::string(shape.status().message()));
      }
      if (!shape->has_value()) continue;
      if ((*shape)->type != step.to) {
        return At(event, absl::StatusCode::kInternal,
                  absl::StrCat("gave a ", Quoted((*shape)->type),
                               ", was added for ", Quoted(step.to)));
      }
      read.shape_ = *std::move(shape);
      if (step.to == steps->first) continue;
      next = steps_.find(step.to);
      break;
    }
    steps = next;
  }
  return read;
}

absl::StatusOr<EventShape> Upcasters::ShapeOf(
    const EventType& type, const google::protobuf::Message& message) {
  DAYBOOK_ASSIGN_OR_RETURN(NewEvent event, type.MakeEvent(message));
  EventShape shape;
  shape.type = std::move(event.type);
  shape.payload = std::move(event.payload);
  shape.schema = event.schema;
  return shape;
}

}  // namespace daybook
