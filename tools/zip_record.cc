#include "tools/zip_record.h"

#include <algorithm>

#include "store/coding.h"

namespace daybook::tools {
namespace {

constexpr uint64_t kVersionNeeded = 10;
// 2.0 on Unix: attributes are those of Unix, in the upper half.
constexpr uint64_t kVersionMadeBy = 3 << 8 | 20;
constexpr uint64_t kPlainFile = uint64_t{0100644} << 16;
// The first day that a zip file can name: 1980-01-01.
constexpr uint64_t kNoDate = 0x0021;

}  // namespace

void ZipRecord::Add(std::string_view field, uint64_t value, size_t size) {
  fields_.emplace_back(bytes_.size(), field);
  // Its low bytes, which come first.
  PutFixed<uint64_t>(&bytes_, value);
  bytes_.resize(bytes_.size() - sizeof(uint64_t) + size);
}

void ZipRecord::AddName(std::string_view name) {
  fields_.emplace_back(bytes_.size(), "name");
  bytes_ += name;
}

ZipRecord ZipRecord::Local(const ZipEntry& entry) {
  ZipRecord record;
  record.Add("signature", 0x04034b50, 4);
  record.Add("version needed", kVersionNeeded, 2);
  record.Add("flags", 0, 2);
  record.Add("method of packing", 0, 2);
  record.Add("time", 0, 2);
  record.Add("date", kNoDate, 2);
  record.Add("checksum", entry.checksum, 4);
  record.Add("packed size", entry.size, 4);
  record.Add("size", entry.size, 4);
  record.Add("size of the name", entry.name.size(), 2);
  record.Add("size of the extra field", 0, 2);
  record.AddName(entry.name);
  return record;
}

ZipRecord ZipRecord::Listed(const ZipEntry& entry) {
  ZipRecord record;
  record.Add("signature", 0x02014b50, 4);
  record.Add("version made by", kVersionMadeBy, 2);
  record.Add("version needed", kVersionNeeded, 2);
  record.Add("flags", 0, 2);
  record.Add("method of packing", 0, 2);
  record.Add("time", 0, 2);
  record.Add("date", kNoDate, 2);
  record.Add("checksum", entry.checksum, 4);
  record.Add("packed size", entry.size, 4);
  record.Add("size", entry.size, 4);
  record.Add("size of the name", entry.name.size(), 2);
  record.Add("size of the extra field", 0, 2);
  record.Add("size of the comment", 0, 2);
  record.Add("number of the disk", 0, 2);
  record.Add("internal attributes", 0, 2);
  record.Add("external attributes", kPlainFile, 4);
  record.Add("place", entry.place, 4);
  record.AddName(entry.name);
  return record;
}

ZipRecord ZipRecord::End(size_t files, uint32_t list_size,
                         uint32_t list_place) {
  ZipRecord record;
  record.Add("signature", 0x06054b50, 4);
  record.Add("number of the disk", 0, 2);
  record.Add("disk of the list", 0, 2);
  record.Add("number of files on this disk", files, 2);
  record.Add("number of files", files, 2);
  record.Add("size of the list", list_size, 4);
  record.Add("place of the list", list_place, 4);
  record.Add("size of the comment", 0, 2);
  return record;
}

std::string_view ZipRecord::FieldAt(size_t offset) const {
  std::string_view name;
  for (const auto& [begin, field] : fields_) {
    if (begin <= offset) name = field;
  }
  return name;
}

std::string_view ZipRecord::DifferenceFrom(std::string_view other) const {
  const size_t common = std::min(bytes_.size(), other.size());
  for (size_t i = 0; i < common; ++i) {
    if (bytes_[i] != other[i]) return FieldAt(i);
  }
  return bytes_.size() == other.size() ? "" : FieldAt(common);
}

ZipListedFields PeekListed(std::string_view bytes) {
  return {.checksum = LoadFixed<uint32_t>(bytes.data() + 16),
          .size = LoadFixed<uint32_t>(bytes.data() + 24),
          .name_size = LoadFixed<uint16_t>(bytes.data() + 28)};
}

ZipEndFields PeekEnd(std::string_view bytes) {
  return {.files = LoadFixed<uint16_t>(bytes.data() + 10),
          .list_size = LoadFixed<uint32_t>(bytes.data() + 12),
          .list_place = LoadFixed<uint32_t>(bytes.data() + 16)};
}

}  // namespace daybook::tools
