#include "daybook/store/event.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "store/coding.h"
#include "store/metadata_codec.h"
#include "store/strings.h"

namespace daybook {
namespace {

// "0190163d-8694-739b-aea5-966c26f8ad91"
constexpr size_t kTextSize = 36;

constexpr bool IsDash(size_t text_index) {
  return text_index == 8 || text_index == 13 || text_index == 18 ||
         text_index == 23;
}

// -1 for what is no hexadecimal digit.
int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

absl::StatusOr<EventId> EventId::Parse(std::string_view text) {
  std::array<uint8_t, kSize> bytes{};
  size_t digits = 0;
  bool valid = text.size() == kTextSize;
  for (size_t i = 0; valid && i < kTextSize; ++i) {
    if (IsDash(i)) {
      valid = text[i] == '-';
      continue;
    }
    const int value = HexValue(text[i]);
    valid = value >= 0;
    uint8_t& byte = bytes[digits++ / 2];
    byte = static_cast<uint8_t>(byte << 4 | (value & 0xF));
  }
  if (!valid) {
    return absl::InvalidArgumentError(absl::StrCat(
        "event id ", Quoted(text.substr(0, 2 * kTextSize)),
        " is not a UUID like 0190163d-8694-739b-aea5-966c26f8ad91"));
  }
  return EventId(bytes);
}

EventId EventId::FromBytes(std::string_view bytes) {
  assert(bytes.size() == kSize);
  std::array<uint8_t, kSize> copy{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), kSize), copy.begin());
  return EventId(copy);
}

std::string EventId::ToString() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(kTextSize, '-');
  size_t digits = 0;
  for (size_t i = 0; i < kTextSize; ++i) {
    if (IsDash(i)) continue;
    const uint8_t byte = bytes_[digits / 2];
    text[i] = kDigits[digits % 2 == 0 ? byte >> 4 : byte & 0xF];
    ++digits;
  }
  return text;
}

void TagList::Iterator::Load() {
  if (left_ == 0) {
    current_ = {};
    return;
  }
  // Well formed, as the constructor requires: the length ends somewhere.
  constexpr size_t kVarintBytesMax = 10;
  std::string_view in(next_, kVarintBytesMax);
  uint64_t size = 0;
  const bool taken = TakeVarint(&in, &size);
  assert(taken);
  static_cast<void>(taken);
  current_ = std::string_view(in.data(), size);
  next_ = in.data() + size;
}

bool TagList::Contains(std::string_view tag) const {
  return std::find(begin(), end(), tag) != end();
}

std::vector<std::string> TagList::ToVector() const {
  std::vector<std::string> tags;
  tags.reserve(size());
  for (std::string_view tag : *this) tags.emplace_back(tag);
  return tags;
}

Metadata EventView::metadata() const {
  // Stored bytes were checked when they were read, so they decode.
  std::optional<Metadata> decoded = DecodeMetadata(encoded_metadata);
  assert(decoded.has_value());
  return decoded.has_value() ? *std::move(decoded) : Metadata();
}

Event EventView::ToEvent() const {
  Event event;
  event.position = position;
  event.revision = revision;
  event.stream = stream;
  event.type = type;
  event.source = source;
  event.content_type = content_type;
  event.payload = payload;
  event.id = id;
  event.tags = tags.ToVector();
  event.schema = schema;
  event.recorded_at = recorded_at;
  event.occurred_at = occurred_at;
  event.append_first_position = append.first_position;
  event.append_count = append.count;
  event.metadata = metadata();
  event.signature = signature;
  return event;
}

std::string_view CategoryOf(std::string_view stream) {
  return stream.substr(0, stream.find('-'));
}

}  // namespace daybook
