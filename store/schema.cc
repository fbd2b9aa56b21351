#include "daybook/store/schema.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daybook/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "store/checksum.h"
#include "store/protobuf.h"
#include "store/schema_hash.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/validate.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// Stored; never changed. Keeps these hashes apart from those of terms.
constexpr uint64_t kHashSeed = 50700;

// What protobuf calls a field in JSON when the .proto does not say.
std::string DefaultJsonName(std::string_view name) {
  std::string json_name;
  bool raise = false;
  for (const char c : name) {
    if (c == '_') {
      raise = true;
    } else {
      json_name += raise ? absl::ascii_toupper(c) : c;
      raise = false;
    }
  }
  return json_name;
}

void CopyField(const pb::FieldDescriptor& field, pb::FieldDescriptorProto* to) {
  field.CopyTo(to);
  // Some compilers always say it.
  if (to->json_name() == DefaultJsonName(field.name())) to->clear_json_name();
  const pb::FieldOptions options = WithKnownExtensions(field.options());
  to->clear_options();
  if (options.HasExtension(v1::tag)) {
    to->mutable_options()->SetExtension(v1::tag, options.GetExtension(v1::tag));
  }
  if (options.HasExtension(v1::subject)) {
    to->mutable_options()->SetExtension(v1::subject,
                                        options.GetExtension(v1::subject));
  }
}

void CopyEnum(const pb::EnumDescriptor& from, pb::EnumDescriptorProto* to) {
  to->set_name(from.name());
  // In the order given: the first is the default, and the name of its number.
  for (int i = 0; i < from.value_count(); ++i) {
    pb::EnumValueDescriptorProto* value = to->add_value();
    value->set_name(from.value(i)->name());
    value->set_number(from.value(i)->number());
  }
  if (from.options().allow_alias())
    to->mutable_options()->set_allow_alias(true);
}

void CopyMessageOptions(const pb::Descriptor& from, pb::DescriptorProto* to) {
  const pb::MessageOptions options = WithKnownExtensions(from.options());
  if (options.map_entry()) to->mutable_options()->set_map_entry(true);
  if (options.message_set_wire_format()) {
    to->mutable_options()->set_message_set_wire_format(true);
  }
  if (options.HasExtension(v1::event)) {
    *to->mutable_options()->MutableExtension(v1::event) =
        options.GetExtension(v1::event);
  }
}

struct ByName {
  template <typename T>
  bool operator()(const T* a, const T* b) const {
    return a->full_name() < b->full_name();
  }
};

// Cuts the files that a message comes from down to what it refers to, in a
// form that depends on nothing else.
class CanonicalForm {
 public:
  explicit CanonicalForm(const pb::Descriptor& root) {
    Reach(root);
    Emit(*root.file());
  }

  std::string Serialized() const { return DeterministicBytes(set_); }

 private:
  // What is kept of one file.
  struct File {
    std::set<const pb::Descriptor*, ByName> messages;
    std::set<const pb::EnumDescriptor*, ByName> enums;
    // By the least name of what is kept of them, which no two files share.
    std::set<const pb::FileDescriptor*> imports;
    std::string least_name;
  };

  void Reach(const pb::Descriptor& root) {
    std::vector<const pb::Descriptor*> waiting = {&root};
    reached_.insert(&root);
    while (!waiting.empty()) {
      const pb::Descriptor* message = waiting.back();
      waiting.pop_back();
      Keep(message);
      for (int i = 0; i < message->field_count(); ++i) {
        const pb::FieldDescriptor& field = *message->field(i);
        if (const pb::Descriptor* type = field.message_type()) {
          Import(*message->file(), *type->file());
          if (reached_.insert(type).second) waiting.push_back(type);
        } else if (const pb::EnumDescriptor* values = field.enum_type()) {
          Import(*message->file(), *values->file());
          KeepEnum(*values);
        }
      }
    }
  }

  void Import(const pb::FileDescriptor& from, const pb::FileDescriptor& to) {
    if (&from != &to) files_[&from].imports.insert(&to);
  }
  // A message and those that it is nested in, down to the file.
  void Keep(const pb::Descriptor* message) {
    Name(*message->file(), message->full_name());
    for (; message->containing_type() != nullptr;
         message = message->containing_type()) {
      nested_messages_[message->containing_type()].insert(message);
    }
    files_[message->file()].messages.insert(message);
  }
  void KeepEnum(const pb::EnumDescriptor& values) {
    Name(*values.file(), values.full_name());
    if (values.containing_type() == nullptr) {
      files_[values.file()].enums.insert(&values);
    } else {
      nested_enums_[values.containing_type()].insert(&values);
      Keep(values.containing_type());
    }
  }
  void Name(const pb::FileDescriptor& file, const std::string& name) {
    std::string& least = files_[&file].least_name;
    if (least.empty() || name < least) least = name;
  }

  // Imports first; files are called after their place, not after the folder
  // they were compiled in.
  void Emit(const pb::FileDescriptor& file) {
    const File& kept = files_[&file];
    std::vector<const pb::FileDescriptor*> imports(kept.imports.begin(),
                                                   kept.imports.end());
    std::sort(imports.begin(), imports.end(),
              [this](const pb::FileDescriptor* a, const pb::FileDescriptor* b) {
                return files_[a].least_name < files_[b].least_name;
              });
    for (const pb::FileDescriptor* import : imports) {
      if (!names_.contains(import)) Emit(*import);
    }
    pb::FileDescriptorProto heading;
    file.CopyTo(&heading);
    pb::FileDescriptorProto* to = set_.add_file();
    names_[&file] = absl::StrCat(set_.file_size() - 1, ".proto");
    to->set_name(names_[&file]);
    if (heading.has_package()) to->set_package(heading.package());
    if (heading.has_syntax()) to->set_syntax(heading.syntax());
    for (const pb::FileDescriptor* import : imports) {
      to->add_dependency(names_[import]);
    }
    for (const pb::Descriptor* message : kept.messages) {
      Copy(*message, to->add_message_type());
    }
    for (const pb::EnumDescriptor* values : kept.enums) {
      CopyEnum(*values, to->add_enum_type());
    }
  }

