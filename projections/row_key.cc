#include "daybook/projections/row_key.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

// Strings end with these two bytes; a zero inside is followed by 0xff, so that
// a string sorts before every longer one that begins with it.
constexpr char kZero = '\0';
constexpr char kEnd = '\x01';
constexpr char kEscaped = '\xff';

template <typename Unsigned>
void AppendBigEndian(Unsigned value, std::string* bytes) {
  char big_endian[sizeof(value)];
  for (size_t i = sizeof(value); i > 0; --i) {
    big_endian[i - 1] = static_cast<char>(value);
    value = static_cast<Unsigned>(value >> 8);
  }
  bytes->append(big_endian, sizeof(value));
}

template <typename Unsigned>
bool TakeBigEndian(std::string_view* bytes, Unsigned* value) {
  if (bytes->size() < sizeof(*value)) return false;
  *value = 0;
  for (size_t i = 0; i < sizeof(*value); ++i) {
    *value = static_cast<Unsigned>(*value << 8) |
             static_cast<unsigned char>((*bytes)[i]);
  }
  bytes->remove_prefix(sizeof(*value));
  return true;
}

// The sign bit the other way round: negative numbers sort first.
constexpr uint32_t kSign32 = uint32_t{1} << 31;
constexpr uint64_t kSign64 = uint64_t{1} << 63;

void AppendText(std::string_view text, std::string* bytes) {
  while (true) {
    const size_t zero = text.find(kZero);
    bytes->append(text.substr(0, zero));
    bytes->push_back(kZero);
    if (zero == std::string_view::npos) break;
    bytes->push_back(kEscaped);
    text.remove_prefix(zero + 1);
  }
  bytes->push_back(kEnd);
}

bool TakeText(std::string_view* bytes, std::string* text) {
  text->clear();
  for (size_t i = 0; i + 1 < bytes->size(); ++i) {
    const char c = (*bytes)[i];
    if (c != kZero) {
      text->push_back(c);
      continue;
    }
    ++i;
    if ((*bytes)[i] == kEnd) {
      bytes->remove_prefix(i + 1);
      return true;
    }
    if ((*bytes)[i] != kEscaped) return false;
    text->push_back(kZero);
  }
  return false;
}

void EncodeField(const pb::Message& key, const Field* field,
                 std::string* bytes) {
  const pb::Reflection& in = *key.GetReflection();
  switch (field->cpp_type()) {
    case Field::CPPTYPE_INT32:
      return AppendBigEndian(
          static_cast<uint32_t>(in.GetInt32(key, field)) ^ kSign32, bytes);
    case Field::CPPTYPE_ENUM:
      return AppendBigEndian(
          static_cast<uint32_t>(in.GetEnumValue(key, field)) ^ kSign32, bytes);
    case Field::CPPTYPE_UINT32:
      return AppendBigEndian(in.GetUInt32(key, field), bytes);
    case Field::CPPTYPE_INT64:
      return AppendBigEndian(
          static_cast<uint64_t>(in.GetInt64(key, field)) ^ kSign64, bytes);
    case Field::CPPTYPE_UINT64:
      return AppendBigEndian(uint64_t{in.GetUInt64(key, field)}, bytes);
    case Field::CPPTYPE_BOOL:
      bytes->push_back(in.GetBool(key, field) ? '\1' : '\0');
      return;
    default: {
      std::string scratch;
      return AppendText(in.GetStringReference(key, field, &scratch), bytes);
    }
  }
}

bool DecodeField(std::string_view* bytes, const Field* field,
                 pb::Message* key) {
  const pb::Reflection& in = *key->GetReflection();
  uint32_t small = 0;
  uint64_t large = 0;
  switch (field->cpp_type()) {
    case Field::CPPTYPE_INT32:
      if (!TakeBigEndian(bytes, &small)) return false;
      in.SetInt32(key, field, static_cast<int32_t>(small ^ kSign32));
      return true;
    case Field::CPPTYPE_ENUM:
      if (!TakeBigEndian(bytes, &small)) return false;
      in.SetEnumValue(key, field, static_cast<int32_t>(small ^ kSign32));
      return true;
    case Field::CPPTYPE_UINT32:
      if (!TakeBigEndian(bytes, &small)) return false;
      in.SetUInt32(key, field, small);
      return true;
    case Field::CPPTYPE_INT64:
      if (!TakeBigEndian(bytes, &large)) return false;
      in.SetInt64(key, field, static_cast<int64_t>(large ^ kSign64));
      return true;
    case Field::CPPTYPE_UINT64:
      if (!TakeBigEndian(bytes, &large)) return false;
      in.SetUInt64(key, field, large);
      return true;
    case Field::CPPTYPE_BOOL:
      if (bytes->empty() || static_cast<unsigned char>(bytes->front()) > 1) {
        return false;
      }
      in.SetBool(key, field, bytes->front() == '\1');
      bytes->remove_prefix(1);
      return true;
    default: {
      std::string text;
      if (!TakeText(bytes, &text)) return false;
      in.SetString(key, field, std::move(text));
      return true;
    }
  }
}

}  // namespace

absl::Status CheckRowKey(const pb::Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    const bool is_plain = !field.is_repeated() &&
                          field.containing_oneof() == nullptr &&
                          !field.has_presence();
    const bool is_ordered = field.cpp_type() != Field::CPPTYPE_MESSAGE &&
                            field.cpp_type() != Field::CPPTYPE_DOUBLE &&
                            field.cpp_type() != Field::CPPTYPE_FLOAT;
    if (is_plain && is_ordered) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        field.full_name(),
        " can't be in a row's key: only single integers, bools, enums, strings "
        "and bytes can, neither optional nor in a oneof"));
  }
  return absl::OkStatus();
}

void EncodeRowKey(const pb::Message& key, std::string* bytes) {
  EncodeRowKeyPrefix(key, key.GetDescriptor()->field_count(), bytes);
}

void EncodeRowKeyPrefix(const pb::Message& key, int field_count,
                        std::string* bytes) {
  const pb::Descriptor& type = *key.GetDescriptor();
  const int count = std::min(field_count, type.field_count());
  for (int i = 0; i < count; ++i) EncodeField(key, type.field(i), bytes);
}

bool DecodeRowKey(std::string_view* bytes, pb::Message* key) {
  key->Clear();
  const pb::Descriptor& type = *key->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (!DecodeField(bytes, type.field(i), key)) return false;
  }
  return true;
}

}  // namespace daybook
