#include "daybook/bus/groups.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bus/group_claim.h"
#include "bus/group_rows.h"
#include "bus/open_group.h"
#include "store/event_filter.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// How often a group that is not open is looked at by who waits for it.
constexpr absl::Duration kLookAgainAfter = absl::Milliseconds(20);

absl::Status CheckOptions(const GroupOptions& options) {
  std::string problem;
  if (options.lanes.kind() == Lanes::Kind::kKey &&
      options.lanes.key_function() == nullptr) {
    problem = "lanes by a key need a function";
  } else if (options.lease <= absl::ZeroDuration()) {
    problem = "the lease must be above zero";
  } else if (options.retry.first < absl::ZeroDuration() ||
             options.retry.max < absl::ZeroDuration()) {
    problem = "waits between attempts must not be negative";
  } else if (options.retry.attempt_count_max == 0) {
    problem = "there must be an attempt at least";
  } else if (options.outstanding_count_max == 0) {
    problem = "an event at least must be allowed to be outstanding";
  } else if (options.outstanding_count_max > kGroupOutstandingCountMax) {
    problem = absl::StrCat("no more than ", kGroupOutstandingCountMax,
                           " events may be outstanding");
  }
  if (problem.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("group options: ", problem));
}

// `progress` with one more event outstanding. REQUIRES: it is not yet.
void AddOutstanding(Position position, GroupProgress* progress) {
  const uint64_t at = position.value();
  PositionRuns runs;
  bool is_added = false;
  for (const PositionRuns::Run& run : progress->outstanding.runs()) {
    if (!is_added && at < run.begin) {
      runs.Add(position);
      is_added = true;
    }
    runs.AddRun(run);
  }
  if (!is_added) runs.Add(position);
  progress->outstanding = std::move(runs);
}

