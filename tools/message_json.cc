#include "tools/message_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "daybook/v1/builtin.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

template <typename Number>
void AppendReal(Number number, std::string* out) {
  if (std::isnan(number)) {
    *out += "\"NaN\"";
  } else if (std::isinf(number)) {
    *out += number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    // The shortest text that reads as the same number.
    std::array<char, 64> digits;  // NOLINT: filled below
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out->append(digits.data(), end.ptr);
  }
}

void AppendText(const std::string& text, std::string* out) {
  AppendJsonString(IsUtf8(text) ? text : Escaped(text), out);
}

void AppendEnum(const Field& field, int number, std::string* out) {
  const pb::EnumValueDescriptor* value =
      field.enum_type()->FindValueByNumber(number);
  if (value == nullptr) {
    absl::StrAppend(out, number);
  } else {
    AppendJsonString(value->name(), out);
  }
}

// The value at `index` of a repeated field, or of a single one if it is -1.
void AppendValue(const pb::Message& message, const Field& field, int index,
                 std::string* out) {
  const pb::Reflection& in = *message.GetReflection();
  const auto get = [&](auto single, auto repeated) {
    return index < 0 ? (in.*single)(message, &field)
                     : (in.*repeated)(message, &field, index);
  };
  using R = pb::Reflection;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      absl::StrAppend(out, get(&R::GetInt32, &R::GetRepeatedInt32));
      return;
    case Field::CPPTYPE_UINT32:
      absl::StrAppend(out, get(&R::GetUInt32, &R::GetRepeatedUInt32));
      return;
    case Field::CPPTYPE_INT64:
      absl::StrAppend(out, get(&R::GetInt64, &R::GetRepeatedInt64));
      return;
    case Field::CPPTYPE_UINT64:
      absl::StrAppend(out, get(&R::GetUInt64, &R::GetRepeatedUInt64));
      return;
    case Field::CPPTYPE_BOOL:
      *out += get(&R::GetBool, &R::GetRepeatedBool) ? "true" : "false";
      return;
    case Field::CPPTYPE_DOUBLE:
      AppendReal(get(&R::GetDouble, &R::GetRepeatedDouble), out);
      return;
    case Field::CPPTYPE_FLOAT:
      AppendReal(get(&R::GetFloat, &R::GetRepeatedFloat), out);
      return;
    case Field::CPPTYPE_ENUM:
      AppendEnum(field, get(&R::GetEnumValue, &R::GetRepeatedEnumValue), out);
      return;
    case Field::CPPTYPE_STRING: {
      const std::string text = get(&R::GetString, &R::GetRepeatedString);
      if (field.type() == Field::TYPE_BYTES) {
        AppendJsonString(absl::Base64Escape(text), out);
      } else {
        AppendText(text, out);
      }
      return;
    }
    case Field::CPPTYPE_MESSAGE:
      AppendMessageJson(index < 0
                            ? in.GetMessage(message, &field)
                            : in.GetRepeatedMessage(message, &field, index),
                        out);
  }
}

void AppendMap(const pb::Message& message, const Field& field,
               std::string* out) {
  const pb::Reflection& in = *message.GetReflection();
  const Field& key_field = *field.message_type()->map_key();
  const Field& value_field = *field.message_type()->map_value();
  std::vector<std::pair<std::string, const pb::Message*>> entries;
  for (int i = 0; i < in.FieldSize(message, &field); ++i) {
    const pb::Message& entry = in.GetRepeatedMessage(message, &field, i);
    std::string key;
    AppendValue(entry, key_field, -1, &key);
    if (!key.starts_with('"')) key = Concat("\"", key, "\"");
    entries.emplace_back(std::move(key), &entry);
  }
  std::ranges::sort(entries);
  *out += '{';
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) *out += ',';
    *out += entries[i].first;
    *out += ':';
    AppendValue(*entries[i].second, value_field, -1, out);
  }
  *out += '}';
}

// Those that have a JSON of their own: times, wrappers.
bool IsWellKnown(const pb::Descriptor& type) {
  if (&type == v1::JsonText::descriptor()) return true;
  return type.file()->package() == "google.protobuf" &&
         !type.file()->name().ends_with("descriptor.proto");
}

bool AppendWellKnown(const pb::Message& message, std::string* out) {
  if (message.GetDescriptor() == v1::JsonText::descriptor()) {
    const auto& text = static_cast<const v1::JsonText&>(message);
    if (!IsJson(text.json())) return false;
    AppendCompactJson(text.json(), out);
    return true;
  }
  std::string json;
  if (!pb::util::MessageToJsonString(message, &json).ok()) return false;
  if (!IsJson(json)) return false;
  AppendCompactJson(json, out);
  return true;
}

}  // namespace

void AppendFieldJson(const pb::Message& message, const Field& field,
                     std::string* out) {
  if (field.is_map()) return AppendMap(message, field, out);
  if (!field.is_repeated()) return AppendValue(message, field, -1, out);
  const int size = message.GetReflection()->FieldSize(message, &field);
  *out += '[';
  for (int i = 0; i < size; ++i) {
    if (i > 0) *out += ',';
    AppendValue(message, field, i, out);
  }
  *out += ']';
}

void AppendMessageJson(const pb::Message& message, std::string* out) {
  const pb::Descriptor& type = *message.GetDescriptor();
  if (IsWellKnown(type) && AppendWellKnown(message, out)) return;
  *out += '{';
  bool first = true;
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    if (field.has_presence() &&
        !message.GetReflection()->HasField(message, &field)) {
      continue;
    }
    if (!first) *out += ',';
    first = false;
    AppendJsonString(field.json_name(), out);
    *out += ':';
    AppendFieldJson(message, field, out);
  }
  *out += '}';
}

}  // namespace daybook::tools
