// OpenGroup is a consumer group at work: the outstanding events in a window,
// members and what they have in hand, and the rows that keep it.
//
// Whoever asks for events reads on for everybody when few are ready; nobody
// reads, waits or counts leases on a thread of the group's own. What changed is
// written behind, in one batch of rows: the progress, which has all that is
// outstanding, and what became of single events since the last batch. So the
// rows are always those of one moment.
//
// One class in several files: open_group.cc has its beginning and end and how
// it stands, open_group_members.cc what members do, open_group_reading.cc where
// events come from, open_group_writing.cc the rows.

#ifndef DAYBOOK_BUS_OPEN_GROUP_H_
#define DAYBOOK_BUS_OPEN_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bus/group_claim.h"
#include "bus/group_rows.h"
#include "bus/group_window.h"
#include "daybook/bus/consumer_group.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"

namespace daybook {

// What an open group works with; outlives it until Close() returned.
struct GroupSurroundings {
  EventStore* store = nullptr;
  Clock* clock = nullptr;
  Executor* executor = nullptr;
};

class OpenGroup final : public ConsumerGroup,
                        public std::enable_shared_from_this<OpenGroup> {
 public:
  OpenGroup(const GroupSurroundings& surroundings, GroupClaim claim,
            std::string name, GroupDefinition definition)
      : around_(surroundings),
        name_(std::move(name)),
        claim_(std::move(claim)),
        definition_(std::move(definition)),
        options_(definition_.options) {}

  // Goes on where `progress` says. Called once, before anything else. Errors:
  // as EventStore::Subscribe(), and reads.
  absl::Status Start(const GroupProgress& progress,
                     std::map<Position, FailedAttempts> attempts)
      ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<Membership> Join(std::string_view name) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<Delivery>> Poll(uint64_t member, size_t count_max,
                                             absl::Duration timeout) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Ack(uint64_t member,
                   std::span<const uint64_t> deliveries) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Nack(uint64_t member, uint64_t delivery,
                    const NackOptions& options) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Park(uint64_t member, uint64_t delivery,
                    std::string_view cause) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Renew(uint64_t member) override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Leave(uint64_t member) override ABSL_LOCKS_EXCLUDED(mutex_);
  void Interrupt(uint64_t member) override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Flush() override ABSL_LOCKS_EXCLUDED(mutex_, write_mutex_);
  absl::StatusOr<GroupInfo> Info() override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Close() override ABSL_LOCKS_EXCLUDED(mutex_, write_mutex_);
  bool is_closed() const override ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until `position` was looked at and is not outstanding. Errors:
  // kDeadlineExceeded; why the group ended.
  absl::Status WaitDone(Position position, absl::Duration timeout)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Close() was called, and may go on still.
  bool closing() const ABSL_LOCKS_EXCLUDED(mutex_);
  const GroupDefinition& definition() const { return definition_; }

  // Whether one more may be outstanding. Errors: kResourceExhausted.
  absl::Status CheckRoom() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes up one that is parked, in the rows. One thread at a time. Errors: as
  // reads and Flush().
  absl::Status TakeUp(Position position) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Member {
    std::string name;
    absl::Duration last_heard;
    // Calls of Poll() that wait: as long as one does, it lives.
    int waiting_count = 0;
    bool interrupted = false;
  };
  struct Hand {
    GroupWindow::Entry* entry = nullptr;
    uint64_t member = 0;
  };
  using Hands = absl::flat_hash_map<uint64_t, Hand>;
  // An event, looked at.
  struct Seen {
    Position position;
    uint64_t lane = 0;
    std::shared_ptr<const Event> event;
  };
  // One that was handed out, and has to be read again.
  struct Missing {
    size_t index = 0;  // among the deliveries
    Position position;
  };

  // Errors: kUnknown if the function of its lanes threw.
  absl::StatusOr<uint64_t> LaneOf(const EventView& event) const;
  absl::StatusOr<Seen> Read(Position position) const;
  absl::Status ReadOutstanding(const PositionRuns& outstanding,
                               std::map<Position, FailedAttempts> attempts)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The member, heard of now, after those that were not were taken for dead.
  absl::StatusOr<Member*> Hear(uint64_t member)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BuryDead(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of one member, in order of position.
  std::vector<uint64_t> DeliveriesOf(uint64_t member) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Hand> TakeFromHand(uint64_t member, uint64_t delivery)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bool CanRead(absl::Duration now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets go of the mutex meanwhile.
  void ReadOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What comes next; nothing where there is nothing yet, which is noted.
  absl::StatusOr<EventBatch> NextBatch() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::shared_ptr<Subscription>> News()
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::unique_ptr<Subscription>> SubscribeAt(Position position);
  // `bytes` are held already.
  absl::Status LookAt(std::span<const EventView> events, size_t bytes,
                      std::vector<Seen>* all) const;
  // One that failed says the same for ever, and what it has handed out is not
  // given again: another one may do better.
  void DropNews() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until something is ready, `deadline` or Interrupt(). Errors: as
  // Poll(), but for what must be read again.
  absl::Status AwaitReady(uint64_t member, size_t count_max,
                          absl::Duration deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitForChange(uint64_t member, absl::Duration timeout)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of who leaves Poll(). A change wakes one, who then looks after what comes
  // next: what becomes due, what is to be read. Another one must do so now.
  void PassOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is ready, of which some may have to be read again.
  std::vector<Delivery> HandOut(uint64_t member, size_t count_max,
                                std::vector<Missing>* missing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Reads those again. What can't be read goes back, uncounted, for later.
  // Errors: if nothing is left that could.
  absl::Status ReadAgain(const std::vector<Missing>& missing,
                         std::vector<Delivery>* deliveries)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Done. Changed() is to be called after it, once for several.
  void Finish(GroupWindow::Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void NoteFailure(GroupWindow::Entry* entry, std::string_view cause);
  void Fail(GroupWindow::Entry* entry, std::string_view member,
            std::string_view cause, std::optional<absl::Duration> retry_after)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetAside(GroupWindow::Entry* entry, std::string_view member)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Somebody may go on.
  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same, and something is to be written.
  void Changed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MustWrite() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Write(bool is_last = false)
      ABSL_LOCKS_EXCLUDED(mutex_, write_mutex_);

  const GroupSurroundings around_;
  const std::string name_;
  // Until it is closed.
  GroupClaim claim_ ABSL_GUARDED_BY(mutex_);
  const GroupDefinition definition_;
  const GroupOptions& options_;

  // Held by who writes rows, so that older ones never follow newer ones.
  Mutex write_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  mutable Mutex mutex_;
  CondVar changed_;
  int waiting_count_ ABSL_GUARDED_BY(mutex_) = 0;
  // Likewise for those in WaitDone().
  CondVar done_;
  int done_waiting_count_ ABSL_GUARDED_BY(mutex_) = 0;

  // Why nothing goes on any more; OK normally.
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status close_status_ ABSL_GUARDED_BY(mutex_);
  // Nothing is written any more: a write failed, or the last one was made.
  bool write_ended_ ABSL_GUARDED_BY(mutex_) = false;

  GroupWindow window_ ABSL_GUARDED_BY(mutex_);
  Position next_position_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, Member> members_ ABSL_GUARDED_BY(mutex_);
  // No member dies before.
  absl::Duration next_death_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  Hands in_hand_ ABSL_GUARDED_BY(mutex_);
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_delivery_ ABSL_GUARDED_BY(mutex_) = 0;

  size_t batch_count_max_ = 0;
  // Its batches are for whoever has set `reading_`. Null after an error.
  std::shared_ptr<Subscription> subscription_ ABSL_GUARDED_BY(mutex_);
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  // Calls of ReadAgain(): like who reads on, they use the store.
  int reading_again_count_ ABSL_GUARDED_BY(mutex_) = 0;
  // The subscription has nothing to say, and will tell.
  bool exhausted_ ABSL_GUARDED_BY(mutex_) = false;
  // Why nothing new is looked at; OK normally. Until then nobody tries again.
  absl::Status read_failure_ ABSL_GUARDED_BY(mutex_);
  absl::Duration read_again_at_ ABSL_GUARDED_BY(mutex_) =
      -absl::InfiniteDuration();

  // What became of single events since the last write.
  RowBatch unwritten_ ABSL_GUARDED_BY(mutex_);
  size_t unwritten_count_ ABSL_GUARDED_BY(mutex_) = 0;
  bool dirty_ ABSL_GUARDED_BY(mutex_) = false;
  bool write_scheduled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook

#endif  // DAYBOOK_BUS_OPEN_GROUP_H_
