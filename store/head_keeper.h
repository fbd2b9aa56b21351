// Makes heads of the audit tree and keeps them: TreeHeadOptions (audit.h).
//
// A head is made in this order, so that one that is kept anywhere is true:
//
//   1. the log is synced: what a head covers is on stable storage
//   2. every leaf since the last head is made again from disk, and the root
//   3. the tree must continue the last head, and the one in each copy
//   4. it is signed, and put in the store's table of heads, in HEAD, in copies
//
// Windows of loss: HEAD lies in the folder and goes where the folder goes, so
// it shows a log that was cut or changed, not a folder that was put back. A
// copy shows that too, for what is below the last head; what is newer, at most
// an interval, only the anchor protects (anchor.h), and not from an attacker.

#ifndef DAYBOOK_STORE_HEAD_KEEPER_H_
#define DAYBOOK_STORE_HEAD_KEEPER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/audit.h"
#include "store/head_signer.h"
#include "store/log_tree.h"
#include "store/log_writer.h"
#include "store/mutex.h"
#include "store/store_core.h"

namespace daybook {

// Thread-safe.
class HeadKeeper {
 public:
  // Loads the keys. `last`: what the open log was compared with (kept_heads.h).
  // Errors: as EventStore::Open(). REQUIRES: the store has a tree.
  static absl::StatusOr<std::unique_ptr<HeadKeeper>> Open(
      const std::shared_ptr<StoreCore>& core, std::optional<KeptTreeHead> last);

  // EventStore::MakeTreeHead(). One at a time.
  absl::StatusOr<KeptTreeHead> Make(LogWriter& writer);
  // Likewise, unless nothing was appended since or none would be kept. What
  // goes wrong, health() says.
  void MakeIfGrown(LogWriter& writer);

  // Whether one is due, by how many events there are.
  bool IsDue() const;

  // Why the last one could not be made.
  absl::Status health() const;
  // The log's name in heads.
  const std::string& origin() const { return signer_.origin(); }
  // Of the last one that is kept.
  uint64_t size() const { return kept_size_.load(std::memory_order_relaxed); }

 private:
  HeadKeeper(std::shared_ptr<StoreCore> core, HeadSigner signer,
             std::optional<KeptTreeHead> last);

  const TreeHeadOptions& options() const { return core_->options.tree_heads; }
  bool WouldKeep() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Why copies that are asked for are not made, if so.
  absl::Status WhyNotKept() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<KeptTreeHead> MakeLocked(LogWriter& writer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckGrowth(const TreeState& tree, LogTiles& tiles)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The tree must continue the head in each copy.
  absl::Status CheckCopies(const TreeState& tree, LogTiles& tiles);
  absl::Status Keep(const KeptTreeHead& head, LogWriter& writer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // In HEAD and in each copy, but for one that has a head of another log.
  absl::Status KeepInFiles(const KeptTreeHead& head);
  absl::Status KeepInCopy(const std::string& copy, const KeptTreeHead& head);

  const std::shared_ptr<StoreCore> core_;
  const HeadSigner signer_;

  Mutex mutex_;
  std::optional<KeptTreeHead> last_ ABSL_GUARDED_BY(mutex_);
  // What was found whole: the last head's tree.
  TreeState checked_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> kept_size_ = 0;
  // How large the log was when MakeIfGrown() last tried.
  std::atomic<uint64_t> tried_size_ = 0;

  mutable Mutex health_mutex_;
  absl::Status health_ ABSL_GUARDED_BY(health_mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_HEAD_KEEPER_H_
