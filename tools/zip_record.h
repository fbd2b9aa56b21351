// The records of the one kind of zip file that ZipWriter writes and ZipReader
// takes (PKWARE's APPNOTE.TXT, 4.3): files one after the other without a gap,
// none packed, each a plain one that its owner may write and all may read, of
// 1980-01-01, with neither extra fields nor comments; then their list, and the
// end. What a record says beside a file's name, size, checksum and place is
// always the same, so each can be made again from these four, and compared.
//
// Not packed, since the same bytes can be packed in many ways, and in another
// by the next zlib: then nobody could tell what was changed from what was not.

#ifndef DAYBOOK_TOOLS_ZIP_RECORD_H_
#define DAYBOOK_TOOLS_ZIP_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::tools {

// Without the extension for larger ones, a zip file has no more.
inline constexpr size_t kZipFilesMax = 65'534;
inline constexpr uint64_t kZipBytesMax = 0xFFFF'FFFE;
inline constexpr size_t kZipNameBytesMax = 1024;

// A file within.
struct ZipEntry {
  std::string name;
  uint32_t checksum = 0;  // CRC-32
  uint32_t size = 0;
  // Of its local record, from the beginning.
  uint32_t place = 0;
};

// One record: its bytes, and what each of them says.
class ZipRecord {
 public:
  // Before a file's bytes.
  static ZipRecord Local(const ZipEntry& entry);
  // In the list behind all files.
  static ZipRecord Listed(const ZipEntry& entry);
  // Behind the list.
  static ZipRecord End(size_t files, uint32_t list_size, uint32_t list_place);

  const std::string& bytes() const { return bytes_; }
  // "external attributes": what the byte at `offset` is part of.
  std::string_view FieldAt(size_t offset) const;
  // Which field of `other`, the bytes of a record of the same kind, is not as
  // it is here; empty if none differs.
  std::string_view DifferenceFrom(std::string_view other) const;

 private:
  void Add(std::string_view field, uint64_t value, size_t size);
  void AddName(std::string_view name);

  std::string bytes_;
  // Where each field begins; their names are literals.
  std::vector<std::pair<size_t, std::string_view>> fields_;
};

// Sizes of records without the name.
inline constexpr size_t kZipListedSize = 46;
inline constexpr size_t kZipEndSize = 22;

// What a record that was read says, in as far as it can't be known before.
// REQUIRES: as many bytes as the constants above say.
struct ZipListedFields {
  uint32_t checksum;
  uint32_t size;
  size_t name_size;
};
ZipListedFields PeekListed(std::string_view bytes);
struct ZipEndFields {
  size_t files;
  uint32_t list_size;
  uint32_t list_place;
};
ZipEndFields PeekEnd(std::string_view bytes);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_ZIP_RECORD_H_
