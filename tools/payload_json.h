// Payloads as JSON: of events that bear it, and of those that the store has a
// schema for.

#ifndef DAYBOOK_TOOLS_PAYLOAD_JSON_H_
#define DAYBOOK_TOOLS_PAYLOAD_JSON_H_

#include <string>
#include <string_view>

#include "daybook/projections/stored_type.h"
#include "daybook/store/event.h"

namespace daybook::tools {

// Appends the payload as JSON on one line, if it can be said so: JSON as it
// stands there, a protobuf message by the schema that the event names. Returns
// whether it could; `*out` is unchanged otherwise.
bool AppendPayloadJson(const EventView& event, StoredTypes& types,
                       std::string* out);

// The same with 64-bit integers of protobuf messages as numbers
// (message_json.h), so that they can be compared, and as long as it stands
// there: perhaps on several lines.
bool AppendPayloadNumbers(const EventView& event, StoredTypes& types,
                          std::string* out);

// For people: text or JSON, at most a kilobyte of it, anything else as its
// size.
std::string PayloadPreview(const EventView& event, StoredTypes& types);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PAYLOAD_JSON_H_
