#include "daybook/projections/event_type.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "daybook/v1/options.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "store/protobuf.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

absl::Status Wrong(const std::string& where, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", ToAbsl(what)));
}

absl::Status CheckTagField(const Field& field, const std::string& prefix) {
  if (prefix.empty() || prefix.size() >= kTagBytesMax || !IsUtf8(prefix) ||
      prefix.find('\0') != std::string::npos) {
    return Wrong(
        field.full_name(),
        absl::StrCat("(daybook.v1.tag) ", Quoted(prefix), " is not 1 to ",
                     kTagBytesMax - 1, " bytes of UTF-8 without NUL"));
  }
  const bool is_writable = field.type() != Field::TYPE_BYTES &&
                           field.cpp_type() != Field::CPPTYPE_MESSAGE &&
                           field.cpp_type() != Field::CPPTYPE_DOUBLE &&
                           field.cpp_type() != Field::CPPTYPE_FLOAT;
  if (is_writable) return absl::OkStatus();
  return Wrong(field.full_name(),
               absl::StrCat("(daybook.v1.tag) on a ",
                            field.is_map() ? "map" : field.type_name(),
                            ": only integers, bools, enums and strings can be "
                            "tags"));
}

// How a value is written in a tag. `index` is that of a repeated field's
// element, -1 for a single one.
std::string ValueText(const pb::Message& message, const Field& field,
                      int index) {
  const pb::Reflection& in = *message.GetReflection();
  const auto get = [&](auto single, auto repeated) {
    return index < 0 ? (in.*single)(message, &field)
                     : (in.*repeated)(message, &field, index);
  };
  using R = pb::Reflection;
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      return absl::StrCat(get(&R::GetInt32, &R::GetRepeatedInt32));
    case Field::CPPTYPE_INT64:
      return absl::StrCat(get(&R::GetInt64, &R::GetRepeatedInt64));
    case Field::CPPTYPE_UINT32:
      return absl::StrCat(get(&R::GetUInt32, &R::GetRepeatedUInt32));
    case Field::CPPTYPE_UINT64:
      return absl::StrCat(get(&R::GetUInt64, &R::GetRepeatedUInt64));
    case Field::CPPTYPE_BOOL:
      return get(&R::GetBool, &R::GetRepeatedBool) ? "true" : "false";
    case Field::CPPTYPE_ENUM: {
      const int number = get(&R::GetEnumValue, &R::GetRepeatedEnumValue);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      return value != nullptr ? value->name() : absl::StrCat(number);
    }
    case Field::CPPTYPE_STRING:
      return get(&R::GetString, &R::GetRepeatedString);
    default:
      return "";  // Of() refused it.
  }
}

void AddTag(std::string tag, std::vector<std::string>* tags) {
  if (std::find(tags->begin(), tags->end(), tag) == tags->end()) {
    tags->push_back(std::move(tag));
  }
}

}  // namespace

absl::StatusOr<EventType> EventType::Of(const pb::Descriptor& message) {
  const pb::MessageOptions options = WithKnownExtensions(message.options());
  const v1::EventOptions& event = options.GetExtension(v1::event);
  if (!event.has_name()) {
    return Wrong(message.full_name(), "has no option (daybook.v1.event).name");
  }
  if (event.name().starts_with('$')) {
    return Wrong(message.full_name(),
                 absl::StrCat("(daybook.v1.event).name ", Quoted(event.name()),
                              " belongs to the store"));
  }
  absl::StatusOr<Schema> schema = MakeSchema(event.name(), message);
  if (!schema.ok()) {
    return Wrong(message.full_name(), absl::StrCat("(daybook.v1.event).name: ",
                                                   schema.status().message()));
  }
  EventType type;
  type.schema_ = *std::move(schema);
  for (const std::string& tag : event.tags()) {
    AddTag(tag, &type.constant_tags_);
  }
  for (int i = 0; i < message.field_count(); ++i) {
    const Field& field = *message.field(i);
    const pb::FieldOptions on_field = WithKnownExtensions(field.options());
    if (on_field.HasExtension(v1::tag)) {
      const std::string& prefix = on_field.GetExtension(v1::tag);
      DAYBOOK_RETURN_IF_ERROR(CheckTagField(field, prefix));
      type.tag_fields_.push_back({&field, absl::StrCat(prefix, ":")});
    }
    if (on_field.HasExtension(v1::subject)) {
      const std::string& subject = on_field.GetExtension(v1::subject);
      if (message.FindFieldByName(subject) == nullptr) {
        return Wrong(field.full_name(),
                     absl::StrCat("(daybook.v1.subject) ", Quoted(subject),
                                  " is no field of the message"));
      }
    }
  }
  return type;
}

std::vector<std::string> EventType::TagsOf(const pb::Message& message) const {
  std::vector<std::string> tags = constant_tags_;
  const pb::Reflection& in = *message.GetReflection();
  for (const auto& [field, prefix] : tag_fields_) {
    const auto add = [&, &field = *field, &prefix = prefix](int index) {
      const std::string value = ValueText(message, field, index);
      if (!value.empty()) AddTag(absl::StrCat(prefix, value), &tags);
    };
    if (field->is_repeated()) {
      const int count = in.FieldSize(message, field);
      for (int i = 0; i < count; ++i) add(i);
    } else if (!field->has_presence() || in.HasField(message, field)) {
      add(-1);
    }
  }
  return tags;
}

bool EventType::MakesTag(std::string_view tag) const {
  return std::find(constant_tags_.begin(), constant_tags_.end(), tag) !=
             constant_tags_.end() ||
         std::any_of(tag_fields_.begin(), tag_fields_.end(),
                     [tag](const TagField& field) {
                       return tag.starts_with(field.prefix);
                     });
}

absl::StatusOr<NewEvent> EventType::MakeEvent(
    const pb::Message& message) const {
  if (!message.IsInitialized()) {
    return Wrong(message.GetTypeName(),
                 absl::StrCat("lacks ", message.InitializationErrorString()));
  }
  NewEvent event;
  event.type = name();
  // A retry must give the same bytes.
  event.payload = DeterministicBytes(message);
  event.content_type = kProtobufContentType;
  event.tags = TagsOf(message);
  event.schema = schema_.hash;
  return event;
}

}  // namespace daybook
