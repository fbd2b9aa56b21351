// PartFile is a file that appears whole or not at all: under its name with
// ".part" until Commit(). One process writes it at a time: it is locked, which
// a file that a killed process left is not.

#ifndef DAYBOOK_TOOLS_PART_FILE_H_
#define DAYBOOK_TOOLS_PART_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/output.h"

namespace daybook::tools {

// Not thread-safe.
class PartFile {
 public:
  // Errors: kInvalidArgument when it can't be made, or there is something of
  // that name which is no file, or another one writes it; for "-" too.
  static absl::StatusOr<std::unique_ptr<PartFile>> Create(
      const std::string& path);
  // One without a name, which Commit() copies to `out`: for what can't be
  // written from its beginning to its end. `out` must outlive it. Errors:
  // kResourceExhausted when there is no room for one.
  static absl::StatusOr<std::unique_ptr<PartFile>> CreateFor(Output& out);
  // Removes what was not committed.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  // Where to write. Open as long as this lives.
  int descriptor() const { return descriptor_; }
  // What it is called until Commit(), in messages.
  const std::string& part() const { return part_; }

  // Makes what was written durable, and gives the file its name, durably, in
  // place of one that was there. Errors: kResourceExhausted; the file of that
  // name may be the old one or the new one then, and is the old one where what
  // was written is not in its place any more. Of one without a name: when `out`
  // takes no more.
  absl::Status Commit();

 private:
  PartFile(const std::string& path, int descriptor)
      : path_(path), part_(PartOf(path)), descriptor_(descriptor) {}
  PartFile(Output* out, int descriptor)
      : out_(out), part_("a temporary file"), descriptor_(descriptor) {}
  static std::string PartOf(const std::string& path) { return path + ".part"; }

  absl::Status CopyOut();

  // Null: it has a name.
  Output* const out_ = nullptr;
  const std::string path_;
  const std::string part_;
  int descriptor_;
  bool committed_ = false;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PART_FILE_H_
