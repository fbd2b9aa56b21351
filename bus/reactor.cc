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

// Puts the rows of a reaction into the append that has its events.
class ReactionRows final : public AppendParticipant {
 public:
  explicit ReactionRows(std::string name) : name_(std::move(name)) {}

  // Until Disarm(), the append whose first event is `first`.
  void Arm(const EventId& first, RowBatch rows, Position handled) {
    MutexLock lock(&mutex_);
    first_ = first;
    rows_ = std::move(rows);
    handled_ = handled;
  }
  void Disarm() {
    MutexLock lock(&mutex_);
    first_.reset();
  }

  absl::Status Join(std::span<const EventView> events,
                    RowEditor& rows) override {
    MutexLock lock(&mutex_);
    if (!first_.has_value() || events.front().id != *first_) {
      return absl::OkStatus();
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                             rows.Get(ReactorCheckpointKey(name_)));
    DAYBOOK_ASSIGN_OR_RETURN(const Position checkpoint,
                             ParseReactorCheckpoint(name_, stored));
    if (checkpoint > handled_) {
      return HandledByAnother(name_, handled_);
    }
    for (const RowBatch::Change& change : rows_.changes()) {
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
  std::optional<EventId> first_ ABSL_GUARDED_BY(mutex_);
  RowBatch rows_ ABSL_GUARDED_BY(mutex_);
  Position handled_ ABSL_GUARDED_BY(mutex_);
};

class StoreReactor final : public Reactor {
 public:
  StoreReactor(EventStore* store, std::string name, ReactorOptions options,
               React react)
      : store_(*store),
        name_(std::move(name)),
        options_(std::move(options)),
        react_(std::move(react)),
        rows_(std::make_shared<ReactionRows>(name_)) {}
  ~StoreReactor() override { store_.Detach(rows_.get()); }

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
    return StateIn(*rows, key);
  }

 private:
  absl::Status Listen();
  absl::StatusOr<uint64_t> HandleNext(absl::Duration timeout);
  // Rows that another one wrote since must not be replaced by older ones.
  absl::Status CheckNotHandled(const RowReader& rows, Position position) const;
  absl::StatusOr<std::string> StateIn(const RowReader& rows,
                                      std::string_view key) const;
  absl::Status Handle(const EventView& event);
  absl::StatusOr<std::string> KeyOf(const EventView& event) const;
  absl::StatusOr<Reaction> Ask(const EventView& event, std::string_view state);
  absl::Status Answer(const EventView& event, Reaction reaction,
                      const RowBatch& rows);
  absl::Status Threw(const EventView& event) const;

  EventStore& store_;
  const std::string name_;
  const ReactorOptions options_;
  const React react_;
  const std::shared_ptr<ReactionRows> rows_;
  std::atomic<uint64_t> checkpoint_ = 0;
  // The one in the rows, and what was handled without effect since.
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
  const Position head = store_.Head();
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
  DAYBOOK_RETURN_IF_ERROR(Listen());
  return store_.Attach(rows_, [](Position) { return absl::OkStatus(); });
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
    RowBatch rows;
    PutReactorCheckpoint(name_, batch.next_position, &rows);
    DAYBOOK_RETURN_IF_ERROR(store_.WriteRows(rows));
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

absl::StatusOr<std::string> StoreReactor::StateIn(const RowReader& rows,
                                                  std::string_view key) const {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> state,
                           rows.Get(ReactorStateKey(name_, key)));
  return std::move(state).value_or("");
}

absl::Status StoreReactor::CheckNotHandled(const RowReader& rows,
                                           Position position) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                           rows.Get(ReactorCheckpointKey(name_)));
  DAYBOOK_ASSIGN_OR_RETURN(const Position checkpoint,
                           ParseReactorCheckpoint(name_, stored));
  if (checkpoint > position) return HandledByAnother(name_, position);
  return absl::OkStatus();
}

absl::Status StoreReactor::Handle(const EventView& event) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string key, KeyOf(event));
  if (key.empty()) return absl::OkStatus();
  if (key.size() > kReactorKeyBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("reactor ", Quoted(name_), ": the key of position ",
                     event.position.value(), " is ", key.size(),
                     " bytes, the limit is ", kReactorKeyBytesMax));
  }
  std::string state;
  {
    // Let go of before the reaction is asked, which may take long.
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> before,
                             store_.ReadRows());
    DAYBOOK_RETURN_IF_ERROR(CheckNotHandled(*before, event.position));
    DAYBOOK_ASSIGN_OR_RETURN(state, StateIn(*before, key));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Reaction reaction, Ask(event, state));
  if (reaction.events.empty() && reaction.state == state) {
    return absl::OkStatus();
  }
  RowBatch rows;
  PutReactorCheckpoint(name_, event.position.Next(), &rows);
  if (reaction.state.empty()) {
    rows.Delete(ReactorStateKey(name_, key));
  } else {
    rows.Put(ReactorStateKey(name_, key), reaction.state);
  }
  DAYBOOK_RETURN_IF_ERROR(reaction.events.empty()
                              ? store_.WriteRows(rows)
                              : Answer(event, std::move(reaction), rows));
  stored_checkpoint_ = event.position.Next();
  return absl::OkStatus();
}

absl::Status StoreReactor::Answer(const EventView& event, Reaction reaction,
                                  const RowBatch& rows) {
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
  rows_->Arm(*request.events.front().event.id, rows, event.position);
  const absl::StatusOr<AppendResult> appended = store_.Append(request);
  rows_->Disarm();
  DAYBOOK_RETURN_IF_ERROR(appended.status());
  if (!appended->repeated) return absl::OkStatus();
  // Appended before, by one whose rows were lost since.
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> before,
                           store_.ReadRows());
  DAYBOOK_RETURN_IF_ERROR(CheckNotHandled(*before, event.position));
  return store_.WriteRows(rows);
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
