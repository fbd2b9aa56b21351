#include "store/wal_file_system.h"

namespace daybook {
namespace {

class PreallocatedWal : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "daybook.PreallocatedWal"; }

  rocksdb::FileOptions OptimizeForLogWrite(
      const rocksdb::FileOptions& file_options,
      const rocksdb::DBOptions& db_options) const override {
    rocksdb::FileOptions result =
        FileSystemWrapper::OptimizeForLogWrite(file_options, db_options);
    result.fallocate_with_keep_size = false;
    return result;
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> PreallocatedWalFileSystem(
    const std::shared_ptr<rocksdb::FileSystem>& base) {
  return std::make_shared<PreallocatedWal>(base);
}

}  // namespace daybook
