// Rows: an ordered table of bytes inside a store, for what is derived from its
// events and must not be derived anew at each use: views with their
// checkpoints, snapshots.
//
// A batch of changes is written whole or not at all. What must change in one
// step with an append rides on that append: AppendParticipant.
//
// Rows are no truth. They may be lost with the newest events in a power cut,
// never without them: a row that was written after an event was visible is
// never found without that event. No export has them.
//
// A key's first byte says whose it is: store/FORMAT.md. Keys from 0x80 on are
// for programs; none begins with 0x00. Limits: daybook/store/limits.h. Most use
// rows through views (daybook/replay/views.h) only.

#ifndef DAYBOOK_STORE_ROWS_H_
#define DAYBOOK_STORE_ROWS_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/read.h"

namespace daybook {

// Keys from `begin` on and below `end`, as bytes; an empty `end`: all from
// `begin` on.
struct RowRange {
  std::string begin;
  std::string end;

  // The keys that start with `prefix`.
  static RowRange OfPrefix(std::string_view prefix);
};

// Changes to rows, done in the order they were added. Not thread-safe.
class RowBatch {
 public:
  enum class Kind { kPut, kDelete, kDeleteRange };
  struct Change {
    Kind kind;
    std::string key;    // of a range its begin
    std::string value;  // of a range its end
  };

  void Put(std::string_view key, std::string_view value);
  void Delete(std::string_view key);
  void DeleteRange(const RowRange& range);

  bool empty() const { return changes_.empty(); }
  // Of all keys and values.
  size_t bytes() const { return bytes_; }
  const std::vector<Change>& changes() const { return changes_; }
  void Clear();

 private:
  std::vector<Change> changes_;
  size_t bytes_ = 0;
};

// Steps through rows in order of their keys. Not thread-safe; must not outlive
// the RowReader that made it.
class RowCursor {
 public:
  virtual ~RowCursor() = default;
  // False at the end and on error: see status().
  virtual bool Next() = 0;
  // REQUIRES: the last Next() returned true. Valid until the next step.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  // kDataLoss when rows are damaged: drop what they belong to and derive it
  // anew.
  virtual const absl::Status& status() const = 0;
};

// The rows as they were at one moment. Thread-safe. Must not outlive the store;
// Close() waits for it.
class RowReader {
 public:
  virtual ~RowReader() = default;
  // Nothing if there is no such row. Errors: kDataLoss, as RowCursor.
  virtual absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) const = 0;
  virtual std::unique_ptr<RowCursor> Scan(
      const RowRange& range,
      Direction direction = Direction::kForward) const = 0;
};

// Adds many rows at once, cheaper than batches: they are written beside the
// table and become part of it in one step. Not thread-safe; must not outlive
// the store. Destroyed before Finish(), nothing was added.
class RowLoader {
 public:
  virtual ~RowLoader() = default;
  // REQUIRES: keys in ascending order, none twice. Errors: kInvalidArgument if
  // they are not, or above the limits; as EventStore::WriteRows(). After an
  // error nothing more can be added.
  virtual absl::Status Add(std::string_view key, std::string_view value) = 0;
  // Once it returned OK all rows are visible, over older ones of the same keys,
  // and on stable storage with every event that was visible before. On error
  // none is there. Other writes of rows wait meanwhile.
  virtual absl::Status Finish() = 0;
};

// What an append changes in the rows; what it has put is what it then gets.
class RowEditor {
 public:
  virtual ~RowEditor() = default;
  // With the changes of every append before this one. Errors: kDataLoss.
  virtual absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) = 0;
  virtual void Put(std::string_view key, std::string_view value) = 0;
  virtual void Delete(std::string_view key) = 0;
};

// Changes rows in one step with each append: both are stored, or neither.
// Attached by EventStore::Attach().
class AppendParticipant {
 public:
  virtual ~AppendParticipant() = default;

  // Called for every append that is about to be written, those to system
  // streams too, in the order of positions, by one thread at a time: whichever
  // thread commits. `events` are the whole append; views are valid during the
  // call, `append.key` is empty. All other appends wait meanwhile: it must
  // neither block nor call the store.
  //
  // An error refuses this append and no other: it comes back from Append() with
  // AppendOutcome::kNotAppended, and what was put is forgotten. So does a row
  // above the limits.
  //
  // Called, and accepted, does not mean stored: the write that follows may
  // fail. What must be known of it goes into rows.
  virtual absl::Status Join(std::span<const EventView> events,
                            RowEditor& rows) = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROWS_H_
