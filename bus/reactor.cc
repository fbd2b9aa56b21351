#include "daybook/bus/reactor.h"

#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bus/reactor_rows.h"
#include "daybook/store/rows.h"
#include "store/checksum.h"
#include "store/event_filter.h"
#include "store/mutex.h"
#include "store/names.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

constexpr size_t kStepCount = 256;

// The id of the `index`-th event that answers the one at `cause`: the same at
// each try, and a UUID of version 7 from when that was recorded, so that it is
// found by its time. Never changes: an append that is repeated must have the
// same ids.
EventId AnswerId(std::string_view reactor, const EventView& cause,
                 size_t index) {
  const std::string what =
      absl::StrCat(ToAbsl(reactor), "/", cause.position.value(), "/", index,
                   "/", cause.id.ToString());
  const uint64_t high = StableHash(what, 1);
  const uint64_t low = StableHash(what, 2);
  const auto millis =
      static_cast<uint64_t>(absl::ToUnixMillis(cause.recorded_at));
  std::array<uint8_t, EventId::kSize> bytes;
  for (int i = 0; i < 6; ++i) {
    bytes[i] = static_cast<uint8_t>(millis >> (40 - 8 * i));
  }
  for (int i = 0; i < 2; ++i) {
    bytes[6 + i] = static_cast<uint8_t>(high >> (8 * i));
  }
  for (int i = 0; i < 8; ++i) {
    bytes[8 + i] = static_cast<uint8_t>(low >> (8 * i));
  }
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  return EventId(bytes);
}

// Of two that are open at once, to the one that is behind.
absl::Status HandledByAnother(std::string_view reactor, Position position) {
  return absl::FailedPreconditionError(absl::StrCat(
      "reactor ", Quoted(reactor), ": the event at position ", position.value(),
      " was handled by another one of its name"));
}

// What a reaction changes in the rows.
struct ReactionRows {
  // Where the reactor has left its checkpoint. Each effect moves that on, so
  // while it stands there nobody has changed anything since.
  Position before;
  // The event that is answered.
  Position handled;
  RowBatch batch;
};

// `stored` is what is under ReactorCheckpointKey() now. Errors: kDataLoss;
// kFailedPrecondition if another one has moved it.
absl::Status CheckUnmoved(std::string_view reactor,
                          const std::optional<std::string>& stored,
                          Position before, Position handled) {
  DAYBOOK_ASSIGN_OR_RETURN(const Position checkpoint,
                           ParseReactorCheckpoint(reactor, stored));
  return checkpoint == before ? absl::OkStatus()
                              : HandledByAnother(reactor, handled);
}

// Puts the rows of a reaction into the append that has its events, if the
// checkpoint is where the reactor left it: looked at and moved in one step.
class ReactionParticipant final : public AppendParticipant {
 public:
  explicit ReactionParticipant(std::string name) : name_(std::move(name)) {}

  // Until Disarm(), the append whose first event is `first`.
  void Arm(const EventId& first, const ReactionRows* rows) {
    MutexLock lock(&mutex_);
    first_ = first;
    rows_ = rows;
  }
  void Disarm() {
    MutexLock lock(&mutex_);
    rows_ = nullptr;
  }

  absl::Status Join(std::span<const EventView> events,
                    RowEditor& rows) override {
    MutexLock lock(&mutex_);
    if (rows_ == nullptr || events.front().id != first_) {
      return absl::OkStatus();
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                             rows.Get(ReactorCheckpointKey(name_)));
    DAYBOOK_RETURN_IF_ERROR(
        CheckUnmoved(name_, stored, rows_->before, rows_->handled));
    for (const RowBatch::Change& change : rows_->batch.changes()) {
      if (change.kind == RowBatch::Kind::kPut) {
        rows.Put(change.key, change.value);
      } else {
        rows.Delete(change.key);
      }
    }
    return absl::OkStatus();
  }

 private:
  const std::string name_;
  Mutex mutex_;
  EventId first_ ABSL_GUARDED_BY(mutex_);
  // Null: no append.
  const ReactionRows* rows_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

class StoreReactor final : public Reactor {
 public:
  StoreReactor(EventStore* store, std::string name, ReactorOptions options,
               React react)
      : store_(*store),
        name_(std::move(name)),
        options_(std::move(options)),
        react_(std::move(react)),
        participant_(std::make_shared<ReactionParticipant>(name_)) {}
  ~StoreReactor() override { store_.Detach(participant_.get()); }

  absl::Status Start();

