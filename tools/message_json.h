// Messages as JSON with every number as a number: what states and rows are
// shown as, and what SQL expressions see. Otherwise as protobuf's JSON
// (https://protobuf.dev/programming-guides/json) with names in lowerCamelCase,
// which writes 64-bit integers as strings: '150' > 100 would not compare.

#ifndef DAYBOOK_TOOLS_MESSAGE_JSON_H_
#define DAYBOOK_TOOLS_MESSAGE_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace daybook::tools {

// Appends `message` on one line. Fields stand in the order they are declared
// in, maps in the order of their keys; a field without presence is always
// there, one with presence if it is set. Text that is no UTF-8 has its bytes
// escaped.
void AppendMessageJson(const google::protobuf::Message& message,
                       std::string* out);

// Appends one field of it alone: an array or object if it is repeated.
void AppendFieldJson(const google::protobuf::Message& message,
                     const google::protobuf::FieldDescriptor& field,
                     std::string* out);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_MESSAGE_JSON_H_
