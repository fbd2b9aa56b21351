#include "daybook/bus/schedules.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bus/schedule_events.h"
#include "bus/schedule_rows.h"
#include "daybook/store/errors.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/validate.h"

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

// Not a matter of the schedule: no other can be fired now either.
bool ConcernsAll(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

// What is appended when it is time, beside the id of what causes it: that is as
// long as any.
AppendRequest FiringOf(const std::string& schedule_stream,
                       const std::vector<StreamEvent>& events) {
  AppendRequest request;
  request.events = events;
  for (StreamEvent& stream_event : request.events) {
    std::string& cause = stream_event.event.metadata.causation_id;
    if (cause.empty()) cause = EventId().ToString();
  }
  request.events.push_back({schedule_stream, ScheduleFiredEvent()});
  return request;
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
  absl::StatusOr<std::vector<ScheduleInfo>> Failed(size_t count_max) override;
  absl::StatusOr<FireResult> FireDue(size_t count_max) override
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // What became of one that was tried.
  enum class Outcome {
    kFired,
    kFailed,
    // Somebody else was faster.
    kSettledMeanwhile,
    // It was settled long ago, if it ever was: its row should not be there.
    kStale,
  };
  // What the events of one batch schedule, which is not in the rows yet.
  using Added = std::map<std::string, absl::Time, std::less<>>;

  // Makes the rows say what the log says.
  absl::Status TakeIn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TakeInNews() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static absl::Status TakeIn(const EventView& event, const RowReader& rows,
                             Added* added, RowBatch* batch);
  absl::StatusOr<std::vector<PendingSchedule>> ReadRows(
      const std::optional<PendingSchedule>& after, size_t count_max,
      absl::Time until) const;
  // Errors concern all; what concerns this one alone is in `result`.
  absl::Status Fire(const PendingSchedule& pending, FireResult* result,
                    RowBatch* stale);
  absl::StatusOr<Outcome> TryToFire(std::string_view id);
  // A schedule, and where its stream ends.
  struct Found {
    ScheduleInfo info;
    Revision last;
  };
  // Errors: as Get().
  absl::StatusOr<Found> Find(std::string_view id);
  // Appends what becomes of a schedule whose stream ends at `last`, unless it
  // does not any more: kAborted.
  absl::StatusOr<AppendResult> Settle(std::string_view id, Revision last,
                                      NewEvent event, AppendRequest request);

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
                                                    Revision last,
                                                    NewEvent event,
                                                    AppendRequest request) {
  const std::string stream = ScheduleStreamOf(id);
  request.events.push_back({stream, std::move(event)});
  request.expectations.push_back({stream, ExpectedRevision::Exactly(last)});
  return store_.Append(request);
}

absl::StatusOr<AppendResult> StoreSchedules::Cancel(std::string_view id,
                                                    std::string_view reason) {
  DAYBOOK_RETURN_IF_ERROR(ValidateReason(reason));
  DAYBOOK_ASSIGN_OR_RETURN(const Found found, Find(id));
  if (found.info.state == ScheduleInfo::State::kPending) {
    absl::StatusOr<AppendResult> cancelled =
        Settle(id, found.last, ScheduleCancelledEvent(reason), {});
    if (!absl::IsAborted(cancelled.status())) return cancelled;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("schedule ", Quoted(id), " is not pending any more"));
}

absl::StatusOr<ScheduleInfo> StoreSchedules::Get(std::string_view id) {
  DAYBOOK_ASSIGN_OR_RETURN(Found found, Find(id));
  return std::move(found.info);
}

absl::StatusOr<StoreSchedules::Found> StoreSchedules::Find(
    std::string_view id) {
  DAYBOOK_RETURN_IF_ERROR(ValidateScheduleId(id));
  absl::StatusOr<EventCursor> cursor = store_.ReadStream(ScheduleStreamOf(id));
  const auto not_found = [&] {
    return absl::NotFoundError(
        absl::StrCat("there is no schedule ", Quoted(id)));
  };
  if (absl::IsNotFound(cursor.status())) return not_found();
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (!cursor->Next()) {
    DAYBOOK_RETURN_IF_ERROR(cursor->status());
    return not_found();
  }
  const EventView& scheduled = cursor->event();
  DAYBOOK_ASSIGN_OR_RETURN(NewSchedule schedule, DecodeScheduled(scheduled));
  Found found{.info = {.id = std::move(schedule.id),
                       .due = schedule.due,
                       .position = scheduled.position,
                       .scheduled_at = scheduled.recorded_at,
                       .events = std::move(schedule.events)},
              .last = scheduled.revision};
  ScheduleInfo& info = found.info;
  for (StreamEvent& stream_event : info.events) {
    std::string& cause = stream_event.event.metadata.causation_id;
    if (cause.empty()) cause = scheduled.id.ToString();
  }
  // What does not belong there is passed over: stores could once be given it.
  while (info.state == ScheduleInfo::State::kPending && cursor->Next()) {
    const EventView& event = cursor->event();
    found.last = event.revision;
    const std::optional<ScheduleInfo::State> settled = SettledBy(event.type);
    if (!settled.has_value()) continue;
    info.reason = DecodeReason(event);
    info.state = *settled;
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return found;
}

// --- Which are pending -------------------------------------------------------

absl::Status StoreSchedules::TakeIn() {
  absl::Status taken = TakeInNews();
  // What was handed out and is not in the rows is to be handed out again.
  if (!taken.ok()) events_.reset();
  return taken;
}

absl::Status StoreSchedules::TakeInNews() {
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
    if (!batch.events.empty()) {
      DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> before,
                               store_.ReadRows());
      Added added;
      for (const EventView& event : batch.events) {
        DAYBOOK_RETURN_IF_ERROR(TakeIn(event, *before, &added, &rows));
      }
    }
    if (batch.events.empty() &&
        batch.next_position.value() < taken_in_.value() + kTakenInStep) {
      continue;
    }
    PutSchedulesTakenIn(batch.next_position, &rows);
    DAYBOOK_RETURN_IF_ERROR(store_.WriteRows(rows));
    taken_in_ = batch.next_position;
  }
  return absl::OkStatus();
}