class StoreGroups final : public Groups {
 public:
  StoreGroups(EventStore* store, const GroupsOptions& options)
      : executor_(options.executor != nullptr ? options.executor
                                              : Executor::Threads(1)) {
    around_.store = store;
    around_.clock = options.clock != nullptr ? options.clock : Clock::System();
    around_.executor = executor_.get();
  }
  ~StoreGroups() override { CloseAll().IgnoreError(); }

  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name, const GroupOptions& options) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name) override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<GroupInfo>> List() override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<GroupInfo> Get(std::string_view name) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status WaitHandled(std::string_view name, Position position,
                           absl::Duration timeout) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<ParkedEvent>> Parked(
      std::string_view name, const ParkedOptions& options) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Retry(std::string_view name, Position position,
                     const Operation& operation) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    return TakeUp(name, position, &operation);
  }
  absl::Status Skip(std::string_view name, Position position,
                    const Operation& operation) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status RetryRecorded(std::string_view name, Position position) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    return TakeUp(name, position, /*operation=*/nullptr);
  }
  absl::Status SkipRecorded(std::string_view name, Position position) override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    return TakeForDone(name, position, /*operation=*/nullptr);
  }
  absl::Status Reset(std::string_view name, Position position,
                     const Operation& operation) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Delete(std::string_view name,
                      const Operation& operation) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Close() override ABSL_LOCKS_EXCLUDED(mutex_) {
    return CloseAll();
  }

 private:
  absl::Status CloseAll() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckRunning() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether `position` is done, as the rows say.
  absl::StatusOr<bool> IsDone(std::string_view name, Position position)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Closes it, if it is open. Errors: kFailedPrecondition if it has members.
  absl::Status CloseUnused(std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Null if it is not open. Waits for one that is being closed: what was done
  // there is in the rows then.
  OpenGroup* FindOpen(std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same for who does not keep others from it meanwhile.
  std::shared_ptr<OpenGroup> ShareOpen(std::string_view name)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> OpenHeld(
      std::string_view name, const GroupOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // That there is such a group, well or sick. Errors: kNotFound, kDataLoss.
  absl::Status CheckExists(std::string_view name) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The rows, with all that is known of `name`. Errors: as CheckExists(); why
  // it could not write.
  absl::StatusOr<std::unique_ptr<RowReader>> RowsOf(std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<GroupInfo> Describe(std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What Retry() and Skip() do; null where it is recorded already.
  absl::Status TakeUp(std::string_view name, Position position,
                      const Operation* operation) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status TakeForDone(std::string_view name, Position position,
                           const Operation* operation)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Record(const Operation* operation) {
    return operation == nullptr ? absl::OkStatus() : Record(*operation);
  }
  absl::Status Record(const Operation& operation) {
    return around_.store->RecordOperation(operation).status();
  }

  const std::shared_ptr<Executor> executor_;
  GroupSurroundings around_;
  // Held for as long as somebody opens, looks or changes.
  Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::shared_ptr<OpenGroup>, std::less<>> open_
      ABSL_GUARDED_BY(mutex_);
};

absl::Status StoreGroups::CheckRunning() const {
  if (!closed_) return absl::OkStatus();
  return absl::UnavailableError("the groups of this store are closed");
}

OpenGroup* StoreGroups::FindOpen(std::string_view name) {
  const auto found = open_.find(name);
  if (found == open_.end()) return nullptr;
  if (!found->second->closing()) return found->second.get();
  // Who closes it is told what goes wrong.
  found->second->Close().IgnoreError();
  open_.erase(found);
  return nullptr;
}

std::shared_ptr<OpenGroup> StoreGroups::ShareOpen(std::string_view name) {
  MutexLock lock(&mutex_);
  return FindOpen(name) == nullptr ? nullptr : open_.find(name)->second;
}

absl::Status StoreGroups::CloseAll() {
  MutexLock lock(&mutex_);
  closed_ = true;
  absl::Status status;
  for (const auto& [name, group] : open_) status.Update(group->Close());
  open_.clear();
  return status;
}

// --- Opening -----------------------------------------------------------------

absl::StatusOr<std::shared_ptr<ConsumerGroup>> StoreGroups::Open(
    std::string_view name, const GroupOptions& options) {
  MutexLock lock(&mutex_);
  return OpenHeld(name, options);
}

absl::StatusOr<std::shared_ptr<ConsumerGroup>> StoreGroups::Open(
    std::string_view name) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(ValidateGroupName(name));
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  // Also of a store that is closed.
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           around_.store->ReadRows());
  if (FindOpen(name) != nullptr) return open_.find(name)->second;
  DAYBOOK_ASSIGN_OR_RETURN(const GroupDefinition definition,
                           ReadGroup(*rows, name));
  if (definition.options.lanes.kind() == Lanes::Kind::kKey) {
    return absl::FailedPreconditionError(
        absl::StrCat("group ", Quoted(name),
                     ": its lanes are by a function of the program that opened "
                     "it last: open it with options"));
  }
  return OpenHeld(name, definition.options);
}

absl::StatusOr<std::shared_ptr<ConsumerGroup>> StoreGroups::OpenHeld(
    std::string_view name, const GroupOptions& options) {
  DAYBOOK_RETURN_IF_ERROR(ValidateGroupName(name));
  DAYBOOK_RETURN_IF_ERROR(CheckOptions(options));
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  const auto changed_filter = [&] {
    return absl::FailedPreconditionError(absl::StrCat(
        "group ", Quoted(name),
        " follows other events than it is asked to now: take another name, "
        "delete it, or accept the changed filter"));
  };
  if (const OpenGroup* const open = FindOpen(name)) {
    if (!SameFilter(open->definition().options.filter, options.filter)) {
      return changed_filter();
    }
    // Whether the store is closed.
    DAYBOOK_RETURN_IF_ERROR(around_.store->ReadRows().status());
    return open_.find(name)->second;
  }
  if (around_.executor == nullptr) {
    return absl::ResourceExhaustedError(
        "no further thread to write groups behind");
  }
  DAYBOOK_ASSIGN_OR_RETURN(GroupClaim claim,
                           GroupClaim::Take(*around_.store, name));
  const Position head = around_.store->Head();
  GroupDefinition definition;
  GroupProgress progress;
  std::map<Position, FailedAttempts> attempts;
  RowBatch batch;
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                             around_.store->ReadRows());
    absl::StatusOr<GroupDefinition> stored = ReadGroup(*rows, name);
    if (absl::IsNotFound(stored.status())) {
      definition.created_at = around_.clock->Now();
      progress.next_position = options.from.position().value_or(
          options.durable_only ? around_.store->DurableHead() : head);
      if (progress.next_position > head) {
        return absl::InvalidArgumentError(
            absl::StrCat("group ", Quoted(name), ": position ",
                         progress.next_position.value(),
                         " is beyond the head, ", head.value()));
      }
      PutProgress(name, progress, &batch);
    } else {
      DAYBOOK_RETURN_IF_ERROR(stored.status());
      definition.created_at = stored->created_at;
      if (!options.accept_changed_filter &&
          !SameFilter(stored->options.filter, options.filter)) {
        return changed_filter();
      }
      DAYBOOK_ASSIGN_OR_RETURN(progress, ReadProgress(*rows, name));
      DAYBOOK_ASSIGN_OR_RETURN(attempts, ReadAttempts(*rows, name));
      if (progress.next_position > head) {
        return absl::FailedPreconditionError(
            absl::StrCat("group ", Quoted(name), " has come to position ",
                         progress.next_position.value(), ", the log ends at ",
                         head.value(), ": reset it"));
      }
    }
  }
  definition.options = options;
  auto group = std::make_shared<OpenGroup>(
      around_, std::move(claim), std::string(name), std::move(definition));
  DAYBOOK_RETURN_IF_ERROR(group->Start(progress, std::move(attempts)));
  PutGroup(name, group->definition(), &batch);
  DAYBOOK_RETURN_IF_ERROR(around_.store->WriteRows(batch));
  open_[std::string(name)] = group;
  return group;
}

