// The log of a store in memory, with all that follows from it: streams, append
// keys, producers, the audit tree.

#ifndef DAYBOOK_STORE_MEMORY_LOG_H_
#define DAYBOOK_STORE_MEMORY_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/producers.h"
#include "store/fingerprint.h"
#include "store/memory_tree.h"
#include "store/stream_state.h"

namespace daybook {

// Immutable once stored, and shared with the cursors that show them.
struct MemoryAppend {
  AppendResult result;
  uint32_t count = 0;
  std::string key;
  Fingerprint fingerprint{};
};
struct MemoryEvent {
  std::shared_ptr<const MemoryAppend> append;
  Position position;
  Revision revision;
  std::string stream;
  // `source` and `id` filled in, `occurred_at` in whole microseconds.
  NewEvent event;
  std::string encoded_tags;
  std::string encoded_metadata;
};
using MemoryEvents = std::vector<std::shared_ptr<const MemoryEvent>>;

// Valid as long as `stored`.
EventView ToView(const MemoryEvent& stored);

// Not thread-safe.
class MemoryLog {
 public:
  struct Stream {
    StreamState state;
    // All there ever were, by revision.
    MemoryEvents events;
  };
  using Streams = std::map<std::string, Stream, std::less<>>;

  // Takes in the events of one append. REQUIRES: there are some, numbered on
  // from head() and from where their streams stand.
  void Store(const MemoryEvents& events);

  Position head() const { return Position(events_.size()); }
  // By position.
  const MemoryEvents& events() const { return events_; }
  // Of the last event.
  absl::Time last_recorded_at() const { return last_recorded_at_; }

  // Every stream that anything was said about or appended to.
  const Streams& streams() const { return streams_; }
  StreamState StateOf(std::string_view stream) const;

  // The append that begins there, or had this key, which is not empty; null if
  // there is none.
  const MemoryAppend* AppendAt(Position first) const;
  const MemoryAppend* AppendWith(std::string_view key) const;
  size_t append_count() const { return appends_.size(); }

  const Producers& producers() const { return producers_; }
  const MemoryTree& tree() const { return tree_; }

 private:
  MemoryEvents events_;
  Streams streams_;
  // By first position, and those with a key by that.
  std::map<Position, std::shared_ptr<const MemoryAppend>> appends_;
  std::map<std::string, std::shared_ptr<const MemoryAppend>, std::less<>> keys_;
  absl::Time last_recorded_at_ = absl::InfinitePast();
  Producers producers_;
  MemoryTree tree_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_MEMORY_LOG_H_
