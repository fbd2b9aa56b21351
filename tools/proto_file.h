// ProtoFile is a .proto compiled by protobuf's own compiler, inside the
// process: no protoc is needed, and nothing is generated.

#ifndef DAYBOOK_TOOLS_PROTO_FILE_H_
#define DAYBOOK_TOOLS_PROTO_FILE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/projections/event_type.h"

namespace daybook::tools {

class ProtoFile {
 public:
  // Compiles `path` with what it imports from `folders`, or from its own folder
  // if there are none. daybook/v1/options.proto and google/protobuf/*.proto are
  // found in any case.
  // Errors: kNotFound if there is no such file; kFailedPrecondition with the
  // line and reason if it does not compile; kInvalidArgument if it is not in
  // one of the folders.
  static absl::StatusOr<std::unique_ptr<ProtoFile>> Compile(
      const std::string& path, const std::vector<std::string>& folders);
  ~ProtoFile();

  // Every message with an event option, in order; not those of imports. Valid
  // as long as this.
  // Errors: kFailedPrecondition if there is none, or an option is wrong.
  absl::StatusOr<std::vector<EventType>> Events() const;

 private:
  struct Compiler;
  explicit ProtoFile(std::string path);

  const std::string path_;
  const std::unique_ptr<Compiler> compiler_;
  const google::protobuf::FileDescriptor* file_ = nullptr;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PROTO_FILE_H_
