// CloudEvents 1.0 in their JSON format, structured mode
// (https://github.com/cloudevents/spec): reading one, and whether it is valid.
//
//   {"specversion":"1.0","id":"A234","source":"/mycontext","type":"com.shop.x",
//    "subject":"order-42","time":"2018-04-05T17:31:00Z","comshopshard":5,
//    "datacontenttype":"application/json","data":{"total":12.50}}
//
// What is checked, with a reason that names the attribute:
//   names       lower-case letters and digits, each at most once
//   values      strings without control characters and noncharacters, whole
//               numbers of 32 bits, booleans; null is the same as absent
//   core        specversion "1.0"; id, source and type there and not empty;
//               source a URI reference, dataschema a URI, time of RFC 3339,
//               datacontenttype of RFC 2045, subject not empty
//   data        not beside data_base64; a string unless the content type is
//               JSON; base64 as RFC 4648 writes it, padded
// What stands inside `data` is any JSON, at most kJsonDepthMax deep with the
// event around it. A dataschema may have a fragment, as those of JSON Schema
// do, though the specification asks for a URI without.

#ifndef DAYBOOK_TOOLS_CLOUD_EVENT_H_
#define DAYBOOK_TOOLS_CLOUD_EVENT_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::tools {

// Names and values of all attributes of an event, as its JSON has them.
inline constexpr size_t kCloudEventAttributeBytesMax = 1 << 20;

struct CloudEvent {
  enum class Type { kString, kInteger, kBoolean };
  struct Extension {
    Type type = Type::kString;
    // Of an integer its digits, of a boolean "true" or "false".
    std::string text;
    friend bool operator==(const Extension&, const Extension&) = default;
  };

  std::string id;
  std::string source;
  std::string type;
  std::optional<std::string> subject;
  std::optional<absl::Time> time;
  // As given; "application/json" if there is `data` and none is given. Empty:
  // nothing is known of the data.
  std::string content_type;
  std::optional<std::string> data_schema;
  std::map<std::string, Extension> extensions;
  // The payload's bytes: JSON as it stands in the event, what a string says,
  // or what was in base64. Empty if there is none.
  std::string data;
};

// Reads one event. Errors: kInvalidArgument with the reason.
absl::StatusOr<CloudEvent> ParseCloudEvent(std::string_view json);

// Whether `name` may be an attribute's.
bool IsCloudEventName(std::string_view name);
// Whether it is one of the specification's own: "id", "source", "data", ...
bool IsCoreCloudEventName(std::string_view name);
// Whether `text` may be the value of a string attribute.
bool IsCloudEventText(std::string_view text);
// The same text with U+FFFD for what may not be in one. REQUIRES: UTF-8.
std::string CloudEventTextOf(std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CLOUD_EVENT_H_