  void Copy(const pb::Descriptor& from, pb::DescriptorProto* to) {
    to->set_name(from.name());
    for (const pb::Descriptor* nested : nested_messages_[&from]) {
      Copy(*nested, to->add_nested_type());
    }
    for (const pb::EnumDescriptor* nested : nested_enums_[&from]) {
      CopyEnum(*nested, to->add_enum_type());
    }
    // One that only holds others is an empty shell.
    if (!reached_.contains(&from)) return;
    for (int i = 0; i < from.field_count(); ++i) {
      CopyField(*from.field(i), to->add_field());
    }
    for (int i = 0; i < from.oneof_decl_count(); ++i) {
      to->add_oneof_decl()->set_name(from.oneof_decl(i)->name());
    }
    for (int i = 0; i < from.extension_range_count(); ++i) {
      pb::DescriptorProto::ExtensionRange* range = to->add_extension_range();
      range->set_start(from.extension_range(i)->start);
      range->set_end(from.extension_range(i)->end);
    }
    CopyMessageOptions(from, to);
  }

  std::set<const pb::Descriptor*> reached_;
  std::map<const pb::Descriptor*, std::set<const pb::Descriptor*, ByName>>
      nested_messages_;
  std::map<const pb::Descriptor*, std::set<const pb::EnumDescriptor*, ByName>>
      nested_enums_;
  std::map<const pb::FileDescriptor*, File> files_;
  std::map<const pb::FileDescriptor*, std::string> names_;
  pb::FileDescriptorSet set_;
};

// Keeps protobuf's reasons, which it would else print.
class Reasons final : public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& /*file*/, const std::string& element,
                const pb::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& message) override {
    if (first_.empty()) first_ = absl::StrCat(element, ": ", message);
  }
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

// More than any event refers to. Protobuf follows a message's fields and a
// file's imports by calls within calls, so that a long chain of them ends the
// process: 20,000 messages do, in half a megabyte.
constexpr int kFilesMax = 1000;
constexpr int kMessagesMax = 4000;

int CountMessages(const pb::DescriptorProto& message) {
  int count = 1;
  for (const pb::DescriptorProto& nested : message.nested_type()) {
    count += CountMessages(nested);
  }
  return count;
}

int CountMessages(const pb::FileDescriptorSet& files) {
  int count = 0;
  for (const pb::FileDescriptorProto& file : files.file()) {
    for (const pb::DescriptorProto& message : file.message_type()) {
      count += CountMessages(message);
    }
  }
  return count;
}

absl::Status Unusable(const Schema& schema, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("schema of ", Quoted(schema.type), ": ", ToAbsl(why)));
}

}  // namespace

absl::StatusOr<SchemaHash> SchemaHash::Parse(std::string_view text) {
  constexpr size_t kDigits = 16;
  uint64_t value = 0;
  if (text.size() != kDigits ||
      text.find_first_not_of("0123456789abcdefABCDEF") !=
          std::string_view::npos ||
      !absl::SimpleHexAtoi(ToAbsl(text), &value)) {
    return absl::InvalidArgumentError(
        absl::StrCat("schema hash ", Quoted(text.substr(0, 2 * kDigits)),
                     " is not 16 hexadecimal digits"));
  }
  return SchemaHash(value);
}

std::string SchemaHash::ToString() const {
  return absl::StrCat(absl::Hex(value_, absl::kZeroPad16));
}

SchemaHash HashOf(const Schema& schema) {
  std::string text;
  for (const std::string* part :
       {&schema.type, &schema.message, &schema.descriptors}) {
    absl::StrAppend(&text, part->size(), ":", *part);
  }
  const uint64_t hash = StableHash(text, kHashSeed);
  return SchemaHash(hash == 0 ? 1 : hash);
}

absl::StatusOr<Schema> MakeSchema(std::string_view type,
                                  const pb::Descriptor& message) {
  DAYBOOK_RETURN_IF_ERROR(ValidateEventType(type));
  Schema schema;
  schema.type = type;
  schema.message = message.full_name();
  schema.descriptors = CanonicalForm(message).Serialized();
  schema.hash = HashOf(schema);
  return schema;
}

absl::StatusOr<ParsedSchema> ParseSchema(const Schema& schema) {
  pb::FileDescriptorSet files;
  if (!files.ParsePartialFromString(schema.descriptors) ||
      !files.IsInitialized()) {
    return Unusable(schema, "descriptors are no FileDescriptorSet");
  }
  if (files.file_size() > kFilesMax || CountMessages(files) > kMessagesMax) {
    return Unusable(schema,
                    absl::StrCat("descriptors hold more than ", kFilesMax,
                                 " files or ", kMessagesMax, " messages"));
  }
  auto pool = std::make_shared<pb::DescriptorPool>();
  for (const pb::FileDescriptorProto& file : files.file()) {
    Reasons reasons;
    if (pool->BuildFileCollectingErrors(file, &reasons) == nullptr) {
      return Unusable(schema, reasons.first());
    }
  }
  ParsedSchema parsed;
  parsed.message = pool->FindMessageTypeByName(schema.message);
  if (parsed.message == nullptr) {
    return Unusable(schema, absl::StrCat("descriptors hold no message ",
                                         Quoted(schema.message)));
  }
  parsed.pool = std::move(pool);
  return parsed;
}

}  // namespace daybook
