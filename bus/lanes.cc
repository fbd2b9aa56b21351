#include <string_view>

#include "daybook/bus/consumer_group.h"
#include "store/checksum.h"

namespace daybook {
namespace {

// Keeps the keys of different kinds apart.
constexpr uint64_t kStreamSeed = 1;
constexpr uint64_t kTagSeed = 2;
constexpr uint64_t kKeySeed = 3;

}  // namespace

uint64_t Lanes::LaneOf(const EventView& event) const {
  switch (kind_) {
    case Kind::kStream:
      break;
    case Kind::kTag:
      for (const std::string_view tag : event.tags) {
        if (tag.starts_with(tag_prefix_)) return StableHash(tag, kTagSeed);
      }
      break;
    case Kind::kKey:
      return StableHash(key_function_(event), kKeySeed);
  }
  return StableHash(event.stream, kStreamSeed);
}

}  // namespace daybook