// --- Looking -----------------------------------------------------------------

absl::Status StoreGroups::CheckExists(std::string_view name) const {
  DAYBOOK_RETURN_IF_ERROR(ValidateGroupName(name));
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           around_.store->ReadRows());
  return ReadGroup(*rows, name).status();
}

absl::StatusOr<std::unique_ptr<RowReader>> StoreGroups::RowsOf(
    std::string_view name) {
  DAYBOOK_RETURN_IF_ERROR(ValidateGroupName(name));
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  if (OpenGroup* const open = FindOpen(name)) {
    absl::Status flushed = open->Flush();
    // Unless it was closed just now: then the rows say all.
    if (!flushed.ok() && FindOpen(name) != nullptr) return flushed;
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RowReader> rows,
                           around_.store->ReadRows());
  DAYBOOK_RETURN_IF_ERROR(ReadGroup(*rows, name).status());
  return rows;
}

absl::StatusOr<GroupInfo> StoreGroups::Describe(std::string_view name) {
  GroupInfo info;
  if (OpenGroup* const open = FindOpen(name)) {
    absl::StatusOr<GroupInfo> at_work = open->Info();
    // Unless it was closed just now: then the rows say all.
    if (!at_work.ok() && FindOpen(name) != nullptr) return at_work.status();
    if (at_work.ok()) info = *std::move(at_work);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           around_.store->ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(GroupDefinition definition, ReadGroup(*rows, name));
  if (!info.open) {
    DAYBOOK_ASSIGN_OR_RETURN(const GroupProgress progress,
                             ReadProgress(*rows, name));
    info.checkpoint = progress.checkpoint();
    info.next_position = progress.next_position;
    info.outstanding_count = progress.outstanding.count();
  }
  info.name = name;
  info.filter = std::move(definition.options.filter);
  info.lanes = std::move(definition.options.lanes);
  info.retry = definition.options.retry;
  info.lease = definition.options.lease;
  info.outstanding_count_max = definition.options.outstanding_count_max;
  info.outstanding_bytes_max = definition.options.outstanding_bytes_max;
  info.durable_only = definition.options.durable_only;
  info.created_at = definition.created_at;
  DAYBOOK_ASSIGN_OR_RETURN(info.parked_count, CountParked(*rows, name));
  const Position head = around_.store->Head();
  info.lag_count = info.outstanding_count;
  if (info.next_position < head) {
    info.lag_count += head.value() - info.next_position.value();
  }
  if (info.lag_count == 0 || info.checkpoint >= head) return info;
  DAYBOOK_ASSIGN_OR_RETURN(const Event event,
                           around_.store->ReadEvent(info.checkpoint));
  info.lag =
      std::max(absl::ZeroDuration(), around_.clock->Now() - event.recorded_at);
  return info;
}

absl::StatusOr<std::vector<GroupInfo>> StoreGroups::List() {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  std::vector<std::string> names;
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                             around_.store->ReadRows());
    DAYBOOK_ASSIGN_OR_RETURN(names, ReadGroupNames(*rows));
  }
  std::vector<GroupInfo> infos;
  for (const std::string& name : names) {
    absl::StatusOr<GroupInfo> info = Describe(name);
    if (!info.ok()) info = GroupInfo{.name = name, .problem = info.status()};
    infos.push_back(*std::move(info));
  }
  return infos;
}