absl::Status StoreSchedules::TakeIn(const EventView& event,
                                    const RowReader& rows, Added* added,
                                    RowBatch* batch) {
  if (event.revision == Revision(0)) {
    const absl::StatusOr<NewSchedule> schedule = DecodeScheduled(event);
    // Not one of ours, whoever wrote it.
    if (!schedule.ok()) return absl::OkStatus();
    PutPending({.id = schedule->id, .due = schedule->due}, batch);
    (*added)[schedule->id] = schedule->due;
    return absl::OkStatus();
  }
  // What does not belong there settles nothing.
  if (!SettledBy(event.type).has_value()) return absl::OkStatus();
  const std::string_view id = ScheduleIdOf(event.stream);
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<absl::Time> due,
                           ReadPending(rows, id));
  if (!due.has_value()) {
    const auto found = added->find(id);
    // What was settled was no schedule.
    if (found == added->end()) return absl::OkStatus();
    due = found->second;
  }
  DeletePending({.id = std::string(id), .due = *due}, batch);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PendingSchedule>> StoreSchedules::ReadRows(
    const std::optional<PendingSchedule>& after, size_t count_max,
    absl::Time until) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_.ReadRows());
  return ReadPending(*rows, after, count_max, until);
}

absl::StatusOr<std::vector<ScheduleInfo>> StoreSchedules::Pending(
    size_t count_max) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(TakeIn());
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::vector<PendingSchedule> pending,
      ReadRows(/*after=*/std::nullopt, count_max, absl::InfiniteFuture()));
  std::vector<ScheduleInfo> infos;
  for (const PendingSchedule& one : pending) {
    absl::StatusOr<ScheduleInfo> info = Get(one.id);
    if (absl::IsDataLoss(info.status())) {
      infos.push_back({.id = one.id,
                       .due = one.due,
                       .state = ScheduleInfo::State::kDamaged,
                       .reason = std::string(info.status().message())});
      continue;
    }
    // Settled, and its row is still there.
    if (absl::IsNotFound(info.status())) continue;
    DAYBOOK_RETURN_IF_ERROR(info.status());
    if (info->state != ScheduleInfo::State::kPending) continue;
    infos.push_back(*std::move(info));
  }
  return infos;
}

