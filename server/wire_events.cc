#include "server/wire_events.h"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "daybook/v1/service.pb.h"
#include "server/wire_tag.h"
#include "store/coding.h"

namespace daybook::wire {
namespace {

using Message = v1::StoredEvent;

constexpr uint32_t kEventTag =
    TagOf(v1::StoredEventList::kEventsFieldNumber, kBytes);

// --- Writing

char* PutVarint(uint64_t value, char* to) {
  for (; value >= 0x80; value >>= 7) {
    *to++ = static_cast<char>(value | 0x80);
  }
  *to++ = static_cast<char>(value);
  return to;
}

size_t NumberSize(int field, uint64_t value) {
  return VarintSize(TagOf(field, kVarint)) + VarintSize(value);
}
char* PutNumber(int field, uint64_t value, char* to) {
  return PutVarint(value, PutVarint(TagOf(field, kVarint), to));
}
size_t StringSize(int field, std::string_view value) {
  return VarintSize(TagOf(field, kBytes)) + VarintSize(value.size()) +
         value.size();
}
char* PutString(int field, std::string_view value, char* to) {
  to = PutVarint(value.size(), PutVarint(TagOf(field, kBytes), to));
  std::memcpy(to, value.data(), value.size());
  return to + value.size();
}

// What `visit` is shown: each field that is there.
template <typename Visitor>
void VisitFields(const EventView& event, Visitor&& visit) {
  const auto bytes = [&](int field, std::string_view value) {
    if (!value.empty()) visit.String(field, value);
  };
  visit.Number(Message::kPositionFieldNumber, event.position.value());
  visit.Number(Message::kRevisionFieldNumber, event.revision.value());
  bytes(Message::kStreamFieldNumber, event.stream);
  bytes(Message::kTypeFieldNumber, event.type);
  bytes(Message::kSourceFieldNumber, event.source);
  bytes(Message::kContentTypeFieldNumber, event.content_type);
  bytes(Message::kPayloadFieldNumber, event.payload);
  bytes(
      Message::kIdFieldNumber,
      {reinterpret_cast<const char*>(event.id.bytes().data()), EventId::kSize});
  for (const std::string_view tag : event.tags) {
    visit.String(Message::kTagsFieldNumber, tag);
  }
  if (!event.schema.none()) {
    visit.Fixed(Message::kSchemaFieldNumber, event.schema.value());
  }
  visit.Number(Message::kRecordedAtFieldNumber,
               static_cast<uint64_t>(absl::ToUnixMicros(event.recorded_at)));
  if (event.occurred_at.has_value()) {
    visit.Number(Message::kOccurredAtFieldNumber,
                 static_cast<uint64_t>(absl::ToUnixMicros(*event.occurred_at)));
  }
  visit.Number(Message::kAppendFirstPositionFieldNumber,
               event.append.first_position.value());
  visit.Number(Message::kAppendCountFieldNumber, event.append.count);
  bytes(Message::kAppendKeyFieldNumber, event.append.key);
  bytes(Message::kMetadataFieldNumber, event.encoded_metadata);
  bytes(Message::kSignatureFieldNumber, event.signature);
}

struct Sizer {
  void Number(int field, uint64_t value) { size += NumberSize(field, value); }
  void String(int field, std::string_view value) {
    size += StringSize(field, value);
  }
  void Fixed(int field, uint64_t /*value*/) {
    size += VarintSize(TagOf(field, kFixed64)) + sizeof(uint64_t);
  }
  size_t size = 0;
};

struct Writer {
  void Number(int field, uint64_t value) { to = PutNumber(field, value, to); }
  void String(int field, std::string_view value) {
    to = PutString(field, value, to);
  }
  void Fixed(int field, uint64_t value) {
    to = PutVarint(TagOf(field, kFixed64), to);
    for (int i = 0; i < 8; ++i) *to++ = static_cast<char>(value >> (8 * i));
  }
  char* to;
};

size_t ContentSize(const EventView& event) {
  Sizer sizer;
  VisitFields(event, sizer);
  return sizer.size;
}
size_t SizeInList(size_t content_size) {
  return VarintSize(kEventTag) + VarintSize(content_size) + content_size;
}
// Gives what is behind it.
char* WriteEvent(const EventView& event, size_t content_size, char* to) {
  Writer writer{PutVarint(content_size, PutVarint(kEventTag, to))};
  VisitFields(event, writer);
  return writer.to;
}

// --- Reading

// What is left of some bytes; a read beyond their end fails.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool done() const { return at_ == end_; }

