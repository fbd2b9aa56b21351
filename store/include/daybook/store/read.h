// Cursors: how events and streams are read, one at a time.
//
// A cursor reads one snapshot: what was committed when it was made, whatever
// is appended since. It pulls; nothing is read ahead without bound.
//
//   auto cursor = store->ReadStream("order-42");
//   if (!cursor.ok()) return cursor.status();
//   for (const EventView& event : *cursor) Apply(event);
//   if (!cursor->status().ok()) return cursor->status();
//
// The last line matters: the loop ends at the end of what was asked or at the
// first event that is missing or damaged, and status() tells which.

#ifndef DAYBOOK_STORE_READ_H_
#define DAYBOOK_STORE_READ_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"

namespace daybook {

enum class Direction { kForward, kBackward };

inline constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// Bounds are inclusive and mean the same in either direction: `from` is the
// low end, `to` the high end; `direction` says at which one reading starts.
struct ReadStreamOptions {
  std::optional<Revision> from;
  std::optional<Revision> to;
  Direction direction = Direction::kForward;
  uint64_t limit = kNoLimit;
};

// For the log and for queries; every bound given must hold. Times are
// recorded_at, and finding one costs about as many reads as the logarithm of
// the log's length.
struct ReadLogOptions {
  std::optional<Position> from;
  std::optional<Position> to;
  std::optional<absl::Time> from_time;
  std::optional<absl::Time> to_time;
  Direction direction = Direction::kForward;
  uint64_t limit = kNoLimit;
};

// Reads events in order. Not thread-safe, movable. Must not be used after the
// store is destroyed; Close() waits for it.
class EventCursor {
 public:
  // What each engine implements.
  class Source {
   public:
    virtual ~Source() = default;
    // The next event into `*event`: true; at the end or on error: false, and
    // then always false.
    virtual bool Next(EventView* event) = 0;
    virtual const absl::Status& status() const = 0;
  };

  EventCursor(std::unique_ptr<Source> source, Position snapshot_head)
      : source_(std::move(source)), snapshot_head_(snapshot_head) {}

  // Steps to the next event. False at the end and on error: see status().
  bool Next() { return source_->Next(&event_); }

  // The event stepped to. REQUIRES: the last Next() returned true. Valid until
  // the next step.
  const EventView& event() const { return event_; }

  // OK while reading and at the end; kDataLoss when an event that must be
  // there is missing or damaged (GetDamage() has its position).
  const absl::Status& status() const { return source_->status(); }

  // The store's head when the cursor was made: a cursor that reached its end
  // has seen everything asked for below it.
  Position snapshot_head() const { return snapshot_head_; }

  // "Nothing that matches `query` after what this cursor could see."
  AppendCondition condition(Query query) const {
    AppendCondition condition{std::move(query), std::nullopt};
    if (snapshot_head_.value() > 0) condition.after = snapshot_head_.Previous();
    return condition;
  }

  // Range-for support; single pass.
  struct End {};
  class Iterator {
   public:
    explicit Iterator(EventCursor* cursor)
        : cursor_(cursor), more_(cursor->Next()) {}
    const EventView& operator*() const { return cursor_->event(); }
    const EventView* operator->() const { return &cursor_->event(); }
    Iterator& operator++() {
      more_ = cursor_->Next();
      return *this;
    }
    friend bool operator==(const Iterator& i, End) { return !i.more_; }

   private:
    EventCursor* cursor_;
    bool more_;
  };
  Iterator begin() { return Iterator(this); }
  End end() const { return {}; }

 private:
  std::unique_ptr<Source> source_;
  EventView event_;
  Position snapshot_head_;
};

// A stream as a whole.
struct StreamInfo {
  std::string name;
  // Events that a read of the stream shows, after deletes and truncation.
  uint64_t count = 0;
  // Absent when the stream never had an event (only metadata).
  std::optional<Revision> last_revision;
  std::optional<Position> last_position;
  // The first revision a read shows; equals last_revision + 1 when none.
  Revision first_revision;
  bool deleted = false;
  bool tombstoned = false;
  StreamMetadata metadata;

  friend bool operator==(const StreamInfo&, const StreamInfo&) = default;
};

// `prefix` and `category` are AND-ed; empty means any.
struct ListStreamsOptions {
  std::string prefix;
  std::string category;
  // Streams of the store itself, whose names start with `$`.
  bool include_system = false;
  // Soft-deleted, tombstoned and never written ones.
  bool include_deleted = false;
};

// Lists streams in byte order of their names. Same rules as EventCursor.
class StreamCursor {
 public:
  class Source {
   public:
    virtual ~Source() = default;
    virtual bool Next(StreamInfo* stream) = 0;
    virtual const absl::Status& status() const = 0;
  };

  explicit StreamCursor(std::unique_ptr<Source> source)
      : source_(std::move(source)) {}

  bool Next() { return source_->Next(&stream_); }
  const StreamInfo& stream() const { return stream_; }
  const absl::Status& status() const { return source_->status(); }

 private:
  std::unique_ptr<Source> source_;
  StreamInfo stream_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_READ_H_