absl::StatusOr<std::vector<ScheduleInfo>> StoreSchedules::Failed(
    size_t count_max) {
  Query query;
  query.items.push_back({.types = {std::string(kScheduleFailedType)},
                         .category = std::string(kScheduleCategory)});
  std::vector<ScheduleInfo> infos;
  if (count_max == 0) return infos;
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      store_.ReadQuery(query, {.direction = Direction::kBackward}));
  while (infos.size() < count_max && cursor.Next()) {
    const std::string id(ScheduleIdOf(cursor.event().stream));
    absl::StatusOr<ScheduleInfo> info = Get(id);
    if (absl::IsDataLoss(info.status())) {
      // When it was due is not known; not before it failed.
      infos.push_back({.id = id,
                       .due = cursor.event().recorded_at,
                       .state = ScheduleInfo::State::kDamaged,
                       .reason = std::string(info.status().message())});
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(info.status());
    // It may stand behind what settled that one.
    if (info->state != ScheduleInfo::State::kFailed) continue;
    infos.push_back(*std::move(info));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  return infos;
}

// --- Firing ------------------------------------------------------------------

absl::StatusOr<FireResult> StoreSchedules::FireDue(size_t count_max) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(TakeIn());
  FireResult result;
  RowBatch stale;
  // Each is tried once: whatever becomes of its row, it is not met again.
  std::optional<PendingSchedule> last;
  bool is_more = true;
  while (is_more) {
    const absl::Time now = clock_.Now();
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<PendingSchedule> pending,
                             ReadRows(last, kFireCount, now));
    is_more = pending.size() == kFireCount;
    for (const PendingSchedule& one : pending) {
      if (one.due > now ||
          result.fired_count + result.failed_count >= count_max) {
        result.next_due = one.due;
        is_more = false;
        break;
      }
      DAYBOOK_RETURN_IF_ERROR(Fire(one, &result, &stale));
      last = one;
    }
  }
  if (!stale.empty()) DAYBOOK_RETURN_IF_ERROR(store_.WriteRows(stale));
  return result;
}

absl::Status StoreSchedules::Fire(const PendingSchedule& pending,
                                  FireResult* result, RowBatch* stale) {
  const absl::StatusOr<Outcome> outcome = TryToFire(pending.id);
  if (!outcome.ok()) {
    if (ConcernsAll(outcome.status()) || !store_.Status().health.ok()) {
      return outcome.status();
    }
    ++result->set_aside_count;
    result->problem.Update(outcome.status());
    return absl::OkStatus();
  }
  switch (*outcome) {
    case Outcome::kFired:
      ++result->fired_count;
      break;
    case Outcome::kFailed:
      ++result->failed_count;
      break;
    case Outcome::kSettledMeanwhile:
      break;
    case Outcome::kStale:
      // What settled it was taken in, or is now: that is no other row.
      DeletePending(pending, stale);
      break;
  }
  return absl::OkStatus();
}

absl::StatusOr<StoreSchedules::Outcome> StoreSchedules::TryToFire(
    std::string_view id) {
  absl::StatusOr<Found> found = Find(id);
  if (absl::IsNotFound(found.status())) return Outcome::kStale;
  DAYBOOK_RETURN_IF_ERROR(found.status());
  if (found->info.state != ScheduleInfo::State::kPending) {
    return Outcome::kStale;
  }
  AppendRequest request;
  request.events = std::move(found->info.events);
  request.key = absl::StrCat("schedule/", ToAbsl(id));
  const absl::StatusOr<AppendResult> fired =
      Settle(id, found->last, ScheduleFiredEvent(), std::move(request));
  if (fired.ok()) return Outcome::kFired;
  if (absl::IsAborted(fired.status())) return Outcome::kSettledMeanwhile;
  if (!IsFinal(fired.status()) || !store_.Status().health.ok()) {
    return fired.status();
  }
  const absl::StatusOr<AppendResult> failed =
      Settle(id, found->last,
             ScheduleFailedEvent(std::string(fired.status().message())), {});
  if (failed.ok()) return Outcome::kFailed;
  if (absl::IsAborted(failed.status())) return Outcome::kSettledMeanwhile;
  return failed.status();
}

}  // namespace

absl::Status AddSchedule(const NewSchedule& schedule, AppendRequest* request) {
  DAYBOOK_RETURN_IF_ERROR(ValidateScheduleId(schedule.id));
  if (schedule.events.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "schedule ", Quoted(schedule.id), ": there is no event to append"));
  }
  const std::string stream = ScheduleStreamOf(schedule.id);
  // Nobody is there to be told when it is time.
  absl::Status valid = ValidateAppend(FiringOf(stream, schedule.events));
  valid.Update(ValidateTime("due", schedule.due));
  for (const auto& [name, event] : schedule.events) {
    if (name.starts_with('$')) {
      valid.Update(absl::InvalidArgumentError(
          absl::StrCat("nothing can be appended to ", Quoted(name))));
    } else if (event.signature.has_value() || event.occurred_at.has_value()) {
      valid.Update(absl::InvalidArgumentError(
          "an event is signed, or occurred already"));
    }
  }
  if (!valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("schedule ", Quoted(schedule.id), ": ", valid.message()));
  }
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
