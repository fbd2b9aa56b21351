#include "tools/message_columns.h"

#include <set>

#include "tools/json_text.h"
#include "tools/message_json.h"
#include "tools/text.h"

namespace daybook::tools {

namespace pb = google::protobuf;

MessageColumns::MessageColumns(
    const std::vector<const pb::Descriptor*>& parts) {
  std::set<std::string> taken;
  for (size_t part = 0; part < parts.size(); ++part) {
    for (int i = 0; i < parts[part]->field_count(); ++i) {
      const pb::FieldDescriptor* field = parts[part]->field(i);
      std::string name = field->json_name();
      while (taken.contains(name)) name.insert(0, "row_");
      taken.insert(name);
      columns_.push_back({std::move(name), part, field});
    }
  }
}

bool MessageColumns::IsSet(const Column& column, const Parts& parts) {
  const pb::Message& message = *parts[column.part];
  return !column.field->has_presence() ||
         message.GetReflection()->HasField(message, column.field);
}

void MessageColumns::AppendJson(const Parts& parts, std::string* out) const {
  *out += '{';
  bool first = true;
  for (const Column& column : columns_) {
    if (!IsSet(column, parts)) continue;
    if (!first) *out += ',';
    first = false;
    AppendJsonString(column.name, out);
    *out += ':';
    AppendFieldJson(*parts[column.part], *column.field, out);
  }
  *out += '}';
}

std::string MessageColumns::Text(const Column& column, const Parts& parts) {
  if (!IsSet(column, parts)) return "";
  const pb::Message& message = *parts[column.part];
  const pb::FieldDescriptor& field = *column.field;
  if (field.type() == pb::FieldDescriptor::TYPE_STRING &&
      !field.is_repeated()) {
    return message.GetReflection()->GetString(message, &field);
  }
  std::string json;
  AppendFieldJson(message, field, &json);
  // Bytes, names of enums and times are texts too.
  return json.starts_with('"') ? UnquotedJson(json) : json;
}

}  // namespace daybook::tools
