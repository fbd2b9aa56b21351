#include "tools/zip_writer.h"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {

ZipWriter::Content ZipWriter::Whole(std::string text) {
  return [text = std::move(text),
          done = false](std::string* piece) mutable -> absl::StatusOr<bool> {
    if (std::exchange(done, true)) return false;
    *piece = std::move(text);
    return true;
  };
}

absl::StatusOr<std::unique_ptr<ZipWriter>> ZipWriter::Create(
    const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<PartFile> file,
                           PartFile::Create(path));
  return std::unique_ptr<ZipWriter>(new ZipWriter(std::move(file)));
}

absl::StatusOr<std::unique_ptr<ZipWriter>> ZipWriter::CreateFor(Output& out) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<PartFile> file,
                           PartFile::CreateFor(out));
  return std::unique_ptr<ZipWriter>(new ZipWriter(std::move(file)));
}

absl::Status ZipWriter::Error(std::string_view what) const {
  return absl::ResourceExhaustedError(
      Concat("can't write ", Quoted(file_->part()), ": ", what));
}

absl::Status ZipWriter::WriteAt(uint64_t place, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file_->descriptor(), bytes.data(),
                                   bytes.size(), static_cast<off_t>(place));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error(std::strerror(errno));
    place += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status ZipWriter::Write(std::string_view bytes) {
  if (bytes.size() > kZipBytesMax - size_) {
    return Error("it becomes larger than 4 GiB, the limit of such a zip file");
  }
  DAYBOOK_RETURN_IF_ERROR(WriteAt(size_, bytes));
  size_ += bytes.size();
  return absl::OkStatus();
}

absl::Status ZipWriter::Add(const std::string& name, const Content& content) {
  if (entries_.size() == kZipFilesMax || name.size() > kZipNameBytesMax) {
    return Error("it has more files, or longer names, than a zip file may");
  }
  ZipEntry entry = {.name = name, .place = static_cast<uint32_t>(size_)};
  // Its size and checksum come later.
  DAYBOOK_RETURN_IF_ERROR(Write(ZipRecord::Local(entry).bytes()));
  const uint64_t begin = size_;
  std::string piece;
  while (true) {
    piece.clear();
    DAYBOOK_ASSIGN_OR_RETURN(const bool more, content(&piece));
    if (!more) break;
    DAYBOOK_RETURN_IF_ERROR(Write(piece));
    entry.checksum = static_cast<uint32_t>(
        crc32_z(entry.checksum, reinterpret_cast<const Bytef*>(piece.data()),
                piece.size()));
  }
  entry.size = static_cast<uint32_t>(size_ - begin);
  DAYBOOK_RETURN_IF_ERROR(
      WriteAt(entry.place, ZipRecord::Local(entry).bytes()));
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::Status ZipWriter::Commit() {
  const uint64_t list_place = size_;
  std::string list;
  for (const ZipEntry& entry : entries_) {
    list += ZipRecord::Listed(entry).bytes();
  }
  DAYBOOK_RETURN_IF_ERROR(Write(list));
  DAYBOOK_RETURN_IF_ERROR(
      Write(ZipRecord::End(entries_.size(), static_cast<uint32_t>(list.size()),
                           static_cast<uint32_t>(list_place))
                .bytes()));
  return file_->Commit();
}

}  // namespace daybook::tools
