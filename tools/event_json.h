// A stored event as JSON, for `--format json`: one object a line.
//
//   {"position":17,"stream":"order-42","revision":3,"id":"0190163d-...",
//    "type":"order-placed","source":"/shop","content_type":"application/json",
//    "tags":["customer:7"],"time":"2026-03-02T07:06:40.25Z",
//    "recorded_at":"2026-03-02T07:06:40.251907Z","metadata":{},"data":{...}}
//
// Every field is always there, in this order; `time` (occurred-at) may be
// null. A payload that is JSON, by its content type and in fact, stands in
// `data` as it is, on one line; so does a protobuf message that the store has
// the schema of, in protobuf's JSON; any other in `data_base64`. What a
// producer signed has `"signed_by":"till-3.example+1234abcd"` at its end;
// whether that is right, `event` and `audit verify` say.

#ifndef DAYBOOK_TOOLS_EVENT_JSON_H_
#define DAYBOOK_TOOLS_EVENT_JSON_H_

#include <string>

#include "daybook/projections/stored_type.h"
#include "daybook/store/event.h"

namespace daybook::tools {

// Appends the object, without a newline.
void AppendEventJson(const EventView& event, StoredTypes& types,
                     std::string* out);

// ["a","b:1"]
void AppendTagsJson(const TagList& tags, std::string* out);
// {"correlation_id":"...",...,"fields":{...}}: what is there.
void AppendMetadataJson(const Metadata& metadata, std::string* out);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVENT_JSON_H_
