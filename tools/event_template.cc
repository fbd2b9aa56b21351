#include "tools/event_template.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "store/status_macros.h"
#include "tools/event_time.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// The same error with the option's name before it.
absl::Status Under(std::string_view option, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      Concat(option, ": ", std::string(status.message())));
}

absl::StatusOr<Template> ParseOption(std::string_view option,
                                     const std::string& text) {
  absl::StatusOr<Template> parsed = Template::Parse(text);
  if (!parsed.ok()) return Under(option, parsed.status());
  return parsed;
}

absl::StatusOr<std::optional<Template>> ParseOption(
    std::string_view option, const std::optional<std::string>& text) {
  if (!text.has_value()) return std::nullopt;
  return ParseOption(option, *text);
}

absl::StatusOr<std::string> RenderOption(std::string_view option,
                                         const Template& text,
                                         Template::Lookup lookup) {
  absl::StatusOr<std::string> rendered = text.Render(lookup);
  if (!rendered.ok()) return Under(option, rendered.status());
  return rendered;
}

}  // namespace

absl::StatusOr<EventTemplate> EventTemplate::Parse(
    const EventTemplateTexts& texts) {
  EventTemplate parsed;
  DAYBOOK_ASSIGN_OR_RETURN(parsed.stream_,
                           ParseOption("--stream", texts.stream));
  DAYBOOK_ASSIGN_OR_RETURN(parsed.type_, ParseOption("--type", texts.type));
  for (const std::string& text : texts.tags) {
    DAYBOOK_ASSIGN_OR_RETURN(Template tag, ParseOption("--tag", text));
    parsed.tags_.push_back({std::move(tag)});
  }
  DAYBOOK_ASSIGN_OR_RETURN(parsed.time_, ParseOption("--time", texts.time));
  DAYBOOK_ASSIGN_OR_RETURN(parsed.id_, ParseOption("--id", texts.id));
  DAYBOOK_ASSIGN_OR_RETURN(parsed.source_,
                           ParseOption("--source", texts.source));
  return parsed;
}

absl::StatusOr<StreamEvent> EventTemplate::Make(Template::Lookup lookup) {
  StreamEvent made;
  DAYBOOK_ASSIGN_OR_RETURN(made.stream,
                           RenderOption("--stream", stream_, lookup));
  DAYBOOK_ASSIGN_OR_RETURN(made.event.type,
                           RenderOption("--type", type_, lookup));
  std::vector<std::string>& tags = made.event.tags;
  for (Tag& tag : tags_) {
    absl::StatusOr<std::string> text = tag.text.Render(lookup);
    if (absl::IsNotFound(text.status())) continue;
    if (!text.ok()) return Under("--tag", text.status());
    tag.used = true;
    if (std::find(tags.begin(), tags.end(), *text) == tags.end()) {
      tags.push_back(*std::move(text));
    }
  }
  if (time_.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string text,
                             RenderOption("--time", *time_, lookup));
    const absl::StatusOr<absl::Time> time = ParseEventTime(text);
    if (!time.ok()) return Under("--time", time.status());
    made.event.occurred_at = *time;
  }
  if (id_.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string text,
                             RenderOption("--id", *id_, lookup));
    const absl::StatusOr<EventId> id = EventId::Parse(text);
    if (!id.ok()) return Under("--id", id.status());
    made.event.id = *id;
  }
  if (source_.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(made.event.source,
                             RenderOption("--source", *source_, lookup));
  }
  return made;
}

std::vector<std::string> EventTemplate::fields() const {
  std::vector<std::string> fields;
  const auto add = [&fields](const Template& text) {
    for (std::string& field : text.fields()) fields.push_back(std::move(field));
  };
  add(stream_);
  add(type_);
  for (const Tag& tag : tags_) add(tag.text);
  for (const auto& optional : {time_, id_, source_}) {
    if (optional.has_value()) add(*optional);
  }
  return fields;
}

std::vector<std::string> EventTemplate::unused_tags() const {
  std::vector<std::string> unused;
  for (const Tag& tag : tags_) {
    if (!tag.used) unused.push_back(tag.text.text());
  }
  return unused;
}

}  // namespace daybook::tools
