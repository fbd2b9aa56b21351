#include "store/wal_salvage.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "store/chunk.h"
#include "store/coding.h"
#include "store/log_files.h"
#include "store/rocks_db.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

constexpr size_t kBlockSize = 32 << 10;
// check:u32 size:u16 type:u8
constexpr size_t kHeaderSize = 7;
constexpr size_t kRecordBytesMax = 256 << 20;
// How much is summed up in a block in search of the next record; crafted bytes
// could make it the square of the block.
constexpr size_t kSearchBytesMax = 32 << 20;
constexpr size_t kPage = 4096;

enum RecordType : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

// --- CRC-32C, as RocksDB stores it ------------------------------------------

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
    }
    table[i] = crc;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kCrcTable = MakeCrcTable();

uint32_t Crc32c(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc = kCrcTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

uint32_t Masked(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}

// --- Chunks ------------------------------------------------------------------

// Whether a put of this key and value may be one of a chunk of the log, at a
// glance. Rows have keys that begin otherwise: store/FORMAT.md.
bool MayBeLogChunk(std::string_view key, std::string_view value,
                   uint64_t* first) {
  uint64_t next;
  return !key.empty() && key.front() == 0 && value.size() >= 2 &&
         value[1] == static_cast<char>(ChunkKind::kLog) &&
         ParseSpan(ToSlice(key), ToSlice(value), first, &next);
}

// Whether it is one, whose head is whole.
bool IsLogChunk(std::string_view key, std::string_view value) {
  uint64_t first;
  if (!MayBeLogChunk(key, value, &first)) return false;
  ChunkReader chunk;
  return chunk.Parse(value) == nullptr && chunk.first_number() == first;
}

// Takes an entry of a batch, as RocksDB writes them: a tag, the number of the
// family unless it is the first, a key, perhaps a value. `*value` is empty but
// for a put. RocksDB's own reader ends the process on some that are malformed.
bool TakeEntry(std::string_view* in, std::string_view* key,
               std::string_view* value) {
  enum Tag : uint8_t {
    kDeletion = 0,
    kPut = 1,
    kLogData = 3,
    kFamilyDeletion = 4,
    kFamilyPut = 5,
    kSingleDeletion = 7,
    kFamilySingleDeletion = 8,
    kNoop = 13,
    kFamilyRangeDeletion = 14,
    kRangeDeletion = 15,
  };
  uint8_t tag;
  if (!TakeFixed(in, &tag)) return false;
  *key = {};
  *value = {};
  uint64_t family;
  std::string_view end;
  switch (tag) {
    case kNoop:
      return true;
    case kFamilyDeletion:
    case kFamilySingleDeletion:
      return TakeVarint(in, &family) && TakeString(in, key);
    case kDeletion:
    case kSingleDeletion:
    case kLogData:
      return TakeString(in, key);
    case kFamilyRangeDeletion:
      return TakeVarint(in, &family) && TakeString(in, key) &&
             TakeString(in, &end);
    case kRangeDeletion:
      return TakeString(in, key) && TakeString(in, &end);
    case kFamilyPut:
      return TakeVarint(in, &family) && TakeString(in, key) &&
             TakeString(in, value);
    case kPut:
      return TakeString(in, key) && TakeString(in, value);
    default:
      return false;
  }
}

// Finds chunks in what is left of a record: the length and bytes of a key, then
// those of a value that is a chunk of this key.
absl::Status FindChunks(
    std::string_view bytes,
    absl::FunctionRef<absl::Status(std::string_view)> found) {
  constexpr char kKeySize = sizeof(uint64_t);
  // How much may be summed up; crafted bytes could make it the square of all.
  constexpr uint64_t kSearchesPerByte = 64;
  uint64_t search_bytes_left =
      kSearchesPerByte * bytes.size() + kSearchBytesMax;
  while (true) {
    const size_t at = bytes.find(kKeySize);
    if (at == std::string_view::npos) return absl::OkStatus();
    bytes.remove_prefix(at + 1);
    std::string_view rest = bytes;
    std::string_view key;
    std::string_view value;
    uint64_t first;
    if (!TakeBytes(&rest, kKeySize, &key) || !TakeString(&rest, &value) ||
        !MayBeLogChunk(key, value, &first)) {
      continue;
    }
    if (value.size() > search_bytes_left) return absl::OkStatus();
    search_bytes_left -= value.size();
    if (!IsLogChunk(key, value)) continue;
    DAYBOOK_RETURN_IF_ERROR(found(value));
    bytes = rest;
  }
}

bool AllZeros(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// --- Records -----------------------------------------------------------------

using OnChunk = absl::FunctionRef<absl::Status(std::string_view chunk)>;
using OnPut =
    absl::FunctionRef<void(std::string_view key, std::string_view value)>;

class WalScanner {
 public:
  WalScanner(OnChunk found, OnPut put) : found_(found), put_(put) {}

  // The next block, which begins at `at` in the file.
  absl::Status Block(std::string_view block, uint64_t at);
  // After the last block: what is left of a record that did not end.
  absl::Status End();

  const WalScan& scan() const { return scan_; }

 private:
  // The size of the whole fragment that begins `bytes`; 0 if none does.
  size_t FragmentAt(std::string_view bytes);
  absl::Status Fragment(RecordType type, std::string_view payload);
  // Bytes that are of no whole fragment. They may be of the record under way.
  absl::Status Damaged(std::string_view bytes);
  absl::Status Whole(std::string_view record);

  OnChunk found_;
  OnPut put_;
  WalScan scan_;
  std::string record_;
  bool in_record_ = false;
  bool is_damaged_ = false;
  size_t search_bytes_left_ = 0;
};

size_t WalScanner::FragmentAt(std::string_view bytes) {
  if (bytes.size() < kHeaderSize) return 0;
  const auto size = LoadFixed<uint16_t>(bytes.data() + 4);
  const auto type = static_cast<uint8_t>(bytes[6]);
  if (type < kFull || type > kLast || size > bytes.size() - kHeaderSize ||
      size > search_bytes_left_) {
    return 0;
  }
  search_bytes_left_ -= size;
  const std::string_view checked = bytes.substr(6, size_t{size} + 1);
  if (Masked(Crc32c(checked)) != LoadFixed<uint32_t>(bytes.data())) return 0;
  return kHeaderSize + size;
}

absl::Status WalScanner::Block(std::string_view block, uint64_t at) {
  // What is preallocated is zeros to the end.
  if (AllZeros(block)) return End();
  search_bytes_left_ = kSearchBytesMax;
  for (size_t i = 0; i < block.size();) {
    if (const size_t size = FragmentAt(block.substr(i)); size > 0) {
      DAYBOOK_RETURN_IF_ERROR(
          Fragment(static_cast<RecordType>(block[i + 6]),
                   block.substr(i + kHeaderSize, size - kHeaderSize)));
      i += size;
      continue;
    }
    size_t next = i + 1;
    while (next < block.size() && FragmentAt(block.substr(next)) == 0) ++next;
    const std::string_view lost = block.substr(i, next - i);
    i = next;
    // A trailer, or the end of what was written.
    if (next == block.size() && AllZeros(lost)) break;
    if (!AllZeros(lost)) {
      if (scan_.damaged_bytes == 0)
        scan_.first_damage = at + next - lost.size();
      scan_.damaged_bytes += lost.size();
    }
    DAYBOOK_RETURN_IF_ERROR(Damaged(lost));
  }
  return absl::OkStatus();
}

absl::Status WalScanner::Damaged(std::string_view bytes) {
  is_damaged_ = true;
  in_record_ = true;
  // Where a header belongs.
  bytes.remove_prefix(std::min(kHeaderSize, bytes.size()));
  record_.append(bytes);
  return record_.size() > kRecordBytesMax ? End() : absl::OkStatus();
}

absl::Status WalScanner::Fragment(RecordType type, std::string_view payload) {
  if (type == kFull || type == kFirst) DAYBOOK_RETURN_IF_ERROR(End());
  if (type == kFull) return Whole(payload);
  // One that goes on with a record whose begin is lost.
  if (type != kFirst && !in_record_) is_damaged_ = true;
  in_record_ = true;
  record_.append(payload);
  if (record_.size() > kRecordBytesMax) return End();
  if (type != kLast) return absl::OkStatus();
  if (is_damaged_) return End();
  absl::Status status = Whole(record_);
  record_.clear();
  in_record_ = false;
  return status;
}

absl::Status WalScanner::Whole(std::string_view record) {
  // sequence:u64 count:u32
  constexpr size_t kBatchHeaderSize = 12;
  ++scan_.record_count;
  record.remove_prefix(std::min(kBatchHeaderSize, record.size()));
  while (!record.empty()) {
    std::string_view rest = record;
    std::string_view key;
    std::string_view value;
    if (!TakeEntry(&rest, &key, &value)) return FindChunks(record, found_);
    if (IsLogChunk(key, value)) {
      DAYBOOK_RETURN_IF_ERROR(found_(value));
    } else if (!value.empty()) {
      put_(key, value);
    }
    record = rest;
  }
  return absl::OkStatus();
}

absl::Status WalScanner::End() {
  absl::Status status;
  if (in_record_) status = FindChunks(record_, found_);
  record_.clear();
  in_record_ = false;
  is_damaged_ = false;
  return status;
}

// Reads up to `size` bytes at `at`; pages that can't be read are zeros.
size_t ReadAsFarAsCan(int file, uint64_t at, size_t size, char* out) {
  size_t done = 0;
  while (done < size) {
    const ssize_t count =
        pread(file, out + done, size - done, static_cast<off_t>(at + done));
    if (count == 0) break;
    if (count > 0) {
      done += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      const size_t page = std::min(kPage - (at + done) % kPage, size - done);
      const ssize_t read =
          pread(file, out + done, page, static_cast<off_t>(at + done));
      if (read == 0) break;
      if (read < 0) std::memset(out + done, 0, page);
      done += read < 0 ? page : static_cast<size_t>(read);
    }
  }
  return done;
}

absl::StatusOr<WalScan> Scan(const std::string& path, OnChunk found,
                             OnPut put) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return ErrnoStatus(errno, "open " + path);
  const absl::Cleanup close_file = [file] { close(file); };
  const off_t size = lseek(file, 0, SEEK_END);
  if (size < 0) return ErrnoStatus(errno, "read " + path);
  WalScanner scanner(found, put);
  std::string block(kBlockSize, '\0');
  for (uint64_t at = 0; at < static_cast<uint64_t>(size); at += kBlockSize) {
    const size_t want =
        std::min<uint64_t>(kBlockSize, static_cast<uint64_t>(size) - at);
    const size_t count = ReadAsFarAsCan(file, at, want, block.data());
    DAYBOOK_RETURN_IF_ERROR(
        scanner.Block(std::string_view(block).substr(0, count), at));
  }
  DAYBOOK_RETURN_IF_ERROR(scanner.End());
  return scanner.scan();
}

}  // namespace

absl::StatusOr<WalScan> ScanWal(
    const std::string& path,
    absl::FunctionRef<absl::Status(std::string_view chunk)> found) {
  return Scan(path, found, [](std::string_view, std::string_view) {});
}

absl::Status FindInWal(
    const std::string& path,
    absl::FunctionRef<void(std::string_view key, std::string_view value)>
        found) {
  const auto pass = [](std::string_view) { return absl::OkStatus(); };
  return Scan(path, pass, found).status();
}

}  // namespace daybook
