#include "store/memory_budget.h"

#include <algorithm>

namespace daybook {

RocksMemoryBudget::RocksMemoryBudget(size_t bytes)
    : bytes_(std::max<size_t>(bytes, 16 << 20)),
      cache_(rocksdb::NewLRUCache(bytes_)),
      write_buffers_(std::make_shared<rocksdb::WriteBufferManager>(
          bytes_ / 2, cache_, /*allow_stall=*/false)) {}

std::shared_ptr<MemoryBudget> MemoryBudget::Create(size_t bytes) {
  return std::make_shared<RocksMemoryBudget>(bytes);
}

}  // namespace daybook
