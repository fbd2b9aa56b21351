// Finds the blocks of one of RocksDB's table files without its index, and makes
// the file readable with a new one.
//
// Blocks stand one after another, each with its checksum behind it, and so the
// next one begins where a checksum fits. Behind a damaged block the next is
// known by how blocks of the log begin.
//
// Of the table format (https://github.com/facebook/rocksdb/wiki/
// Rocksdb-BlockBasedTable-Format) this knows as much as stores are written
// with: format_version 5 and XXH3 (rocks_db.cc).

#ifndef DAYBOOK_STORE_TABLE_BLOCKS_H_
#define DAYBOOK_STORE_TABLE_BLOCKS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rocksdb/file_system.h"

namespace daybook {

// A block without what stands behind it.
struct TableBlock {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// Whether the end of a file points to places in it. RocksDB does not check
// that, and takes any size that stands there for the size of a block.
bool HasSoundFooter(std::string_view last_bytes, uint64_t file_size);
inline constexpr size_t kFooterSize = 53;

// The blocks of `file`, which is a whole file's bytes, that hold keys of eight
// bytes, as those of the log. What lies between is damaged.
// Cost: within a constant of the file's size, also for bytes that were made to
// be searched for long; then not all blocks are found.
std::vector<TableBlock> FindTableBlocks(std::string_view file);

// What, put behind `data_size` bytes of data, makes them a table of `blocks`.
std::string MakeTableEnd(const std::vector<TableBlock>& blocks,
                         uint64_t data_size);

// A file system in which files have `end` behind their first `size` bytes.
std::shared_ptr<rocksdb::FileSystem> FilesWithOtherEnd(uint64_t size,
                                                       std::string end);

}  // namespace daybook

#endif  // DAYBOOK_STORE_TABLE_BLOCKS_H_
