// GroupCommit brings a group of appends into the log. Appends are judged one
// after another, each against the store and everything before it; those that
// are accepted get their positions and leaves and are staged; then all are
// written at once, and visible.
//
// Participants join between judging and staging; what they change in the rows
// is in the group's one write.
//
// After a write that failed nothing is known of the group's fate: it is
// reported as such and everything is refused from then on (log_writer.h).

#ifndef DAYBOOK_STORE_GROUP_COMMIT_H_
#define DAYBOOK_STORE_GROUP_COMMIT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"
#include "store/chunk.h"
#include "store/event_leaf.h"
#include "store/log_writer.h"
#include "store/participants.h"
#include "store/pending_append.h"
#include "store/producer_book.h"
#include "store/store_core.h"

namespace daybook {

// Not thread-safe, but for counters(): belongs to whoever commits.
class GroupCommit {
 public:
  using Group = std::vector<std::shared_ptr<PendingAppend>>;
  struct Counters {
    uint64_t appends = 0;
    uint64_t commits = 0;
  };

  // `last_recorded_at_micros`: of the last event in the log. `writer` must
  // outlive it.
  GroupCommit(std::shared_ptr<StoreCore> core, LogWriter* writer,
              int64_t last_recorded_at_micros);

  // Sets what became of each. How long the write took, if there was one and it
  // went well.
  std::optional<absl::Duration> Commit(const Group& group);

  Participants& participants() { return participants_; }
  // Since the store was opened.
  Counters counters() const;

 private:
  absl::Status Judge(PendingAppend& pending);
  absl::Status JudgeKey(PendingAppend& pending);
  absl::Status JudgeCondition(const PendingAppend& pending);
  absl::StatusOr<int64_t> RecordedAt();
  // Gives it the time that it is recorded at and lets participants join.
  absl::Status Accept(PendingAppend& pending,
                      const absl::StatusOr<int64_t>& now);
  void Stage(PendingAppend& pending);
  // Takes in an event of `$producers`, by which what follows is judged.
  void StageProducers(const PendingAppend& pending,
                      const PendingAppend::Item& item, Position position);
  // Makes the leaf of an event that was numbered just now: with it the store's
  // audit tree and the event's stream go on. What is stored of it.
  EventAudit StageLeaf(const PendingAppend& pending,
                       const PendingAppend::Item& item, Position position);
  absl::Status WriteStaged();
  void Publish();
  void Fail(const absl::Status& status, const Group& group);

  const std::shared_ptr<StoreCore> core_;
  LogWriter& writer_;
  const absl::Time wall_at_open_;
  const absl::Duration monotonic_at_open_;

  uint64_t next_position_;
  int64_t last_recorded_at_;
  Participants participants_;

  // Of the group under way.
  std::vector<PendingAppend*> staged_;
  std::vector<PublishedEvent> staged_events_;
  std::vector<PublishedKey> staged_keys_;
  absl::flat_hash_map<KeyHash, PendingAppend*> staged_by_key_;
  // As of what is staged; null if they could not be read.
  ProducerBook::Page staged_producers_;
  LeafMaker leaf_maker_;
  std::vector<audit::Hash> staged_leaves_;
  ChunkBuilder builder_{ChunkKind::kLog};
  std::vector<std::pair<uint64_t, std::string>>
      chunks_;  // last position, bytes

  std::atomic<uint64_t> appends_ = 0;
  std::atomic<uint64_t> commits_ = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_GROUP_COMMIT_H_