  absl::StatusOr<uint64_t> Step(absl::Duration timeout) override;
  void Cancel() override {
    cancelled_ = true;
    MutexLock lock(&mutex_);
    if (events_ != nullptr) events_->Cancel();
  }
  Position checkpoint() const override { return Position(checkpoint_.load()); }
  absl::StatusOr<std::string> StateOf(std::string_view key) const override {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                             store_.ReadRows());
    DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> state,
                             rows->Get(ReactorStateKey(name_, key)));
    return std::move(state).value_or("");
  }

 private:
  // Finds out where it goes on, or makes it where there is none yet.
  absl::Status Begin(Position head);
  absl::Status Listen();
  absl::StatusOr<uint64_t> HandleNext(absl::Duration timeout);
  absl::Status Handle(const EventView& event);
  absl::Status AskAndAnswer(const EventView& event);
  // Errors: as CheckUnmoved(); as EventStore::WriteRows().
  absl::Status WriteIfUnmoved(const ReactionRows& rows);
  absl::Status CheckStored(const ReactionRows& rows) const;
  absl::StatusOr<std::string> KeyOf(const EventView& event) const;
  absl::StatusOr<Reaction> Ask(const EventView& event, std::string_view state);
  absl::Status Answer(const EventView& event, Reaction reaction,
                      const ReactionRows& rows);
  absl::Status Threw(const EventView& event) const;

  EventStore& store_;
  const std::string name_;
  const ReactorOptions options_;
  const React react_;
  const std::shared_ptr<ReactionParticipant> participant_;
  std::atomic<uint64_t> checkpoint_ = 0;
  // The one in the rows, as this left it; what was handled since had no effect.
  Position stored_checkpoint_;
  std::atomic<bool> cancelled_ = false;
  Mutex mutex_;
  // Replaced by Step() alone; null after an error.
  std::shared_ptr<Subscription> events_;
};

absl::Status StoreReactor::Start() {
  DAYBOOK_RETURN_IF_ERROR(
      ValidateChosenName("reactor name", name_, kReactorNameBytesMax));
  DAYBOOK_RETURN_IF_ERROR(ValidateFilter(options_.filter));
  DAYBOOK_RETURN_IF_ERROR(store_.Attach(
      participant_, [this](Position head) { return Begin(head); }));
  return Listen();
}

absl::Status StoreReactor::Begin(Position head) {
  std::optional<EventFilter> followed;
  Position begin = options_.from.position().value_or(head);
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                             store_.ReadRows());
    DAYBOOK_ASSIGN_OR_RETURN(followed, ReadReactor(*rows, name_));
    if (followed.has_value()) {
      DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                               rows->Get(ReactorCheckpointKey(name_)));
      DAYBOOK_ASSIGN_OR_RETURN(begin, ParseReactorCheckpoint(name_, stored));
    }
  }
  if (!followed.has_value() && begin > head) {
    return absl::InvalidArgumentError(
        absl::StrCat("reactor ", Quoted(name_), ": position ", begin.value(),
                     " is beyond the head, ", head.value()));
  }
  if (begin > head) {
    return absl::FailedPreconditionError(
        absl::StrCat("reactor ", Quoted(name_), " has come to position ",
                     begin.value(), ", the log ends at ", head.value()));
  }
  if (followed.has_value() && !SameFilter(*followed, options_.filter)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "reactor ", Quoted(name_),
        " follows other events than it is asked to now: take another name"));
  }
  if (!followed.has_value()) {
    RowBatch batch;
    PutReactor(name_, options_.filter, &batch);
    PutReactorCheckpoint(name_, begin, &batch);
    DAYBOOK_RETURN_IF_ERROR(store_.WriteRows(batch));
  }
  stored_checkpoint_ = begin;
  checkpoint_ = begin.value();
  return absl::OkStatus();
}

absl::Status StoreReactor::Listen() {
  SubscribeOptions subscribe;
  subscribe.filter = options_.filter;
  subscribe.from = SubscribeFrom::At(checkpoint());
  subscribe.batch_count_max = kStepCount;
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Subscription> events,
                           store_.Subscribe(subscribe));
  MutexLock lock(&mutex_);
  events_ = std::move(events);
  if (cancelled_) events_->Cancel();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> StoreReactor::Step(absl::Duration timeout) {
  if (events_ == nullptr) DAYBOOK_RETURN_IF_ERROR(Listen());
  absl::StatusOr<uint64_t> count = HandleNext(timeout);
  if (count.ok()) return count;
  // To begin again behind what was handled; and one that failed says the same
  // for ever.
  std::shared_ptr<Subscription> failed;
  MutexLock lock(&mutex_);
  failed.swap(events_);
  return count;
}

absl::StatusOr<uint64_t> StoreReactor::HandleNext(absl::Duration timeout) {
  DAYBOOK_ASSIGN_OR_RETURN(const EventBatch batch, events_->Next(timeout));
  for (const EventView& event : batch.events) {
    DAYBOOK_RETURN_IF_ERROR(Handle(event));
    checkpoint_ = event.position.Next().value();
  }
  checkpoint_ = batch.next_position.value();
  // So that a long way without an effect is not gone again.
  if (batch.next_position.value() >=
      stored_checkpoint_.value() + 40 * kStepCount) {
    ReactionRows rows{.before = stored_checkpoint_,
                      .handled = batch.next_position};
    PutReactorCheckpoint(name_, batch.next_position, &rows.batch);
    DAYBOOK_RETURN_IF_ERROR(WriteIfUnmoved(rows));
    stored_checkpoint_ = batch.next_position;
  }
  return batch.events.size();
}

