#include "daybook/bus/schedules.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bus/schedule_events.h"
#include "bus/schedule_rows.h"
#include "daybook/store/errors.h"
#include "daybook/store/limits.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// How far the log is looked through without a schedule before that is written.
constexpr uint64_t kTakenInStep = 10'000;
constexpr size_t kFireCount = 256;

// Refused for good: the same append would be again.
bool IsFinal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status) ||
         (absl::IsFailedPrecondition(status) &&
          GetAppendOutcome(status) == AppendOutcome::kNotAppended);
}

class StoreSchedules final : public Schedules {
 public:
  StoreSchedules(EventStore* store, Clock* clock)
      : store_(*store), clock_(*clock) {}

  absl::StatusOr<AppendResult> Add(const NewSchedule& schedule) override;
  absl::StatusOr<AppendResult> Cancel(std::string_view id,
                                      std::string_view reason) override;
  absl::StatusOr<ScheduleInfo> Get(std::string_view id) override;
  absl::StatusOr<std::vector<ScheduleInfo>> Pending(size_t count_max) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<FireResult> FireDue() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Makes the rows say what the log says.
  absl::Status TakeIn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TakeIn(const EventView& event, const RowReader& rows,
                      RowBatch* batch) const;
  absl::StatusOr<std::vector<PendingSchedule>> ReadRows(size_t count_max) const;
  absl::Status Fire(std::string_view id, FireResult* result);
  // Appends what becomes of a schedule, unless that is settled: kAborted.
  absl::StatusOr<AppendResult> Settle(std::string_view id, NewEvent event,
                                      AppendRequest request);

  EventStore& store_;
  Clock& clock_;
  Mutex mutex_;
  // Those of the schedules' streams, from where the rows end; null until used.
  std::unique_ptr<Subscription> events_ ABSL_GUARDED_BY(mutex_);
  Position taken_in_ ABSL_GUARDED_BY(mutex_);
};

// --- Adding and cancelling ---------------------------------------------------

absl::StatusOr<AppendResult> StoreSchedules::Add(const NewSchedule& schedule) {
  AppendRequest request;
  DAYBOOK_RETURN_IF_ERROR(AddSchedule(schedule, &request));
  absl::StatusOr<AppendResult> added = store_.Append(request);
  if (!absl::IsAborted(added.status())) return added;
  return absl::AlreadyExistsError(
      absl::StrCat("there was a schedule ", Quoted(schedule.id), " before"));
}

absl::StatusOr<AppendResult> StoreSchedules::Settle(std::string_view id,
                                                    NewEvent event,
                                                    AppendRequest request) {
  const std::string stream = ScheduleStreamOf(id);
  request.events.push_back({stream, std::move(event)});
  request.expectations.push_back(
      {stream, ExpectedRevision::Exactly(Revision(0))});
  return store_.Append(request);
}

absl::StatusOr<AppendResult> StoreSchedules::Cancel(std::string_view id,
                                                    std::string_view reason) {
  DAYBOOK_RETURN_IF_ERROR(Get(id).status());
  absl::StatusOr<AppendResult> cancelled =
      Settle(id, ScheduleCancelledEvent(reason), {});
  if (!absl::IsAborted(cancelled.status())) return cancelled;
  return absl::FailedPreconditionError(
      absl::StrCat("schedule ", Quoted(id), " is not pending any more"));
}

absl::StatusOr<ScheduleInfo> StoreSchedules::Get(std::string_view id) {
  DAYBOOK_RETURN_IF_ERROR(ValidateScheduleId(id));
  absl::StatusOr<EventCursor> cursor =
      store_.ReadStream(ScheduleStreamOf(id), {.limit = 2});
  if (absl::IsNotFound(cursor.status())) {
    return absl::NotFoundError(
        absl::StrCat("there is no schedule ", Quoted(id)));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  ScheduleInfo info;
  if (cursor->Next()) {
    const EventView& event = cursor->event();
    DAYBOOK_ASSIGN_OR_RETURN(NewSchedule schedule, DecodeScheduled(event));
    info.id = std::move(schedule.id);
    info.due = schedule.due;
    info.events = std::move(schedule.events);
    info.position = event.position;
    info.scheduled_at = event.recorded_at;
    for (StreamEvent& scheduled : info.events) {
      std::string& cause = scheduled.event.metadata.causation_id;
      if (cause.empty()) cause = event.id.ToString();
    }
  }
  if (cursor->Next()) {
    const EventView& event = cursor->event();
    info.reason = DecodeReason(event);
    info.state = event.type == kScheduleFiredType ? ScheduleInfo::State::kFired
                 : event.type == kScheduleFailedType
                     ? ScheduleInfo::State::kFailed
                     : ScheduleInfo::State::kCancelled;
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return info;
}

// --- Which are pending -------------------------------------------------------

absl::Status StoreSchedules::TakeIn() {
  if (events_ == nullptr) {
    {
      DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                               store_.ReadRows());
      DAYBOOK_ASSIGN_OR_RETURN(taken_in_, ReadSchedulesTakenIn(*rows));
    }
    SubscribeOptions options;
    options.filter.category = kScheduleCategory;
    options.from = SubscribeFrom::At(taken_in_);
    DAYBOOK_ASSIGN_OR_RETURN(events_, store_.Subscribe(options));
  }
  const Position head = store_.Head();
  while (events_->next_position() < head) {
    DAYBOOK_ASSIGN_OR_RETURN(const EventBatch batch,
                             events_->Next(absl::ZeroDuration()));
    RowBatch rows;
    {
      DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> before,
                               store_.ReadRows());
      for (const EventView& event : batch.events) {
        DAYBOOK_RETURN_IF_ERROR(TakeIn(event, *before, &rows));
      }
    }
    if (batch.events.empty() &&
        batch.next_position.value() < taken_in_.value() + kTakenInStep) {
      continue;
    }
    taken_in_ = batch.next_position;
    PutSchedulesTakenIn(taken_in_, &rows);
    absl::Status written = store_.WriteRows(rows);
    if (!written.ok()) {
      // To be taken in again.
      events_.reset();
      return written;
    }
  }
  return absl::OkStatus();
}

