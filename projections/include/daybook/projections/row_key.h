// Row keys: protobuf messages as bytes that sort as their fields do.
//
// A key's message has only singular fields of integers, bools, enums, strings
// and bytes, none in a oneof and none `optional`. Rows are ordered by its
// fields in the order they are declared in: numbers by value, strings and bytes
// as bytes. Bytes: store/FORMAT.md.

#ifndef DAYBOOK_PROJECTIONS_ROW_KEY_H_
#define DAYBOOK_PROJECTIONS_ROW_KEY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace daybook {

// Whether messages of `type` can be keys. Errors: kInvalidArgument, naming the
// field.
absl::Status CheckRowKey(const google::protobuf::Descriptor& type);

// Appends `key` to `*bytes`; with `field_count`, only its first fields: what
// all keys that agree in those begin with. REQUIRES: CheckRowKey() of its type.
void EncodeRowKey(const google::protobuf::Message& key, std::string* bytes);
void EncodeRowKeyPrefix(const google::protobuf::Message& key, int field_count,
                        std::string* bytes);

// Takes a key off the front of `*bytes`. False if there is none; `*key` is then
// anything.
bool DecodeRowKey(std::string_view* bytes, google::protobuf::Message* key);

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_ROW_KEY_H_