absl::Status StoreReactor::Threw(const EventView& event) const {
  return absl::UnknownError(absl::StrCat("reactor ", Quoted(name_),
                                         " threw at position ",
                                         event.position.value()));
}

absl::StatusOr<std::string> StoreReactor::KeyOf(const EventView& event) const {
  if (!options_.key) return std::string(event.metadata().correlation_id);
  try {
    return options_.key(event);
  } catch (...) {
    return Threw(event);
  }
}

absl::StatusOr<Reaction> StoreReactor::Ask(const EventView& event,
                                           std::string_view state) {
  try {
    return react_(event, state);
  } catch (...) {
    return Threw(event);
  }
}

absl::Status StoreReactor::CheckStored(const ReactionRows& rows) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> reader,
                           store_.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                           reader->Get(ReactorCheckpointKey(name_)));
  return CheckUnmoved(name_, stored, rows.before, rows.handled);
}

absl::Status StoreReactor::WriteIfUnmoved(const ReactionRows& rows) {
  absl::Status written = absl::OkStatus();
  bool is_done = false;
  // Whatever moves the checkpoint does so in an append or, like this, between
  // two. It is that moment which is wanted: nothing is attached.
  const absl::Status refused =
      store_.Attach(participant_, [&](Position /*head*/) {
        written = CheckStored(rows);
        if (written.ok()) written = store_.WriteRows(rows.batch);
        is_done = true;
        return absl::CancelledError("not to be attached");
      });
  return is_done ? written : refused;
}

absl::Status StoreReactor::Handle(const EventView& event) {
  absl::Status status = AskAndAnswer(event);
  if (status.ok()) return status;
  // It may have been asked with what another one has made of the state since:
  // then that is what is wrong.
  absl::Status unmoved = CheckStored(
      {.before = stored_checkpoint_, .handled = event.position, .batch = {}});
  return absl::IsFailedPrecondition(unmoved) ? unmoved : status;
}

absl::Status StoreReactor::AskAndAnswer(const EventView& event) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string key, KeyOf(event));
  if (key.empty()) return absl::OkStatus();
  if (key.size() > kReactorKeyBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("reactor ", Quoted(name_), ": the key of position ",
                     event.position.value(), " is ", key.size(),
                     " bytes, the limit is ", kReactorKeyBytesMax));
  }
  // What was read is let go of before the reaction is asked, which may take
  // long. If another one has changed it since this left its checkpoint, or
  // does, nothing that follows from it is stored.
  DAYBOOK_ASSIGN_OR_RETURN(const std::string state, StateOf(key));
  DAYBOOK_ASSIGN_OR_RETURN(Reaction reaction, Ask(event, state));
  if (reaction.events.empty() && reaction.state == state) {
    return absl::OkStatus();
  }
  ReactionRows rows{.before = stored_checkpoint_, .handled = event.position};
  PutReactorCheckpoint(name_, event.position.Next(), &rows.batch);
  if (reaction.state.empty()) {
    rows.batch.Delete(ReactorStateKey(name_, key));
  } else {
    rows.batch.Put(ReactorStateKey(name_, key), reaction.state);
  }
  DAYBOOK_RETURN_IF_ERROR(reaction.events.empty()
                              ? WriteIfUnmoved(rows)
                              : Answer(event, std::move(reaction), rows));
  stored_checkpoint_ = event.position.Next();
  return absl::OkStatus();
}

absl::Status StoreReactor::Answer(const EventView& event, Reaction reaction,
                                  const ReactionRows& rows) {
  AppendRequest request;
  request.events = std::move(reaction.events);
  request.key = absl::StrCat("reactor/", name_, "/", event.position.value());
  for (size_t i = 0; i < request.events.size(); ++i) {
    NewEvent& answer = request.events[i].event;
    answer.id = AnswerId(name_, event, i);
    Metadata& metadata = answer.metadata;
    if (metadata.causation_id.empty()) {
      metadata.causation_id = event.id.ToString();
    }
    if (metadata.correlation_id.empty()) {
      metadata.correlation_id = event.metadata().correlation_id;
    }
  }
  participant_->Arm(*request.events.front().event.id, &rows);
  const absl::StatusOr<AppendResult> appended = store_.Append(request);
  participant_->Disarm();
  DAYBOOK_RETURN_IF_ERROR(appended.status());
  // Repeated: appended before, by one whose rows were lost since, or by another
  // one just now.
  return appended->repeated ? WriteIfUnmoved(rows) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Reactor>> Reactor::Open(EventStore& store,
                                                       std::string_view name,
                                                       ReactorOptions options,
                                                       React react) {
  auto reactor = std::make_unique<StoreReactor>(
      &store, std::string(name), std::move(options), std::move(react));
  DAYBOOK_RETURN_IF_ERROR(reactor->Start());
  return reactor;
}

}  // namespace daybook