absl::Status StoreSchedules::TakeIn(const EventView& event,
                                    const RowReader& rows,
                                    RowBatch* batch) const {
  if (event.revision == Revision(0)) {
    const absl::StatusOr<NewSchedule> schedule = DecodeScheduled(event);
    // Not one of ours, whoever wrote it.
    if (!schedule.ok()) return absl::OkStatus();
    PutPending({.id = schedule->id, .due = schedule->due}, batch);
    return absl::OkStatus();
  }
  const std::string id(ScheduleIdOf(event.stream));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<absl::Time> due,
                           ReadPending(rows, id));
  if (!due.has_value()) {
    // Scheduled in the same batch of events, or settled before.
    DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor,
                             store_.ReadStream(event.stream, {.limit = 1}));
    if (!cursor.Next()) return cursor.status();
    const absl::StatusOr<NewSchedule> schedule =
        DecodeScheduled(cursor.event());
    if (!schedule.ok()) return absl::OkStatus();
    due = schedule->due;
  }
  DeletePending({.id = id, .due = *due}, batch);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PendingSchedule>> StoreSchedules::ReadRows(
    size_t count_max) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_.ReadRows());
  return ReadPending(*rows, count_max);
}

absl::StatusOr<std::vector<ScheduleInfo>> StoreSchedules::Pending(
    size_t count_max) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(TakeIn());
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<PendingSchedule> pending,
                           ReadRows(count_max));
  std::vector<ScheduleInfo> infos;
  for (const PendingSchedule& one : pending) {
    DAYBOOK_ASSIGN_OR_RETURN(ScheduleInfo info, Get(one.id));
    infos.push_back(std::move(info));
  }
  return infos;
}

// --- Firing ------------------------------------------------------------------

absl::StatusOr<FireResult> StoreSchedules::FireDue() {
  MutexLock lock(&mutex_);
  FireResult result;
  while (true) {
    DAYBOOK_RETURN_IF_ERROR(TakeIn());
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<PendingSchedule> pending,
                             ReadRows(kFireCount));
    const absl::Time now = clock_.Now();
    if (pending.empty()) return result;
    if (pending.front().due > now) {
      result.next_due = pending.front().due;
      return result;
    }
    for (const PendingSchedule& one : pending) {
      if (one.due > now) break;
      DAYBOOK_RETURN_IF_ERROR(Fire(one.id, &result));
    }
  }
}

absl::Status StoreSchedules::Fire(std::string_view id, FireResult* result) {
  DAYBOOK_ASSIGN_OR_RETURN(ScheduleInfo info, Get(id));
  AppendRequest request;
  request.events = std::move(info.events);
  request.key = absl::StrCat("schedule/", ToAbsl(id));
  const absl::StatusOr<AppendResult> fired =
      Settle(id, ScheduleFiredEvent(), std::move(request));
  if (fired.ok()) {
    ++result->fired_count;
    return absl::OkStatus();
  }
  // Cancelled meanwhile, or fired by somebody else.
  if (absl::IsAborted(fired.status())) return absl::OkStatus();
  if (!IsFinal(fired.status()) || !store_.Status().health.ok()) {
    return fired.status();
  }
  const absl::StatusOr<AppendResult> failed = Settle(
      id, ScheduleFailedEvent(std::string(fired.status().message())), {});
  if (failed.ok()) ++result->failed_count;
  if (absl::IsAborted(failed.status())) return absl::OkStatus();
  return failed.status();
}

}  // namespace

absl::Status AddSchedule(const NewSchedule& schedule, AppendRequest* request) {
  DAYBOOK_RETURN_IF_ERROR(ValidateScheduleId(schedule.id));
  if (schedule.events.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "schedule ", Quoted(schedule.id), ": there is no event to append"));
  }
  for (const auto& [stream, event] : schedule.events) {
    std::string problem;
    if (stream.empty() || stream.starts_with('$') ||
        stream.size() > kStreamNameBytesMax) {
      problem = absl::StrCat("nothing can be appended to ", Quoted(stream));
    } else if (event.type.empty() || event.type.size() > kTypeBytesMax) {
      problem = absl::StrCat("an event can't be of type ", Quoted(event.type));
    } else if (event.signature.has_value() || event.occurred_at.has_value()) {
      problem = "an event is signed, or occurred already";
    }
    if (problem.empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("schedule ", Quoted(schedule.id), ": ", problem));
  }
  const std::string stream = ScheduleStreamOf(schedule.id);
  request->events.push_back({stream, ScheduledEvent(schedule)});
  request->expectations.push_back({stream, ExpectedRevision::NoStream()});
  return absl::OkStatus();
}

std::unique_ptr<Schedules> Schedules::Over(EventStore& store,
                                           const SchedulesOptions& options) {
  return std::make_unique<StoreSchedules>(
      &store, options.clock != nullptr ? options.clock : Clock::System());
}

}  // namespace daybook
