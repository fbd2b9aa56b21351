// StoreOptions: how a store is opened.

#ifndef DAYBOOK_STORE_OPTIONS_H_
#define DAYBOOK_STORE_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "daybook/store/audit.h"
#include "daybook/store/runtime.h"

namespace daybook {

// When an append that returned OK is on stable storage.
class Durability {
 public:
  enum class Kind { kSync, kAnchored, kInterval, kNone };

  // Before it returns: one sync for each group of appends. The default. After
  // a power cut, damage to the last second of the log can't be told from a
  // write that was never finished.
  static Durability Sync() { return {Kind::kSync, absl::ZeroDuration()}; }
  // As Sync, and the log's size outside it is synced too, so that any damage
  // is told apart. A second sync for each group.
  static Durability Anchored() {
    return {Kind::kAnchored, absl::ZeroDuration()};
  }
  // Within `interval`. A crash of the process loses nothing; a power cut loses
  // at most what was appended in that time, never something from the middle.
  static Durability Interval(absl::Duration interval) {
    return {Kind::kInterval, interval};
  }
  // On Sync() and Close(). For imports that can be run again.
  static Durability None() { return {Kind::kNone, absl::ZeroDuration()}; }

  Kind kind() const { return kind_; }
  absl::Duration interval() const { return interval_; }

 private:
  Durability(Kind kind, absl::Duration interval)
      : kind_(kind), interval_(interval) {}

  Kind kind_;
  absl::Duration interval_;
};

enum class Compression { kNone, kLz4, kZstd };

struct StoreOptions {
  // Create the store if the path does not hold one; otherwise kNotFound.
  bool create_if_missing = true;
  // kAlreadyExists if the path holds one.
  bool error_if_exists = false;

  // How long Open() waits for another process that has the store, as one that
  // looks at it has for a moment; 0 for not at all. Then it is
  // kFailedPrecondition.
  absl::Duration lock_timeout = absl::Seconds(1);

  Durability durability = Durability::Sync();
  // For files written from now on; old ones stay readable. Zstd is half the
  // size of Lz4 and slower to read when not cached.
  Compression compression = Compression::kLz4;
  // Source of events that name none: a URI reference, e.g. "/shop/eu-1".
  std::string source;

  // Appends waiting for the committer; more wait for room (AppendOptions).
  size_t queue_count_max = 65'536;
  size_t queue_bytes_max = 128 << 20;
  // Events that may be newer than the indexes; appends wait when indexing
  // can't keep up. Each takes about 100 bytes of memory.
  uint64_t tail_count_max = 1 << 20;
  // Where streams end is cached for this many streams, about 150 bytes each.
  size_t stream_cache_count = 200'000;

  // A wall clock that runs ahead of the monotonic one by more than a day while
  // the store is open makes appends fail with kFailedPrecondition, because
  // recorded_at can never go back. Set to accept the jump.
  bool accept_clock_jump = false;

  // Heads of the audit tree (audit.h).
  TreeHeadOptions tree_heads;

  // Null takes the default: the machine's clock and randomness, no messages,
  // two threads and 256 MiB of the store's own. All must outlive the store.
  Clock* clock = nullptr;
  IdSource* id_source = nullptr;
  Logger* logger = nullptr;
  std::shared_ptr<Executor> executor;
  std::shared_ptr<MemoryBudget> memory_budget;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_OPTIONS_H_
