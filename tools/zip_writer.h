// ZipWriter writes a zip file (zip_record.h) that appears whole or not at all.
// What goes into it is made piece by piece while it is written, so that memory
// does not grow with it. Same contents, same bytes: nothing in the file says
// when it was made, or by whom.
//
//   auto zip = ZipWriter::Create("evidence.zip");
//   zip->Add("README.txt", [](std::string* piece) { ... });
//   return zip->Commit();

#ifndef DAYBOOK_TOOLS_ZIP_WRITER_H_
#define DAYBOOK_TOOLS_ZIP_WRITER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/part_file.h"
#include "tools/zip_record.h"

namespace daybook::tools {

// Not thread-safe.
class ZipWriter {
 public:
  // Puts the next piece of a file into `*piece`; false after the last one.
  using Content = std::function<absl::StatusOr<bool>(std::string* piece)>;
  // All of it at once.
  static Content Whole(std::string text);

  // Errors: kInvalidArgument when it can't be made.
  static absl::StatusOr<std::unique_ptr<ZipWriter>> Create(
      const std::string& path);
  // Writes it to `out`, which must outlive it, when it is committed. Errors:
  // kResourceExhausted without room for a temporary file.
  static absl::StatusOr<std::unique_ptr<ZipWriter>> CreateFor(Output& out);
  // What was not committed goes with it.
  ~ZipWriter() = default;
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  // Writes a file within, after those that were added before. After an error
  // the zip file must not be committed. Errors: of `content`;
  // kResourceExhausted when it can't be written, or becomes larger than such a
  // zip file can be: 65,534 files, 4 GiB.
  absl::Status Add(const std::string& name, const Content& content);

  // Makes it whole and durable, and gives it its name, in place of a file that
  // was there. Errors: kResourceExhausted when it can't be written.
  absl::Status Commit();

 private:
  explicit ZipWriter(std::unique_ptr<PartFile> file) : file_(std::move(file)) {}
  absl::Status Write(std::string_view bytes);
  absl::Status WriteAt(uint64_t place, std::string_view bytes);
  absl::Status Error(std::string_view what) const;

  const std::unique_ptr<PartFile> file_;
  // How many bytes were written.
  uint64_t size_ = 0;
  std::vector<ZipEntry> entries_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_ZIP_WRITER_H_
