// What readers, the committer and the deriver of one open store share.
//
// Cursors hold it too, so that what they read stays open until the last of
// them is gone, whatever becomes of the store.

#ifndef DAYBOOK_STORE_STORE_CORE_H_
#define DAYBOOK_STORE_STORE_CORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "daybook/store/options.h"
#include "store/anchor.h"
#include "store/log_tree.h"
#include "store/producer_book.h"
#include "store/recent_chunks.h"
#include "store/rocks_db.h"
#include "store/store_folder.h"
#include "store/tail.h"

namespace daybook {

struct StoreCore {
  std::string path;
  StoreIdentity identity;
  // Null fields filled in with the defaults.
  StoreOptions options;

  // In this order: let go of last.
  FolderLock lock;
  std::unique_ptr<Anchor> anchor;
  std::unique_ptr<RocksDb> log;
  // Null: without an audit tree (OpenHooks).
  std::unique_ptr<LogTree> tree;
  // The number of the last write of rows that opening found: row_writes.h.
  uint64_t row_writes_at_open = 0;
  std::unique_ptr<RocksDb> index;
  std::unique_ptr<Tail> tail;

  ProducerBook producers;

  // Outlives the rest for those who followed.
  const std::shared_ptr<RecentChunks> recent = std::make_shared<RecentChunks>();

  // Cursors that are open, for Close().
  std::atomic<int> cursor_count = 0;
};

// Keeps the core open for a cursor.
class CoreReference {
 public:
  explicit CoreReference(std::shared_ptr<StoreCore> core)
      : core_(std::move(core)) {
    core_->cursor_count.fetch_add(1, std::memory_order_relaxed);
  }
  ~CoreReference() {
    core_->cursor_count.fetch_sub(1, std::memory_order_release);
  }
  CoreReference(const CoreReference&) = delete;
  CoreReference& operator=(const CoreReference&) = delete;

  StoreCore* operator->() const { return core_.get(); }
  StoreCore& operator*() const { return *core_; }

 private:
  std::shared_ptr<StoreCore> core_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_STORE_CORE_H_
