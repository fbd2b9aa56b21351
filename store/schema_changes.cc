#include "daybook/store/schema_changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

std::string TypeText(const Field& field) {
  if (field.is_map()) {
    const pb::Descriptor& entry = *field.message_type();
    return absl::StrCat("map<", TypeText(*entry.map_key()), ", ",
                        TypeText(*entry.map_value()), ">");
  }
  if (field.message_type() != nullptr) {
    return field.message_type()->full_name();
  }
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

void AddOption(std::string_view name, std::string_view value,
               std::string* options) {
  absl::StrAppend(options, options->empty() ? "" : ", ", ToAbsl(name), " = ",
                  ToAbsl(value));
}

// "repeated string sku = 2", with what else a reader must know.
std::string Text(const Field& field) {
  std::string label;
  if (field.is_required()) label = "required ";
  if (field.is_repeated() && !field.is_map()) label = "repeated ";
  std::string options;
  if (field.has_json_name()) {
    AddOption("json_name", Quoted(field.json_name()), &options);
  }
  if (field.has_default_value()) {
    pb::FieldDescriptorProto proto;
    field.CopyTo(&proto);
    const bool is_text = field.cpp_type() == Field::CPPTYPE_STRING;
    AddOption("default",
              is_text ? Quoted(proto.default_value()) : proto.default_value(),
              &options);
  }
  const pb::FieldOptions& on_field = field.options();
  if (on_field.HasExtension(v1::tag)) {
    AddOption("(daybook.v1.tag)", Quoted(on_field.GetExtension(v1::tag)),
              &options);
  }
  if (on_field.HasExtension(v1::subject)) {
    AddOption("(daybook.v1.subject)",
              Quoted(on_field.GetExtension(v1::subject)), &options);
  }
  return absl::StrCat(label, TypeText(field), " ", field.name(), " = ",
                      field.number(),
                      options.empty() ? "" : absl::StrCat(" [", options, "]"));
}

// "message shop.v1.ItemAdded", with its constant tags.
std::string Text(const pb::Descriptor& message) {
  std::string text = absl::StrCat("message ", message.full_name());
  for (const std::string& tag :
       message.options().GetExtension(v1::event).tags()) {
    absl::StrAppend(&text, " ", Quoted(tag));
  }
  return text;
}

std::string Text(const pb::EnumValueDescriptor& value) {
  return absl::StrCat(value.name(), " = ", value.number());
}

// Where every stored value is read as the same number.
bool Widens(Field::Type from, Field::Type to) {
  switch (from) {
    case Field::TYPE_INT32:
      return to == Field::TYPE_INT64;
    case Field::TYPE_UINT32:
      return to == Field::TYPE_UINT64 || to == Field::TYPE_INT64;
    case Field::TYPE_SINT32:
      return to == Field::TYPE_SINT64;
    default:
      return false;
  }
}

bool IsClosed(const pb::EnumDescriptor& values) {
  return values.file()->syntax() == pb::FileDescriptor::SYNTAX_PROTO2;
}

// The default of a field without a value, as text. Messages have none.
std::string DefaultText(const Field& field) {
  if (field.is_repeated() || field.message_type() != nullptr) return "";
  if (field.cpp_type() == Field::CPPTYPE_ENUM) {
    return absl::StrCat(field.default_value_enum()->number());
  }
  pb::FieldDescriptorProto proto;
  field.CopyTo(&proto);
  // What protobuf does not write, unless somebody did.
  const std::string& text = proto.default_value();
  if (text == "0" || text == "-0" || text == "false") return "";
  return text;
}

class Comparison {
 public:
  Comparison(const pb::Descriptor& stored_root, const pb::Descriptor& next_root)
      : stored_root_(stored_root), next_root_(next_root) {
    Messages(stored_root, next_root);
  }
  std::vector<SchemaChange> Take() { return std::move(changes_); }

 private:
  void Messages(const pb::Descriptor& stored, const pb::Descriptor& next) {
    if (!messages_.insert({&stored, &next}).second) return;
    if (Text(stored) != Text(next)) {
      Add(stored.full_name(), Text(stored), Text(next), "");
    }
    std::set<int> numbers;
    for (int i = 0; i < stored.field_count(); ++i) {
      numbers.insert(stored.field(i)->number());
    }
    for (int i = 0; i < next.field_count(); ++i) {
      numbers.insert(next.field(i)->number());
    }
    for (const int number : numbers) {
      const Field* before = stored.FindFieldByNumber(number);
      const Field* after = next.FindFieldByNumber(number);
      if (after == nullptr) {
        Removed(*before, next);
      } else if (before == nullptr) {
        Added(*after, stored);
      } else {
        Fields(*before, *after);
      }
    }
    Oneofs(stored, next);
  }

  void Removed(const Field& before, const pb::Descriptor& next) {
    const Field* moved = FindByJsonName(next, before.json_name());
    if (moved != nullptr && before.containing_type()->FindFieldByNumber(
                                moved->number()) == nullptr) {
      Add(before.full_name(), Text(before), Text(*moved),
          "it has another number: stored events would be read without it");
      moved_.insert(moved);
      return;
    }
    Add(before.full_name(), Text(before), "", "");
  }

  void Added(const Field& after, const pb::Descriptor& stored) {
    if (moved_.contains(&after)) return;
    const Field* before = FindByJsonName(stored, after.json_name());
    if (before != nullptr && after.containing_type()->FindFieldByNumber(
                                 before->number()) == nullptr) {
      moved_.insert(&after);
      return;  // said, or about to be, where it was removed
    }
    Add(after.full_name(), "", Text(after),
        after.is_required() ? "it is required: stored events don't have it"
                            : "");
  }

  void Fields(const Field& before, const Field& after) {
    std::string broken = WhyFieldBreaks(before, after);
    if (!broken.empty() || Text(before) != Text(after)) {
      Add(before.full_name(), Text(before), Text(after), broken);
    }
    if (!broken.empty()) return;
    const bool is_message = before.message_type() != nullptr;
    if (before.is_map()) {
      Fields(*before.message_type()->map_value(),
             *after.message_type()->map_value());
    } else if (is_message) {
      Messages(*before.message_type(), *after.message_type());
    } else if (before.enum_type() != nullptr) {
      Enums(*before.enum_type(), *after.enum_type());
    }
  }

  std::string WhyFieldBreaks(const Field& before, const Field& after) const {
    if (before.json_name() != after.json_name()) {
      return absl::StrCat(
          "the number had another name, so perhaps another meaning: give a new "
          "field a new number, or say [json_name = ",
          Quoted(before.json_name()), "] if it is the same");
    }
    if (before.is_map() != after.is_map() ||
        before.is_repeated() != after.is_repeated()) {
      return "one value and many are not read alike";
    }
    if (after.is_required() && !before.is_required()) {
      return "it is required now: stored events may not have it";
    }
    if (before.type() != after.type() && !Widens(before.type(), after.type())) {
      return "it has another type";
    }
    if (before.is_map()) {
      const pb::Descriptor& from = *before.message_type();
      const pb::Descriptor& to = *after.message_type();
      return from.map_key()->type() == to.map_key()->type() &&
                     WhyFieldBreaks(*from.map_value(), *to.map_value()).empty()
                 ? ""
                 : "the map has another type";
    }
    if (before.message_type() != nullptr &&
        !SameMessage(*before.message_type(), *after.message_type())) {
      return "it is another message";
    }
    if (before.enum_type() != nullptr &&
        before.enum_type()->full_name() != after.enum_type()->full_name()) {
      return "it is another enum";
    }
    if (DefaultText(before) != DefaultText(after)) {
      return "it has another default: events stored without it would be read "
             "differently";
    }
    return "";
  }

  // The event's own message may be renamed, also where it holds itself.
  bool SameMessage(const pb::Descriptor& stored,
                   const pb::Descriptor& next) const {
    return stored.full_name() == next.full_name() ||
           (&stored == &stored_root_ && &next == &next_root_);
  }

  void Enums(const pb::EnumDescriptor& stored, const pb::EnumDescriptor& next) {
    if (!enums_.insert({&stored, &next}).second) return;
    if (IsClosed(next) && !IsClosed(stored)) {
      Add(stored.full_name(), "an enum of proto3", "an enum of proto2",
          "numbers without a name would be lost");
    }
    for (int i = 0; i < stored.value_count(); ++i) {
      const pb::EnumValueDescriptor& before = *stored.value(i);
      const pb::EnumValueDescriptor* same_name =
          next.FindValueByName(before.name());
      if (same_name != nullptr && same_name->number() == before.number()) {
        continue;
      }
      const pb::EnumValueDescriptor* same_number =
          next.FindValueByNumber(before.number());
      const std::string where =
          absl::StrCat(stored.full_name(), ".", before.name());
      if (same_name != nullptr) {
        Add(where, Text(before), Text(*same_name),
            "the name has another number");
      } else if (same_number == nullptr) {
        Add(where, Text(before), "",
            IsClosed(next) ? "the number would be lost: its enum is of proto2"
                           : "");
      } else if (stored.FindValueByName(same_number->name()) == nullptr) {
        Add(where, Text(before), Text(*same_number),
            "the number has another name, so perhaps another meaning");
      } else {
        Add(where, Text(before), "", "");  // an alias less
      }
    }
    for (int i = 0; i < next.value_count(); ++i) {
      const pb::EnumValueDescriptor& after = *next.value(i);
      if (stored.FindValueByName(after.name()) == nullptr &&
          stored.FindValueByNumber(after.number()) == nullptr) {
        Add(absl::StrCat(next.full_name(), ".", after.name()), "", Text(after),
            "");
      }
    }
  }

  // Of the fields of a oneof only one is read: stored events may have several
  // of those that were not in one before.
  void Oneofs(const pb::Descriptor& stored, const pb::Descriptor& next) {
    for (int i = 0; i < next.real_oneof_decl_count(); ++i) {
      const pb::OneofDescriptor& oneof = *next.oneof_decl(i);
      const Field* first = nullptr;
      for (int j = 0; j < oneof.field_count(); ++j) {
        const Field* before =
            stored.FindFieldByNumber(oneof.field(j)->number());
        if (before == nullptr) continue;
        if (first == nullptr) {
          first = before;
        } else if (before->real_containing_oneof() == nullptr ||
                   before->real_containing_oneof() !=
                       first->real_containing_oneof()) {
          Add(before->full_name(), Text(*before),
              absl::StrCat(Text(*oneof.field(j)), " in oneof ", oneof.name()),
              absl::StrCat("stored events may have ", first->name(),
                           " too, and only one of them would be read"));
        }
      }
    }
  }

  static const Field* FindByJsonName(const pb::Descriptor& message,
                                     const std::string& json_name) {
    for (int i = 0; i < message.field_count(); ++i) {
      if (message.field(i)->json_name() == json_name) return message.field(i);
    }
    return nullptr;
  }

  void Add(std::string where, std::string before, std::string after,
           std::string broken) {
    changes_.push_back({std::move(where), std::move(before), std::move(after),
                        std::move(broken)});
  }

  const pb::Descriptor& stored_root_;
  const pb::Descriptor& next_root_;
  std::set<std::pair<const pb::Descriptor*, const pb::Descriptor*>> messages_;
  std::set<std::pair<const pb::EnumDescriptor*, const pb::EnumDescriptor*>>
      enums_;
  // Fields that are already told of under their old number.
  std::set<const Field*> moved_;
  std::vector<SchemaChange> changes_;
};

}  // namespace

absl::StatusOr<std::vector<SchemaChange>> CompareSchemas(const Schema& stored,
                                                         const Schema& next) {
  DAYBOOK_ASSIGN_OR_RETURN(const ParsedSchema before, ParseSchema(stored));
  DAYBOOK_ASSIGN_OR_RETURN(const ParsedSchema after, ParseSchema(next));
  return Comparison(*before.message, *after.message).Take();
}

absl::Status CheckCompatible(const RegisteredSchema& stored,
                             const Schema& next) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SchemaChange> changes,
                           CompareSchemas(stored.schema, next));
  const auto broken =
      std::find_if(changes.begin(), changes.end(),
                   [](const SchemaChange& change) { return change.breaks(); });
  if (broken == changes.end()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "schema of ", Quoted(next.type), ": ", broken->where, " is `",
      broken->before, "` in version ", stored.schema.hash.ToString(),
      " (position ", stored.position.value(), ") and would be `", broken->after,
      "`: ", broken->broken));
}

}  // namespace daybook
