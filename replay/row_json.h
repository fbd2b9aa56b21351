// Keys and rows of views in protobuf's JSON, for people.

#ifndef DAYBOOK_REPLAY_ROW_JSON_H_
#define DAYBOOK_REPLAY_ROW_JSON_H_

#include <string>
#include <string_view>

#include "daybook/projections/any_projection.h"
#include "google/protobuf/message.h"

namespace daybook {

// On one line, fields that have their default too; empty if JSON can't say it.
std::string ToJson(const google::protobuf::Message& message);
// Of a key as EncodeRowKey() has it; empty if it does not decode.
std::string KeyToJson(const AnyProjection& projection, std::string_view key);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_ROW_JSON_H_
