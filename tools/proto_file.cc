#include "tools/proto_file.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "daybook/v1/options.pb.h"
#include "google/protobuf/compiler/importer.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/wrappers.pb.h"
#include "store/protobuf.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

namespace pb = google::protobuf;

// Keeps the first error, as compilers write them: "cart.proto:3:7: …".
class FirstError final : public pb::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column,
                const std::string& message) override {
    if (!text_.empty()) return;
    text_ = line < 0
                ? Concat(file, ": ", message)
                : Concat(file, ":", line + 1, ":", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool IsEvent(const pb::Descriptor& message) {
  return WithKnownExtensions(message.options()).HasExtension(v1::event);
}

void AddEvents(const pb::Descriptor& message,
               std::vector<const pb::Descriptor*>* events) {
  if (IsEvent(message)) events->push_back(&message);
  for (int i = 0; i < message.nested_type_count(); ++i) {
    AddEvents(*message.nested_type(i), events);
  }
}

// What a .proto may import and is not always installed: linked in, so that the
// generated pool has it.
void LinkWellKnown() {
  pb::Timestamp::descriptor();
  pb::Duration::descriptor();
  pb::Struct::descriptor();
  pb::StringValue::descriptor();
  v1::EventOptions::descriptor();
}

}  // namespace

struct ProtoFile::Compiler {
  pb::DescriptorPoolDatabase built_in{*pb::DescriptorPool::generated_pool()};
  pb::compiler::DiskSourceTree tree;
  FirstError error;
  pb::compiler::SourceTreeDescriptorDatabase database{&tree, &built_in};
  pb::DescriptorPool pool{&database, database.GetValidationErrorCollector()};
};

ProtoFile::ProtoFile(std::string path)
    : path_(std::move(path)), compiler_(std::make_unique<Compiler>()) {}

ProtoFile::~ProtoFile() = default;

absl::StatusOr<std::unique_ptr<ProtoFile>> ProtoFile::Compile(
    const std::string& path, const std::vector<std::string>& folders) {
  LinkWellKnown();
  std::error_code ignored;
  if (access(path.c_str(), R_OK) != 0) return CantRead(path, errno);
  if (std::filesystem::is_directory(path, ignored)) {
    return CantRead(path, EISDIR);
  }
  std::unique_ptr<ProtoFile> file(new ProtoFile(path));
  Compiler& compiler = *file->compiler_;
  compiler.database.RecordErrorsTo(&compiler.error);
  for (const std::string& folder : folders) compiler.tree.MapPath("", folder);
  std::string name = std::filesystem::path(path).filename();
  if (folders.empty()) {
    const std::string folder = std::filesystem::path(path).parent_path();
    compiler.tree.MapPath("", folder.empty() ? "." : folder);
  } else {
    std::string shadow;
    if (compiler.tree.DiskFileToVirtualFile(path, &name, &shadow) !=
        pb::compiler::DiskSourceTree::SUCCESS) {
      return absl::InvalidArgumentError(
          Concat(Quoted(path),
                 " is in none of the folders of --proto-path, or "
                 "another file there has its name"));
    }
  }
  file->file_ = compiler.pool.FindFileByName(name);
  if (file->file_ == nullptr) return InputError(compiler.error.text());
  return file;
}

absl::StatusOr<std::vector<EventType>> ProtoFile::Events() const {
  std::vector<const pb::Descriptor*> messages;
  for (int i = 0; i < file_->message_type_count(); ++i) {
    AddEvents(*file_->message_type(i), &messages);
  }
  if (messages.empty()) {
    return InputError(Concat("no message in ", Quoted(path_),
                             " has the option (daybook.v1.event).name"));
  }
  std::vector<EventType> events;
  for (const pb::Descriptor* message : messages) {
    absl::StatusOr<EventType> event = EventType::Of(*message);
    if (!event.ok()) return InputError(std::string(event.status().message()));
    for (const EventType& other : events) {
      if (other.name() != event->name()) continue;
      return InputError(
          Concat("two messages are the event ", Quoted(event->name()), ": ",
                 other.schema().message, " and ", event->schema().message));
    }
    events.push_back(*std::move(event));
  }
  return events;
}

}  // namespace daybook::tools
