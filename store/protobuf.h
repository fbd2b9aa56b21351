// Helpers for protobuf messages and their options.

#ifndef DAYBOOK_STORE_PROTOBUF_H_
#define DAYBOOK_STORE_PROTOBUF_H_

#include <string>

#include "google/protobuf/message.h"

namespace daybook {

// `message` serialised so that equal messages are equal bytes: maps have no
// order of their own. Required fields may be missing.
std::string DeterministicBytes(const google::protobuf::Message& message);

// `options` of somebody's descriptor, with daybook's among them: one that was
// read without knowing those has them as unknown fields.
template <typename Options>
Options WithKnownExtensions(const Options& options) {
  Options known;
  known.ParsePartialFromString(options.SerializePartialAsString());
  return known;
}

}  // namespace daybook

#endif  // DAYBOOK_STORE_PROTOBUF_H_
