// MemoryBudget as RocksDB sees it: one block cache, and a write buffer manager
// that charges unwritten tables to it.

#ifndef DAYBOOK_STORE_MEMORY_BUDGET_H_
#define DAYBOOK_STORE_MEMORY_BUDGET_H_

#include <memory>

#include "daybook/store/runtime.h"
#include "rocksdb/cache.h"
#include "rocksdb/write_buffer_manager.h"

namespace daybook {

class RocksMemoryBudget final : public MemoryBudget {
 public:
  explicit RocksMemoryBudget(size_t bytes);

  size_t bytes() const override { return bytes_; }
  const std::shared_ptr<rocksdb::Cache>& cache() const { return cache_; }
  const std::shared_ptr<rocksdb::WriteBufferManager>& write_buffers() const {
    return write_buffers_;
  }

 private:
  size_t bytes_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_MEMORY_BUDGET_H_
