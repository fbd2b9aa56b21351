// EventTemplate makes events out of records: its stream, type, tags and so on
// are templates over the record's fields.

#ifndef DAYBOOK_TOOLS_EVENT_TEMPLATE_H_
#define DAYBOOK_TOOLS_EVENT_TEMPLATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "tools/template.h"

namespace daybook::tools {

// As they were given on the command line; an absent one is not looked at.
struct EventTemplateTexts {
  std::string stream;
  std::string type;
  std::vector<std::string> tags;
  std::optional<std::string> time;
  std::optional<std::string> id;
  std::optional<std::string> source;
};

class EventTemplate {
 public:
  // Errors: kInvalidArgument for a text that is no template.
  static absl::StatusOr<EventTemplate> Parse(const EventTemplateTexts& texts);

  // The event of a record, without its payload. A tag whose template names a
  // field that the record lacks is left out, and so is one that is there
  // already; everything else must be there.
  //
  // Errors: those of `lookup`, and kInvalidArgument for a time or an id that
  // is none; the message begins with the option at fault.
  absl::StatusOr<StreamEvent> Make(Template::Lookup lookup);

  // All names of fields.
  std::vector<std::string> fields() const;
  // The templates of tags that no event has got so far: most likely a name
  // that was mistyped.
  std::vector<std::string> unused_tags() const;

 private:
  struct Tag {
    Template text;
    bool used = false;
  };

  EventTemplate() = default;

  Template stream_;
  Template type_;
  std::vector<Tag> tags_;
  std::optional<Template> time_;
  std::optional<Template> id_;
  std::optional<Template> source_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVENT_TEMPLATE_H_
