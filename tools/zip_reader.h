// ZipReader reads a zip file that comes from anywhere, and nothing but what
// ZipWriter writes of the same files, byte for byte (zip_record.h): so nothing
// in it is without a meaning, and no bit of it can be changed unseen. Nothing
// is ever unpacked to disk; whoever reads says how much memory a file may take.

#ifndef DAYBOOK_TOOLS_ZIP_READER_H_
#define DAYBOOK_TOOLS_ZIP_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/zip_record.h"

namespace daybook::tools {

// Not thread-safe.
class ZipReader {
 public:
  // Reads a file of a zip file from its beginning. Not thread-safe. Must not
  // outlive the ZipReader.
  class File {
   public:
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    // Puts the next bytes into `buffer`; 0 only at the end, where the checksum
    // held. Errors: kDataLoss.
    absl::StatusOr<size_t> Read(char* buffer, size_t size);

   private:
    friend class ZipReader;
    File(const ZipReader& zip, const ZipEntry& entry);

    const ZipReader& zip_;
    const ZipEntry& entry_;
    // Of the whole file; and what is left of this one.
    uint64_t place_;
    uint64_t left_;
    uint32_t checksum_ = 0;
  };

  // Errors: as CantRead(), of a file that can't be opened; kDataLoss for one
  // that is no such zip file, with the field that is wrong. Cost: reads the
  // records of all files, some hundred bytes each, and keeps their list.
  static absl::StatusOr<std::unique_ptr<ZipReader>> Open(
      const std::string& path);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  // How many files there are.
  size_t size() const { return entries_.size(); }

  // The file at `index`, which must have this name: who knows what a zip file
  // has to hold asks in that order, and nothing else can be in it.
  // Errors: kDataLoss if there is none, it has another name, or has more than
  // `bytes_max`.
  absl::StatusOr<std::unique_ptr<File>> Open(size_t index,
                                             const std::string& name,
                                             uint64_t bytes_max) const;
  // All of it. Errors: likewise.
  absl::StatusOr<std::string> ReadAll(size_t index, const std::string& name,
                                      size_t bytes_max) const;

 private:
  explicit ZipReader(int descriptor) : descriptor_(descriptor) {}

  absl::Status ReadList();
  absl::Status TakeListed(const std::string& list, size_t* at, uint64_t end);
  // Errors: kDataLoss if there are not so many bytes.
  absl::Status ReadAt(uint64_t place, char* buffer, size_t size) const;

  const int descriptor_;
  std::vector<ZipEntry> entries_;
  // Where the next file must begin.
  uint64_t next_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_ZIP_READER_H_
