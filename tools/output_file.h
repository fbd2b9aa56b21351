// OutputFile writes a file that appears whole or not at all (part_file.h).
// Packed with gzip if its name ends in ".gz". A device or a pipe of that name
// is written to as it comes.

#ifndef DAYBOOK_TOOLS_OUTPUT_FILE_H_
#define DAYBOOK_TOOLS_OUTPUT_FILE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/part_file.h"

namespace daybook::tools {

// Not thread-safe.
class OutputFile {
 public:
  // Errors: kInvalidArgument when it can't be made, and for "-": whoever can
  // write to standard output instead asks IsStandardOutput() before.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(
      const std::string& path);

  // Removes what was not committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // A failure shows in status() and Commit().
  void Write(std::string_view bytes);
  const absl::Status& status() const { return status_; }

  // Writes what is left, makes it durable, and gives the file its name, in
  // place of one that was there.
  absl::Status Commit();

 private:
  class Gzip;

  explicit OutputFile(std::string path);
  // Makes it one that packs, if its name says so.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Packed(
      std::unique_ptr<OutputFile> file);
  void WriteRaw(std::string_view bytes);

  const std::string path_;
  // Null for what is written straight to.
  std::unique_ptr<PartFile> part_;
  int descriptor_ = -1;
  std::unique_ptr<Gzip> gzip_;
  std::string buffer_;
  absl::Status status_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_OUTPUT_FILE_H_
