#include "bench/record.h"

#include <cstring>

#include "bench/workload.h"

namespace daybook::bench {
namespace {

enum WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2 };

constexpr uint8_t Tag(uint8_t field, WireType type) {
  return static_cast<uint8_t>(field << 3 | type);
}

// A fixed moment: what the records say does not matter, that they say it does.
constexpr uint64_t kRecordedAtMicros = 1'700'000'000'000'000;

size_t VarintBytes(uint64_t value) {
  size_t bytes = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++bytes;
  }
  return bytes;
}

char* WriteVarint(uint64_t value, char* out) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

size_t FieldBytes(std::string_view text) {
  return 1 + VarintBytes(text.size()) + text.size();
}

char* WriteField(uint8_t field, std::string_view text, char* out) {
  *out++ = static_cast<char>(Tag(field, kBytes));
  out = WriteVarint(text.size(), out);
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

bool ReadVarint(const char** in, const char* end, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && *in < end; shift += 7) {
    const auto byte = static_cast<uint8_t>(*(*in)++);
    *value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool ReadField(const char** in, const char* end, std::string_view* text) {
  uint64_t size;
  if (!ReadVarint(in, end, &size)) return false;
  if (size > static_cast<uint64_t>(end - *in)) return false;
  *text = {*in, size};
  *in += size;
  return true;
}

}  // namespace

std::array<char, EventId::kSize> IdOf(uint64_t position) {
  Random random(position);
  const uint64_t halves[2] = {random.Next(), random.Next()};
  std::array<char, EventId::kSize> id;
  std::memcpy(id.data(), halves, id.size());
  return id;
}

size_t RecordBytes(const StreamEvent& event, uint64_t revision,
                   uint64_t position) {
  size_t bytes = FieldBytes(event.stream) + 1 + VarintBytes(revision) + 1 +
                 VarintBytes(position) + 2 + EventId::kSize +
                 FieldBytes(event.event.type) +
                 FieldBytes(event.event.content_type) + 9 +
                 FieldBytes(event.event.payload);
  for (const std::string& tag : event.event.tags) bytes += FieldBytes(tag);
  return bytes;
}

char* WriteRecord(const StreamEvent& event, uint64_t revision,
                  uint64_t position, char* out) {
  const std::array<char, EventId::kSize> id = IdOf(position);
  out = WriteField(1, event.stream, out);
  *out++ = static_cast<char>(Tag(2, kVarint));
  out = WriteVarint(revision, out);
  *out++ = static_cast<char>(Tag(3, kVarint));
  out = WriteVarint(position, out);
  out = WriteField(4, {id.data(), id.size()}, out);
  out = WriteField(5, event.event.type, out);
  out = WriteField(6, event.event.content_type, out);
  *out++ = static_cast<char>(Tag(7, kFixed64));
  std::memcpy(out, &kRecordedAtMicros, 8);
  out += 8;
  for (const std::string& tag : event.event.tags) out = WriteField(8, tag, out);
  return WriteField(9, event.event.payload, out);
}

void AppendRecord(const StreamEvent& event, uint64_t revision,
                  uint64_t position, std::string* out) {
  const size_t before = out->size();
  out->resize(before + RecordBytes(event, revision, position));
  WriteRecord(event, revision, position, out->data() + before);
}

bool ReadRecord(std::string_view bytes, RecordView* record) {
  const char* in = bytes.data();
  const char* const end = in + bytes.size();
  record->tag_count = 0;
  std::string_view tag;
  while (in < end) {
    switch (static_cast<uint8_t>(*in++)) {
      case Tag(1, kBytes):
        if (!ReadField(&in, end, &record->stream)) return false;
        break;
      case Tag(2, kVarint):
        if (!ReadVarint(&in, end, &record->revision)) return false;
        break;
      case Tag(3, kVarint):
        if (!ReadVarint(&in, end, &record->position)) return false;
        break;
      case Tag(4, kBytes):
        if (!ReadField(&in, end, &record->id)) return false;
        break;
      case Tag(5, kBytes):
        if (!ReadField(&in, end, &record->type)) return false;
        break;
      case Tag(6, kBytes):
        if (!ReadField(&in, end, &record->content_type)) return false;
        break;
      case Tag(7, kFixed64):
        if (end - in < 8) return false;
        std::memcpy(&record->recorded_at_micros, in, 8);
        in += 8;
        break;
      case Tag(8, kBytes):
        if (!ReadField(&in, end, &tag)) return false;
        ++record->tag_count;
        break;
      case Tag(9, kBytes):
        if (!ReadField(&in, end, &record->payload)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

size_t NewEventBytes(const StreamEvent& event) {
  size_t bytes = FieldBytes(event.stream) + FieldBytes(event.event.type) +
                 FieldBytes(event.event.payload) +
                 FieldBytes(event.event.content_type);
  for (const std::string& tag : event.event.tags) bytes += FieldBytes(tag);
  return bytes;
}

size_t CloudEventBytes(const StreamEvent& event, uint64_t revision,
                       uint64_t position) {
  // Nothing of the workload needs escaping.
  std::string line =
      R"({"specversion":"1.0","id":"0190163d-8694-739b-aea5-966c26f8ad91",)"
      R"("source":"/daybook","type":")";
  line += event.event.type;
  line += R"(","subject":")";
  line += event.stream;
  line += R"(","time":"2024-06-13T12:00:00.000000Z","datacontenttype":")";
  line += event.event.content_type;
  line += R"(","position":")" + std::to_string(position);
  line += R"(","revision":")" + std::to_string(revision);
  line += '"';
  if (!event.event.tags.empty()) {
    line += R"(,"tags":")";
    for (const std::string& tag : event.event.tags) line += tag + ',';
    line.back() = '"';
  }
  line += R"(,"data":)" + event.event.payload + "}\n";
  return line.size();
}

}  // namespace daybook::bench
