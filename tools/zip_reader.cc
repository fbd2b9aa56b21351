#include "tools/zip_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "store/status_macros.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// What a list of so many files with short names may have.
constexpr uint64_t kListBytesMax = 16 << 20;

absl::Status NoZip(std::string_view why) {
  return absl::DataLossError(Concat("no zip file of a bundle: ", why));
}

// `found` should be the bytes of `record`, which is of the file `name`.
absl::Status Compare(const ZipRecord& record, std::string_view found,
                     std::string_view name) {
  const std::string_view field = record.DifferenceFrom(found);
  if (field.empty()) return absl::OkStatus();
  return NoZip(
      Concat(name, ": not with the ", field, " that `audit bundle` writes"));
}

}  // namespace

ZipReader::~ZipReader() { close(descriptor_); }

absl::StatusOr<std::unique_ptr<ZipReader>> ZipReader::Open(
    const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return CantRead(path, errno);
  std::unique_ptr<ZipReader> reader(new ZipReader(descriptor));
  DAYBOOK_RETURN_IF_ERROR(reader->ReadList());
  return reader;
}

absl::Status ZipReader::ReadAt(uint64_t place, char* buffer,
                               size_t size) const {
  while (size > 0) {
    const ssize_t count =
        pread(descriptor_, buffer, size, static_cast<off_t>(place));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return NoZip(Concat("can't read it: ", strerror(errno)));
    if (count == 0) return NoZip("it is cut off");
    buffer += count;
    size -= static_cast<size_t>(count);
    place += static_cast<uint64_t>(count);
  }
  return absl::OkStatus();
}

absl::Status ZipReader::ReadList() {
  struct stat info;
  if (fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
    return NoZip("it is no file");
  }
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size < kZipEndSize) return NoZip("it is cut off");
  std::string end(kZipEndSize, '\0');
  DAYBOOK_RETURN_IF_ERROR(ReadAt(size - kZipEndSize, end.data(), end.size()));
  const ZipEndFields fields = PeekEnd(end);
  const ZipRecord expected =
      ZipRecord::End(fields.files, fields.list_size, fields.list_place);
  if (expected.DifferenceFrom(end) == "signature") {
    return NoZip("it is cut off, or more follows its end");
  }
  DAYBOOK_RETURN_IF_ERROR(Compare(expected, end, "at its end"));
  if (fields.files > kZipFilesMax || fields.list_size > kListBytesMax ||
      uint64_t{fields.list_place} + fields.list_size + kZipEndSize != size) {
    return NoZip("its end does not say where its files are");
  }
  std::string list(fields.list_size, '\0');
  DAYBOOK_RETURN_IF_ERROR(ReadAt(fields.list_place, list.data(), list.size()));
  size_t at = 0;
  for (size_t i = 0; i < fields.files; ++i) {
    DAYBOOK_RETURN_IF_ERROR(TakeListed(list, &at, fields.list_place));
  }
  if (at != list.size() || next_ != fields.list_place) {
    return NoZip("it has bytes that belong to none of its files");
  }
  return absl::OkStatus();
}

absl::Status ZipReader::TakeListed(const std::string& list, size_t* at,
                                   uint64_t end) {
  const std::string_view left = std::string_view(list).substr(*at);
  if (left.size() < kZipListedSize) return NoZip("its list is cut off");
  const ZipListedFields fields = PeekListed(left);
  const size_t listed_size = kZipListedSize + fields.name_size;
  if (fields.name_size > kZipNameBytesMax || left.size() < listed_size) {
    return NoZip("its list is cut off");
  }
  ZipEntry entry = {
      .name = std::string(left.substr(kZipListedSize, fields.name_size)),
      .checksum = fields.checksum,
      .size = fields.size,
      .place = static_cast<uint32_t>(next_)};
  DAYBOOK_RETURN_IF_ERROR(Compare(ZipRecord::Listed(entry),
                                  left.substr(0, listed_size),
                                  Quoted(entry.name)));
  const ZipRecord local = ZipRecord::Local(entry);
  std::string found(local.bytes().size(), '\0');
  DAYBOOK_RETURN_IF_ERROR(ReadAt(next_, found.data(), found.size()));
  DAYBOOK_RETURN_IF_ERROR(
      Compare(local, found, Concat("before ", Quoted(entry.name))));
  next_ += found.size() + entry.size;
  if (next_ > end) return NoZip("a file goes on behind the list of files");
  *at += listed_size;
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ZipReader::File>> ZipReader::Open(
    size_t index, const std::string& name, uint64_t bytes_max) const {
  if (index >= entries_.size()) {
    return absl::DataLossError(Concat("it has no ", name));
  }
  const ZipEntry& entry = entries_[index];
  if (name != entry.name) {
    return absl::DataLossError(
        Concat("where ", name, " should be, it has ", Quoted(entry.name)));
  }
  if (entry.size > bytes_max) {
    return absl::DataLossError(
        Concat(name, " has ", entry.size, " bytes, above ", bytes_max));
  }
  return std::unique_ptr<File>(new File(*this, entry));
}

ZipReader::File::File(const ZipReader& zip, const ZipEntry& entry)
    : zip_(zip),
      entry_(entry),
      place_(entry.place + ZipRecord::Local(entry).bytes().size()),
      left_(entry.size) {}

absl::StatusOr<size_t> ZipReader::File::Read(char* buffer, size_t size) {
  if (left_ == 0) {
    if (checksum_ == entry_.checksum) return 0;
    return absl::DataLossError(
        Concat(entry_.name, ": its checksum is not that of its bytes"));
  }
  const size_t count = std::min<uint64_t>(left_, size);
  DAYBOOK_RETURN_IF_ERROR(zip_.ReadAt(place_, buffer, count));
  checksum_ = static_cast<uint32_t>(
      crc32_z(checksum_, reinterpret_cast<const Bytef*>(buffer), count));
  place_ += count;
  left_ -= count;
  return count;
}

absl::StatusOr<std::string> ZipReader::ReadAll(size_t index,
                                               const std::string& name,
                                               size_t bytes_max) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                           Open(index, name, bytes_max));
  std::string text;
  std::array<char, 16 << 10> buffer;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const size_t count,
                             file->Read(buffer.data(), buffer.size()));
    if (count == 0) return text;
    text.append(buffer.data(), count);
  }
}

}  // namespace daybook::tools
