// A stream as JSON:
//
//   {"stream":"order-42","count":4,"first_revision":0,"last_revision":3,
//    "last_position":17,"deleted":false,"tombstoned":false,
//    "metadata":{"max_count":null,"truncate_before":null,"json":null}}

#ifndef DAYBOOK_TOOLS_STREAM_JSON_H_
#define DAYBOOK_TOOLS_STREAM_JSON_H_

#include <string>

#include "daybook/store/read.h"

namespace daybook::tools {

// Appends the object, without a newline. `metadata.json` stands there as JSON.
void AppendStreamJson(const StreamInfo& stream, std::string* out);

// "deleted", "tombstoned", "never written", or nothing.
std::string StreamStateText(const StreamInfo& stream);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_STREAM_JSON_H_
