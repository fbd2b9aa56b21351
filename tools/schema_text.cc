#include "tools/schema_text.h"

#include <algorithm>
#include <set>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

namespace pb = google::protobuf;

char Mark(const SchemaChange& change) {
  if (change.breaks()) return '!';
  if (change.before.empty()) return '+';
  return change.after.empty() ? '-' : '~';
}

void AppendFile(const pb::FileDescriptor& file,
                std::set<const pb::FileDescriptor*>* done, std::string* text) {
  if (!done->insert(&file).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) {
    AppendFile(*file.dependency(i), done, text);
  }
  if (!file.package().empty()) {
    *text += Concat("\npackage ", file.package(), ";\n");
  }
  for (int i = 0; i < file.enum_type_count(); ++i) {
    *text += "\n" + file.enum_type(i)->DebugString();
  }
  for (int i = 0; i < file.message_type_count(); ++i) {
    *text += "\n" + file.message_type(i)->DebugString();
  }
}

}  // namespace

absl::StatusOr<std::vector<RegisteredSchema>> VersionsOf(
    EventStore& store, std::string_view type) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<RegisteredSchema> versions,
                           store.ListSchemas());
  std::erase_if(versions, [type](const RegisteredSchema& version) {
    return version.schema.type != type;
  });
  if (versions.empty()) {
    return absl::NotFoundError(Concat("the store has no schema of ",
                                      Quoted(type), ": see `schema list`"));
  }
  return versions;
}

absl::StatusOr<RegisteredSchema> ChooseVersion(
    const std::vector<RegisteredSchema>& versions, std::string_view hash) {
  if (hash.empty()) return versions.back();
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaHash wanted, SchemaHash::Parse(hash));
  const auto found = std::find_if(
      versions.begin(), versions.end(),
      [wanted](const RegisteredSchema& v) { return v.schema.hash == wanted; });
  if (found != versions.end()) return *found;
  return absl::NotFoundError(Concat("there is no version ", hash, " of ",
                                    Quoted(versions.back().schema.type)));
}

std::string ChangesText(const std::vector<SchemaChange>& changes) {
  size_t width = 0;
  for (const SchemaChange& change : changes) {
    width = std::max(width, change.where.size());
  }
  std::string text;
  for (const SchemaChange& change : changes) {
    std::string what = change.before;
    if (!change.before.empty() && !change.after.empty()) what += " -> ";
    what += change.after;
    text +=
        Concat("  ", std::string(1, Mark(change)), " ", change.where,
               std::string(width - change.where.size() + 2, ' '), what, "\n");
    if (change.breaks()) text += Concat("      ", change.broken, "\n");
  }
  return text;
}

absl::StatusOr<std::string> ProtoText(const Schema& schema) {
  DAYBOOK_ASSIGN_OR_RETURN(const ParsedSchema parsed, ParseSchema(schema));
  std::set<const pb::FileDescriptor*> done;
  std::string text;
  AppendFile(*parsed.message->file(), &done, &text);
  return text;
}

}  // namespace daybook::tools
