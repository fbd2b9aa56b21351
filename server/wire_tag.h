// What stands before each field of a message, for what is written without one:
// https://protobuf.dev/programming-guides/encoding/

#ifndef DAYBOOK_SERVER_WIRE_TAG_H_
#define DAYBOOK_SERVER_WIRE_TAG_H_

#include <cstdint>

namespace daybook::wire {

enum WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kFixed32 = 5
};

constexpr uint32_t TagOf(int field, WireType type) {
  return static_cast<uint32_t>(field) << 3 | type;
}

}  // namespace daybook::wire

#endif  // DAYBOOK_SERVER_WIRE_TAG_H_