absl::StatusOr<GroupInfo> StoreGroups::Get(std::string_view name) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(ValidateGroupName(name));
  DAYBOOK_RETURN_IF_ERROR(CheckRunning());
  return Describe(name);
}

absl::StatusOr<bool> StoreGroups::IsDone(std::string_view name,
                                         Position position) {
  MutexLock lock(&mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows, RowsOf(name));
  DAYBOOK_ASSIGN_OR_RETURN(const GroupProgress progress,
                           ReadProgress(*rows, name));
  if (!progress.IsDone(position)) return false;
  const absl::StatusOr<ParkedEvent> parked = ReadParked(*rows, name, position);
  if (absl::IsNotFound(parked.status())) return true;
  DAYBOOK_RETURN_IF_ERROR(parked.status());
  return absl::AbortedError(absl::StrCat("the event at ", position.value(),
                                         " is parked: ", parked->cause));
}

absl::Status StoreGroups::WaitHandled(std::string_view name, Position position,
                                      absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  while (true) {
    // Asked first, since it costs nothing: for the rows all is written.
    const std::shared_ptr<OpenGroup> open = ShareOpen(name);
    if (open != nullptr) {
      DAYBOOK_RETURN_IF_ERROR(
          open->WaitDone(position, deadline - Clock::System()->Monotonic()));
    }
    // Or parked.
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_done, IsDone(name, position));
    if (is_done) return absl::OkStatus();
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (open != nullptr) continue;  // parked, and tried again by now
    if (left > absl::ZeroDuration()) {
      absl::SleepFor(std::min(left, kLookAgainAfter));
    } else {
      return absl::DeadlineExceededError(absl::StrCat(
          "nobody has group ", Quoted(name), " open, and it has not handled ",
          "the event at ", position.value()));
    }
  }
}

absl::StatusOr<std::vector<ParkedEvent>> StoreGroups::Parked(
    std::string_view name, const ParkedOptions& options) {
  MutexLock lock(&mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows, RowsOf(name));
  return ReadParked(*rows, name, options.from, options.count_max);
}

// --- What operators do -------------------------------------------------------

