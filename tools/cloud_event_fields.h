// Where a CloudEvent's attributes are kept that an event has no place of its
// own for, and what the extensions are called that are the store's own.

#ifndef DAYBOOK_TOOLS_CLOUD_EVENT_FIELDS_H_
#define DAYBOOK_TOOLS_CLOUD_EVENT_FIELDS_H_

#include <array>
#include <string>
#include <string_view>

#include "daybook/store/event.h"

namespace daybook::tools {

// What events without a source go out with, and come in from.
inline constexpr std::string_view kCloudEventNoSource = "urn:daybook:unnamed";

// Fields of the metadata. No extension has a name with a dot.
inline constexpr char kCloudEventIdField[] = "cloudevents.id";
inline constexpr char kCloudEventSubjectField[] = "cloudevents.subject";
inline constexpr char kCloudEventSchemaField[] = "cloudevents.dataschema";
inline constexpr char kCloudEventIntegersField[] = "cloudevents.integers";
inline constexpr char kCloudEventBooleansField[] = "cloudevents.booleans";
inline constexpr char kCloudEventSequence[] = "sequence";
// The extension with all that has no place elsewhere.
inline constexpr char kCloudEventDaybook[] = "daybook";
inline constexpr std::string_view kCloudEventSchemaUri = "urn:daybook:schema:";

// Extensions that are metadata of an event.
struct MetadataName {
  const char* extension;
  std::string Metadata::*member;
  // In the JSON of metadata (import_format.h).
  const char* name;
};
inline constexpr std::array<MetadataName, 5> kMetadataNames = {{
    {"correlationid", &Metadata::correlation_id, "correlation_id"},
    {"causationid", &Metadata::causation_id, "causation_id"},
    {"traceparent", &Metadata::traceparent, "traceparent"},
    {"tracestate", &Metadata::tracestate, "tracestate"},
    {"actor", &Metadata::actor, "actor"},
}};

// Null if it is none of them.
inline const MetadataName* FindMetadataName(std::string_view extension) {
  for (const MetadataName& name : kMetadataNames) {
    if (extension == name.extension) return &name;
  }
  return nullptr;
}

// Adds to a list of names, as the fields of numbers and booleans hold: "a b".
inline void AppendWord(std::string_view word, std::string* list) {
  if (!list->empty()) *list += ' ';
  *list += word;
}

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CLOUD_EVENT_FIELDS_H_
