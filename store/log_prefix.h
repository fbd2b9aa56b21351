// The beginning of a log that is whole: every event there, unchanged, in whole
// appends. Read from what LogSalvage gives.

#ifndef DAYBOOK_STORE_LOG_PREFIX_H_
#define DAYBOOK_STORE_LOG_PREFIX_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/store/numbers.h"
#include "store/event_leaf.h"
#include "store/log_salvage.h"

namespace daybook {

// Takes events in order, for as long as each is the next one, and has the leaf
// that stands beside it. Not thread-safe. Memory: some hundred bytes a stream.
class PrefixCheck {
 public:
  // What is wrong with the event that `log` is at, or empty. After the first
  // that is wrong none is taken.
  std::string Take(const LogSalvage& log);

  // Up to where appends are whole.
  Position end() const { return end_; }
  // The audit tree of what was taken.
  const audit::MerkleFrontier& tree() const { return tree_; }
  // One above the last event that was taken.
  Position next() const { return next_; }

 private:
  struct StreamEnd {
    uint64_t next_revision = 0;
    audit::Hash last_leaf;
  };

  LeafMaker leaves_;
  absl::flat_hash_map<std::string, StreamEnd> streams_;
  audit::MerkleFrontier tree_;
  Position next_;
  Position end_;
};

struct LogPrefix {
  Position end;
  // Why it ends; empty where the log does.
  std::string why;
  // What that is about: the first event that is missing or not as it must be.
  // The end of the prefix may be lower, where that event's append begins.
  std::optional<Position> first_damage;
  // The events at `end` and above that can be read, and one above the last.
  uint64_t readable_count = 0;
  Position readable_end;
  // The roots that the audit tree had at the sizes asked for, where it got
  // there.
  absl::flat_hash_map<uint64_t, audit::Hash> roots;
};

// Reads all of the log in the folder `path`. `progress` is called now and then
// with how many events were read; ends it with the error it returns.
// Errors: as LogSalvage; of `progress`.
absl::StatusOr<LogPrefix> FindLogPrefix(
    const std::string& path, const std::vector<uint64_t>& sizes,
    const std::function<absl::Status(uint64_t count)>& progress = nullptr);

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_PREFIX_H_