absl::Status StoreGroups::CloseUnused(std::string_view name) {
  if (FindOpen(name) == nullptr) return absl::OkStatus();
  const auto found = open_.find(name);
  // One that is sick hands out nothing, whoever has joined.
  const absl::StatusOr<GroupInfo> info = found->second->Info();
  if (info.ok() && !info->members.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("group ", Quoted(name), " has ", info->members.size(),
                     info->members.size() == 1 ? " member" : " members",
                     ": they are to leave first"));
  }
  // What it could not write goes the way of the rest.
  found->second->Close().IgnoreError();
  open_.erase(found);
  return absl::OkStatus();
}

absl::Status StoreGroups::TakeUp(std::string_view name, Position position,
                                 const Operation* operation) {
  MutexLock lock(&mutex_);
  GroupDefinition definition;
  GroupProgress progress;
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                             RowsOf(name));
    DAYBOOK_RETURN_IF_ERROR(ReadParked(*rows, name, position).status());
    DAYBOOK_ASSIGN_OR_RETURN(definition, ReadGroup(*rows, name));
    DAYBOOK_ASSIGN_OR_RETURN(progress, ReadProgress(*rows, name));
  }
  if (OpenGroup* const open = FindOpen(name)) {
    DAYBOOK_RETURN_IF_ERROR(open->CheckRoom());
    DAYBOOK_RETURN_IF_ERROR(Record(operation));
    return open->TakeUp(position);
  }
  if (progress.outstanding.count() >=
      definition.options.outstanding_count_max) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "group ", Quoted(name), " has ", progress.outstanding.count(),
        " events outstanding, the limit is ",
        definition.options.outstanding_count_max, ": retry later"));
  }
  DAYBOOK_RETURN_IF_ERROR(Record(operation));
  AddOutstanding(position, &progress);
  RowBatch batch;
  DeleteParked(name, position, &batch);
  PutProgress(name, progress, &batch);
  return around_.store->WriteRows(batch);
}

absl::Status StoreGroups::Skip(std::string_view name, Position position,
                               const Operation& operation) {
  if (operation.reason.empty()) {
    return absl::InvalidArgumentError(
        "an event is skipped for a reason: say which");
  }
  return TakeForDone(name, position, &operation);
}

absl::Status StoreGroups::TakeForDone(std::string_view name, Position position,
                                      const Operation* operation) {
  MutexLock lock(&mutex_);
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                             RowsOf(name));
    DAYBOOK_RETURN_IF_ERROR(ReadParked(*rows, name, position).status());
  }
  DAYBOOK_RETURN_IF_ERROR(Record(operation));
  RowBatch batch;
  DeleteParked(name, position, &batch);
  return around_.store->WriteRows(batch);
}

absl::Status StoreGroups::Reset(std::string_view name, Position position,
                                const Operation& operation) {
  MutexLock lock(&mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckExists(name));
  if (const Position head = around_.store->Head(); position > head) {
    return absl::InvalidArgumentError(absl::StrCat(
        "position ", position.value(), " is beyond the head, ", head.value()));
  }
  DAYBOOK_RETURN_IF_ERROR(CloseUnused(name));
  DAYBOOK_RETURN_IF_ERROR(Record(operation));
  RowBatch batch;
  DeleteAllAttempts(name, &batch);
  DeleteParkedFrom(name, position, &batch);
  PutProgress(name, {.next_position = position}, &batch);
  return around_.store->WriteRows(batch);
}

absl::Status StoreGroups::Delete(std::string_view name,
                                 const Operation& operation) {
  MutexLock lock(&mutex_);
  // One that is damaged can be deleted, too.
  absl::Status found = CheckExists(name);
  if (!found.ok() && !absl::IsDataLoss(found)) return found;
  DAYBOOK_RETURN_IF_ERROR(CloseUnused(name));
  DAYBOOK_RETURN_IF_ERROR(Record(operation));
  RowBatch batch;
  DeleteGroup(name, &batch);
  return around_.store->WriteRows(batch);
}

}  // namespace

std::unique_ptr<Groups> Groups::Over(EventStore& store,
                                     const GroupsOptions& options) {
  return std::make_unique<StoreGroups>(&store, options);
}

}  // namespace daybook
