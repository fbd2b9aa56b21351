// Schedules: events that are appended later, once, when it is time.
//
//   auto schedules = Schedules::Over(*store);
//   schedules->Add({.id = "reminder-42",
//                   .due = absl::Now() + absl::Hours(24),
//                   .events = {{"order-42", {.type = "payment-reminded"}}}});
//   ...
//   schedules->Cancel("reminder-42", "paid");
//
//   auto scheduler = Scheduler::Start(*store);  // in one program: it fires
//   them
//
// A schedule is itself an event, in a stream of its own, `$schedule-ID`; that
// it fired, or was cancelled, is the second and last one there; or that it
// failed, as its events can never be appended. So it fires once, is cancelled
// or fails, whoever comes first, over crashes and clocks that are set; late
// rather than never where nobody was there when it was time.

#ifndef DAYBOOK_BUS_SCHEDULES_H_
#define DAYBOOK_BUS_SCHEDULES_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/runtime.h"

namespace daybook {

// Bytes of UTF-8 without NUL, at least 1.
inline constexpr size_t kScheduleIdBytesMax = 128;

struct NewSchedule {
  // Never used again.
  std::string id;
  // By the wall clock of whoever fires it, within the years 0001 to 9999; kept
  // in microseconds.
  absl::Time due;
  // Appended together, whatever their streams hold by then. Without signatures,
  // and occurred_at, which is when they are appended; where there is no
  // causation id, it becomes the id of the event that schedules them.
  std::vector<StreamEvent> events;
};

// Adds to `request` what schedules `schedule`, so that both happen or neither:
// an order, and its reminder. Errors: kInvalidArgument, as Schedules::Add().
absl::Status AddSchedule(const NewSchedule& schedule, AppendRequest* request);

struct ScheduleInfo {
  // kDamaged: it is due some time, or failed, and can't be read; of lists only.
  enum class State { kPending, kFired, kCancelled, kFailed, kDamaged };

  std::string id;
  absl::Time due;
  State state = State::kPending;
  // Of the event that schedules.
  Position position;
  absl::Time scheduled_at;
  std::vector<StreamEvent> events;
  // Why it was cancelled, what failed, or what is damaged.
  std::string reason;
};

struct FireResult {
  uint64_t fired_count = 0;
  // Their append was refused for good: ScheduleInfo::reason.
  uint64_t failed_count = 0;
  // Due, and left as they are: they are damaged, or could not be appended for a
  // reason that is theirs alone. The next call tries them again.
  uint64_t set_aside_count = 0;
  // What is wrong with the first of those; OK if there is none.
  absl::Status problem;
  // When the next one is due, or was, if there is one.
  std::optional<absl::Time> next_due;
};

struct SchedulesOptions {
  // Null: the machine's. Must outlive Schedules.
  Clock* clock = nullptr;
};

// The schedules of one store. Thread-safe.
class Schedules {
 public:
  // `store` must outlive it; it may be a RemoteStore. Destroy it before the
  // store is closed.
  static std::unique_ptr<Schedules> Over(
      EventStore& store, const SchedulesOptions& options = SchedulesOptions());

  virtual ~Schedules() = default;
  Schedules(const Schedules&) = delete;
  Schedules& operator=(const Schedules&) = delete;

  // From when it is due on, its events are appended by whoever calls FireDue()
  // or runs a Scheduler; due in the past, at the next of these. Cost: an
  // append. Errors: kAlreadyExists if the id was used before; kInvalidArgument
  // for an id or a time outside of its limits, no events, or events that can't
  // be appended; otherwise as EventStore::Append().
  virtual absl::StatusOr<AppendResult> Add(const NewSchedule& schedule) = 0;

  // Once it returned OK the events are never appended. `reason`, which may be
  // empty, is kept: ScheduleInfo::reason. Cost: an append.
  // Errors: kNotFound; kFailedPrecondition if it fired, failed or was cancelled
  // before; kInvalidArgument for a reason that is no UTF-8; otherwise as
  // EventStore::Append().
  virtual absl::StatusOr<AppendResult> Cancel(std::string_view id,
                                              std::string_view reason) = 0;

  // Also of one that is settled. Cost: reads two events.
  // Errors: kNotFound; kDataLoss.
  virtual absl::StatusOr<ScheduleInfo> Get(std::string_view id) = 0;

  // Those that are pending, of the first `count_max` in the order in which they
  // are due; of one that is damaged only id, due and reason are known. Cost:
  // the first call of a process reads the schedules that were made since the
  // last one, in any; then a read for each that is given. Errors: as reads of
  // the log, and EventStore::WriteRows().
  virtual absl::StatusOr<std::vector<ScheduleInfo>> Pending(
      size_t count_max) = 0;

  // Those that failed, the latest first: `count_max` at most, damaged ones too.
  // Errors: as reads of the log. Cost: a look at the stream of each.
  virtual absl::StatusOr<std::vector<ScheduleInfo>> Failed(
      size_t count_max) = 0;

  // Appends the events of all that are due, or of the first `count_max` that
  // can be. One that can't be fired holds up no other: FireResult::problem.
  // Stopped half-way, by an error or a crash, it goes on with the next call.
  // Errors: as reads of the log, and of EventStore::Append() those that any
  // append would have: kUnavailable, kResourceExhausted, and whatever made the
  // store sick.
  virtual absl::StatusOr<FireResult> FireDue(
      size_t count_max = std::numeric_limits<size_t>::max()) = 0;

 protected:
  Schedules() = default;
};

// Fires schedules when they are due, on a thread of its own. Several at once do
// no harm, and no good.
class Scheduler {
 public:
  // `store` must outlive it; it may be a RemoteStore. Errors: as
  // EventStore::Subscribe(); kResourceExhausted if the machine or a limit has
  // no thread to give.
  static absl::StatusOr<std::unique_ptr<Scheduler>> Start(
      EventStore& store, const SchedulesOptions& options = SchedulesOptions());

  // Stops, and waits for appends that are under way, some at most. Destroy it
  // before the store is closed.
  virtual ~Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Why the last try failed, or what is wrong with a schedule that it could not
  // fire (FireResult::problem); OK normally. It tries again each second, for as
  // long as it lives.
  virtual absl::Status status() const = 0;

  // How many it fired, and how many failed, since it was started: of those
  // nothing is tried again, and status() says nothing; Schedules::Failed()
  // does.
  virtual uint64_t fired_count() const = 0;
  virtual uint64_t failed_count() const = 0;

 protected:
  Scheduler() = default;
};

}  // namespace daybook

#endif  // DAYBOOK_BUS_SCHEDULES_H_
