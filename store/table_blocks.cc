#include "store/table_blocks.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "store/checksum.h"
#include "store/coding.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace daybook {
namespace {

constexpr uint64_t kMagic = 0x88e241b785f4cff7;
constexpr uint32_t kFormatVersion = 5;
constexpr char kXxh3 = 4;
// Behind a block: how it is compressed, and its checksum.
constexpr size_t kTrailerSize = 5;
constexpr char kUncompressed = 0;
constexpr char kLz4 = 4;
constexpr char kZstd = 7;
// The largest chunk, with room for what others are in its block.
constexpr size_t kBlockBytesMax = 80 << 20;

// RocksDB's checksum of a block, which ends with how it is compressed.
uint32_t TrailerChecksum(uint32_t bytes_checksum, char compression) {
  return bytes_checksum ^
         (static_cast<uint32_t>(static_cast<uint8_t>(compression)) *
          0x6b9083d9);
}

bool TakeHandle(std::string_view* in, TableBlock* block) {
  return TakeVarint(in, &block->offset) && TakeVarint(in, &block->size);
}

// An entry that shares nothing with one before, under an internal key: a
// position of eight bytes, of which the first is 0, and eight more.
bool BeginsWithEntry(std::string_view bytes) {
  uint64_t value_size;
  if (bytes.size() < 8 || bytes[0] != 0 || bytes[1] != 16) return false;
  bytes.remove_prefix(2);
  return TakeVarint(&bytes, &value_size) && !bytes.empty() && bytes[0] == 0;
}

bool MayBegin(std::string_view bytes) {
  if (BeginsWithEntry(bytes)) return true;
  // Compressed: the size, then one or more bytes of the method's own.
  uint64_t size;
  if (!TakeVarint(&bytes, &size) || size == 0 || size > kBlockBytesMax) {
    return false;
  }
  if (bytes.starts_with("\x28\xb5\x2f\xfd")) return true;
  for (size_t skip = 1; skip <= 3 && skip < bytes.size(); ++skip) {
    if (BeginsWithEntry(bytes.substr(skip))) return true;
  }
  return false;
}

// What a search may cost: bytes summed, and as many more for each try. Crafted
// bytes could make it the square of the file.
constexpr uint64_t kTryCost = 64;
constexpr uint64_t kCostPerByte = 256;
constexpr uint64_t kCostBesides = uint64_t{1} << 28;

// The size of the block that `bytes` begin with. Takes what it costs from
// `*budget`, and finds none where that does not suffice.
std::optional<size_t> BlockSize(std::string_view bytes, uint64_t* budget) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(
      XXH3_createState(), XXH3_freeState);
  XXH3_64bits_reset(state.get());
  const size_t size_max = std::min(
      bytes.size() - std::min(bytes.size(), kTrailerSize), kBlockBytesMax);
  size_t summed = 0;
  for (size_t size = 8; size <= size_max; ++size) {
    const char compression = bytes[size];
    if (compression != kUncompressed && compression != kLz4 &&
        compression != kZstd) {
      continue;
    }
    const uint64_t cost = size - summed + kTryCost;
    if (cost > *budget) return std::nullopt;
    *budget -= cost;
    XXH3_64bits_update(state.get(), bytes.data() + summed, size - summed);
    summed = size;
    const auto check = static_cast<uint32_t>(XXH3_64bits_digest(state.get()));
    if (TrailerChecksum(check, compression) ==
        LoadFixed<uint32_t>(bytes.data() + size + 1)) {
      return size;
    }
  }
  return std::nullopt;
}

void AppendBlock(std::string* table, const std::string& block) {
  *table += block;
  table->push_back(kUncompressed);
  PutFixed<uint32_t>(table, TrailerChecksum(Checksum(block), kUncompressed));
}

class OtherEndFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  OtherEndFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, uint64_t size,
               std::string end)
      : FSRandomAccessFileOwnerWrapper(std::move(file)),
        size_(size),
        end_(std::move(end)) {}

  rocksdb::IOStatus Read(uint64_t offset, size_t size,
                         const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) const override {
    size_t done = 0;
    if (offset < size_) {
      const size_t count = std::min<uint64_t>(size, size_ - offset);
      rocksdb::Slice read;
      rocksdb::IOStatus status = FSRandomAccessFileOwnerWrapper::Read(
          offset, count, options, &read, scratch, debug);
      if (!status.ok()) return status;
      if (read.data() != scratch) {
        std::memmove(scratch, read.data(), read.size());
      }
      done = read.size();
    }
    if (offset + done >= size_) {
      const size_t at = std::min<uint64_t>(offset + done - size_, end_.size());
      const size_t count = std::min(size - done, end_.size() - at);
      std::memcpy(scratch + done, end_.data() + at, count);
      done += count;
    }
    *result = rocksdb::Slice(scratch, done);
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count,
                              const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override {
    for (size_t i = 0; i < count; ++i) {
      rocksdb::FSReadRequest& request = requests[i];
      request.status = Read(request.offset, request.len, options,
                            &request.result, request.scratch, debug);
    }
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Prefetch(uint64_t, size_t, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::NotSupported();
  }

 private:
  const uint64_t size_;
  const std::string end_;
};

class OtherEndFiles final : public rocksdb::FileSystemWrapper {
 public:
  OtherEndFiles(uint64_t size, std::string end)
      : FileSystemWrapper(rocksdb::FileSystem::Default()),
        size_(size),
        end_(std::move(end)) {}

  const char* Name() const override { return "daybook.OtherEndFiles"; }

  rocksdb::IOStatus NewRandomAccessFile(
      const std::string& name, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
      rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    rocksdb::IOStatus status =
        FileSystemWrapper::NewRandomAccessFile(name, options, &file, debug);
    if (!status.ok()) return status;
    *result = std::make_unique<OtherEndFile>(std::move(file), size_, end_);
    return status;
  }
  rocksdb::IOStatus GetFileSize(const std::string&, const rocksdb::IOOptions&,
                                uint64_t* size,
                                rocksdb::IODebugContext*) override {
    *size = size_ + end_.size();
    return rocksdb::IOStatus::OK();
  }

 private:
  const uint64_t size_;
  const std::string end_;
};

}  // namespace

bool HasSoundFooter(std::string_view last_bytes, uint64_t file_size) {
  if (last_bytes.size() < kFooterSize) return false;
  std::string_view in = last_bytes.substr(last_bytes.size() - kFooterSize);
  const char* const version = in.data() + kFooterSize - 12;
  if (in.front() != kXxh3 || LoadFixed<uint32_t>(version) != kFormatVersion ||
      LoadFixed<uint64_t>(version + 4) != kMagic) {
    return false;
  }
  in.remove_prefix(1);
  const uint64_t end = file_size - kFooterSize;
  for (int i = 0; i < 2; ++i) {
    TableBlock block;
    if (!TakeHandle(&in, &block) || block.offset > end ||
        block.size > end - block.offset ||
        kTrailerSize > end - block.offset - block.size) {
      return false;
    }
  }
  return true;
}

std::vector<TableBlock> FindTableBlocks(std::string_view file) {
  std::vector<TableBlock> blocks;
  uint64_t budget = kCostPerByte * file.size() + kCostBesides;
  for (size_t at = 0; at < file.size();) {
    const std::string_view rest = file.substr(at);
    if (MayBegin(rest)) {
      if (const auto size = BlockSize(rest, &budget)) {
        blocks.push_back({at, *size});
        at += *size + kTrailerSize;
        continue;
      }
    }
    ++at;
  }
  return blocks;
}

std::string MakeTableEnd(const std::vector<TableBlock>& blocks,
                         uint64_t data_size) {
  // Each entry of the index is a restart of its own. Keys only go up: nothing
  // is sought by them.
  std::string index;
  std::string restarts;
  for (size_t i = 0; i < blocks.size(); ++i) {
    PutFixed<uint32_t>(&restarts, static_cast<uint32_t>(index.size()));
    std::string handle;
    PutVarint(&handle, blocks[i].offset);
    PutVarint(&handle, blocks[i].size);
    PutVarint(&index, 0);
    PutVarint(&index, 2 * sizeof(uint64_t));
    PutVarint(&index, handle.size());
    PutBigEndian64(&index, i);
    PutFixed<uint64_t>(&index, 1);
    index += handle;
  }
  if (blocks.empty()) PutFixed<uint32_t>(&restarts, 0);
  index += restarts;
  PutFixed<uint32_t>(&index,
                     static_cast<uint32_t>(std::max<size_t>(blocks.size(), 1)));
  std::string meta;
  PutFixed<uint32_t>(&meta, 0);
  PutFixed<uint32_t>(&meta, 1);

  std::string end;
  AppendBlock(&end, index);
  const uint64_t meta_at = data_size + end.size();
  AppendBlock(&end, meta);
  std::string footer(1, kXxh3);
  PutVarint(&footer, meta_at);
  PutVarint(&footer, meta.size());
  PutVarint(&footer, data_size);
  PutVarint(&footer, index.size());
  footer.resize(kFooterSize - 12, '\0');
  PutFixed<uint32_t>(&footer, kFormatVersion);
  PutFixed<uint64_t>(&footer, kMagic);
  return end + footer;
}

std::shared_ptr<rocksdb::FileSystem> FilesWithOtherEnd(uint64_t size,
                                                       std::string end) {
  return std::make_shared<OtherEndFiles>(size, std::move(end));
}

}  // namespace daybook
