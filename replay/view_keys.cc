#include "replay/view_keys.h"

#include "store/coding.h"

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

std::string TableKey(char kind, uint64_t table) {
  std::string key(1, kind);
  PutBigEndian64(&key, table);
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
  PutBigEndian64(&bytes, number);
  return bytes;
}

bool DecodeNumber(std::string_view bytes, uint64_t* number) {
  if (bytes.size() != sizeof(*number)) return false;
  *number = LoadBigEndian64(bytes.data());
  return true;
}

}  // namespace daybook