  bool Varint(uint64_t* value) {
    uint64_t read = 0;
    for (int shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      if (shift < 64) read |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) {
        *value = read;
        return true;
      }
    }
    return false;
  }
  bool String(std::string_view* value) {
    uint64_t size = 0;
    if (!Varint(&size) || size > static_cast<size_t>(end_ - at_)) return false;
    *value = {at_, static_cast<size_t>(size)};
    at_ += size;
    return true;
  }
  bool Fixed(int size, uint64_t* value) {
    if (end_ - at_ < size) return false;
    *value = 0;
    for (int i = 0; i < size; ++i) {
      *value |= uint64_t{static_cast<uint8_t>(*at_++)} << (8 * i);
    }
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

// A field: its number with its type, and its value.
struct Field {
  uint64_t tag = 0;
  uint64_t number = 0;
  std::string_view bytes;
};

bool ReadField(Reader& reader, Field* field) {
  if (!reader.Varint(&field->tag)) return false;
  switch (field->tag & 7) {
    case kVarint:
      return reader.Varint(&field->number);
    case kFixed64:
      return reader.Fixed(8, &field->number);
    case kFixed32:
      return reader.Fixed(4, &field->number);
    case kBytes:
      return reader.String(&field->bytes);
    default:
      return false;
  }
}

absl::Time ToTime(uint64_t micros) {
  return absl::FromUnixMicros(static_cast<int64_t>(micros));
}

// Reads an event; its tags go to `*tags` on.
bool ReadEvent(std::string_view bytes, char** tags, EventView* event) {
  Reader reader(bytes);
  const char* const first_tag = *tags;
  size_t tag_count = 0;
  Field field;
  while (!reader.done()) {
    if (!ReadField(reader, &field)) return false;
    switch (field.tag) {
      case TagOf(Message::kPositionFieldNumber, kVarint):
        event->position = Position(field.number);
        break;
      case TagOf(Message::kRevisionFieldNumber, kVarint):
        event->revision = Revision(field.number);
        break;
      case TagOf(Message::kStreamFieldNumber, kBytes):
        event->stream = field.bytes;
        break;
      case TagOf(Message::kTypeFieldNumber, kBytes):
        event->type = field.bytes;
        break;
      case TagOf(Message::kSourceFieldNumber, kBytes):
        event->source = field.bytes;
        break;
      case TagOf(Message::kContentTypeFieldNumber, kBytes):
        event->content_type = field.bytes;
        break;
      case TagOf(Message::kPayloadFieldNumber, kBytes):
        event->payload = field.bytes;
        break;
      case TagOf(Message::kIdFieldNumber, kBytes):
        if (field.bytes.size() != EventId::kSize) return false;
        event->id = EventId::FromBytes(field.bytes);
        break;
      case TagOf(Message::kTagsFieldNumber, kBytes):
        *tags = PutVarint(field.bytes.size(), *tags);
        std::memcpy(*tags, field.bytes.data(), field.bytes.size());
        *tags += field.bytes.size();
        ++tag_count;
        break;
      case TagOf(Message::kSchemaFieldNumber, kFixed64):
        event->schema = SchemaHash(field.number);
        break;
      case TagOf(Message::kRecordedAtFieldNumber, kVarint):
        event->recorded_at = ToTime(field.number);
        break;
      case TagOf(Message::kOccurredAtFieldNumber, kVarint):
        event->occurred_at = ToTime(field.number);
        break;
      case TagOf(Message::kAppendFirstPositionFieldNumber, kVarint):
        event->append.first_position = Position(field.number);
        break;
      case TagOf(Message::kAppendCountFieldNumber, kVarint):
        event->append.count = static_cast<uint32_t>(field.number);
        break;
      case TagOf(Message::kAppendKeyFieldNumber, kBytes):
        event->append.key = field.bytes;
        break;
      case TagOf(Message::kMetadataFieldNumber, kBytes):
        event->encoded_metadata = field.bytes;
        break;
      case TagOf(Message::kSignatureFieldNumber, kBytes):
        event->signature = field.bytes;
        break;
      default:  // of a newer server
        break;
    }
  }
  event->tags = TagList(first_tag, tag_count);
  return true;
}

}  // namespace

void AppendEvent(const EventView& event, std::string* list) {
  const size_t size = ContentSize(event);
  const size_t before = list->size();
  list->resize(before + SizeInList(size));
  WriteEvent(event, size, list->data() + before);
}

bool WriteEvent(const EventView& event, const char* end, char** to) {
  const size_t size = ContentSize(event);
  if (static_cast<size_t>(end - *to) < SizeInList(size)) return false;
  *to = WriteEvent(event, size, *to);
  return true;
}

void EventList::Clear() {
  events_.clear();
  owner_ = nullptr;
}

absl::Status EventList::Parse(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  const std::string_view all = *owner;
  return Parse(all, std::move(owner));
}

absl::Status EventList::Parse(std::string_view bytes,
                              std::shared_ptr<const void> owner) {
  events_.clear();
  owner_ = std::move(owner);
  // A tag is a byte shorter there than here.
  if (tags_size_ < bytes.size()) {
    tags_ = std::make_unique_for_overwrite<char[]>(bytes.size());
    tags_size_ = bytes.size();
  }
  char* tags = tags_.get();
  Reader reader(bytes);
  Field field;
  while (!reader.done()) {
    if (!ReadField(reader, &field)) break;
    if (field.tag != kEventTag) continue;
    if (!ReadEvent(field.bytes, &tags, &events_.emplace_back())) {
      events_.clear();
      return absl::InternalError("the server sent an event that is none");
    }
  }
  if (reader.done()) return absl::OkStatus();
  events_.clear();
  return absl::InternalError("the server sent events that are none");
}

}  // namespace daybook::wire
