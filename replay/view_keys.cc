#include "replay/view_keys.h"

namespace daybook {
namespace {

// First bytes of keys.
constexpr char kRecord = 0x01;
constexpr char kCheckpoint = 0x02;
constexpr char kRow = 0x03;
constexpr char kIndex = 0x04;
constexpr char kParked = 0x05;
// In place of a name, which is never empty.
constexpr char kLastTable = '\0';

void AppendBigEndian(uint64_t number, std::string* bytes) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes->push_back(static_cast<char>(number >> shift));
  }
}

std::string TableKey(char kind, uint64_t table) {
  std::string key(1, kind);
  AppendBigEndian(table, &key);
  return key;
}

}  // namespace

std::string ViewRecordKey(std::string_view name) {
  std::string key(1, kRecord);
  return key.append(name);
}

std::string LastTableKey() { return {kCheckpoint, kLastTable}; }

std::string CheckpointKey(uint64_t table) {
  return TableKey(kCheckpoint, table);
}

std::string RowPrefix(uint64_t table) { return TableKey(kRow, table); }

std::string IndexPrefix(uint64_t table) { return TableKey(kIndex, table); }

std::string IndexPrefix(uint64_t table, size_t index) {
  std::string key = TableKey(kIndex, table);
  key.push_back(static_cast<char>(index));
  return key;
}

std::string ParkedPrefix(uint64_t table) { return TableKey(kParked, table); }

std::string EncodeNumber(uint64_t number) {
  std::string bytes;
  AppendBigEndian(number, &bytes);
  return bytes;
}

bool DecodeNumber(std::string_view bytes, uint64_t* number) {
  if (bytes.size() != sizeof(*number)) return false;
  *number = 0;
  for (const char c : bytes) {
    *number = *number << 8 | static_cast<unsigned char>(c);
  }
  return true;
}

}  // namespace daybook
