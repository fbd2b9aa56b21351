#include "store/metadata_codec.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "daybook/v1/metadata.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "store/coding.h"

namespace daybook {
namespace {

using ::google::protobuf::internal::WireFormatLite;
using Message = v1::EventMetadata;

// Written by hand because appends pay for it, and a message for each event
// would cost more than the rest of the encoding. All fields are strings with
// numbers below 16: a byte of tag, a length, the bytes.

constexpr char TagOf(int field_number) {
  return static_cast<char>(WireFormatLite::MakeTag(
      field_number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
}

size_t FieldSize(std::string_view value) {
  return 1 + VarintSize(value.size()) + value.size();
}

void PutField(int field_number, std::string_view value, std::string* out) {
  out->push_back(TagOf(field_number));
  PutString(out, value);
}

// As any proto3 field, it is left out when empty.
size_t OptionalFieldSize(std::string_view value) {
  return value.empty() ? 0 : FieldSize(value);
}

void PutOptionalField(int field_number, std::string_view value,
                      std::string* out) {
  if (!value.empty()) PutField(field_number, value, out);
}

// A map is a repeated message {key = 1, value = 2}, each always written.
constexpr int kMapKey = 1;
constexpr int kMapValue = 2;

size_t EntrySize(std::string_view key, std::string_view value) {
  return FieldSize(key) + FieldSize(value);
}

}  // namespace

size_t EncodedMetadataSize(const Metadata& metadata) {
  size_t size = OptionalFieldSize(metadata.correlation_id) +
                OptionalFieldSize(metadata.causation_id) +
                OptionalFieldSize(metadata.traceparent) +
                OptionalFieldSize(metadata.tracestate) +
                OptionalFieldSize(metadata.actor);
  for (const auto& [key, value] : metadata.fields) {
    const size_t entry_size = EntrySize(key, value);
    size += 1 + VarintSize(entry_size) + entry_size;
  }
  return size;
}

void AppendEncodedMetadata(const Metadata& metadata, std::string* out) {
  PutOptionalField(Message::kCorrelationIdFieldNumber, metadata.correlation_id,
                   out);
  PutOptionalField(Message::kCausationIdFieldNumber, metadata.causation_id,
                   out);
  PutOptionalField(Message::kTraceparentFieldNumber, metadata.traceparent, out);
  PutOptionalField(Message::kTracestateFieldNumber, metadata.tracestate, out);
  PutOptionalField(Message::kActorFieldNumber, metadata.actor, out);
  for (const auto& [key, value] : metadata.fields) {
    out->push_back(TagOf(Message::kFieldsFieldNumber));
    PutVarint(out, EntrySize(key, value));
    PutField(kMapKey, key, out);
    PutField(kMapValue, value, out);
  }
}

std::string EncodeMetadata(const Metadata& metadata) {
  std::string encoded;
  encoded.reserve(EncodedMetadataSize(metadata));
  AppendEncodedMetadata(metadata, &encoded);
  return encoded;
}

std::optional<Metadata> DecodeMetadata(std::string_view encoded) {
  if (encoded.empty()) return Metadata();
  if (encoded.size() > std::numeric_limits<int>::max()) return std::nullopt;
  Message message;
  if (!message.ParseFromArray(encoded.data(),
                              static_cast<int>(encoded.size()))) {
    return std::nullopt;
  }
  Metadata metadata;
  metadata.correlation_id = std::move(*message.mutable_correlation_id());
  metadata.causation_id = std::move(*message.mutable_causation_id());
  metadata.traceparent = std::move(*message.mutable_traceparent());
  metadata.tracestate = std::move(*message.mutable_tracestate());
  metadata.actor = std::move(*message.mutable_actor());
  for (auto& [key, value] : *message.mutable_fields()) {
    metadata.fields.emplace(key, std::move(value));
  }
  return metadata;
}

std::string_view CorrelationIdOf(std::string_view encoded) {
  std::string_view found;
  google::protobuf::io::CodedInputStream in(
      reinterpret_cast<const uint8_t*>(encoded.data()),
      static_cast<int>(encoded.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (tag !=
        static_cast<uint8_t>(TagOf(Message::kCorrelationIdFieldNumber))) {
      if (!WireFormatLite::SkipField(&in, tag)) return {};
      continue;
    }
    uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return {};
    const auto start = static_cast<size_t>(in.CurrentPosition());
    if (size > encoded.size() - start) return {};
    found = encoded.substr(start, size);
    if (!in.Skip(static_cast<int>(size))) return {};
  }
  return found;
}

}  // namespace daybook
