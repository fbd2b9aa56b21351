// A read of events that may stand still: it lets its cursor go then, and later
// goes on after the last event that it gave, as if it had not.

#ifndef DAYBOOK_SERVER_RESUMABLE_READ_H_
#define DAYBOOK_SERVER_RESUMABLE_READ_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "daybook/v1/service.pb.h"

namespace daybook {

// Not thread-safe. The store must outlive it.
class ResumableRead {
 public:
  ResumableRead(EventStore& store, const v1::ReadRequest& request);

  // Errors: as the read of the store.
  absl::Status Open();

  // Appends the next events to a StoredEventList, up to about `bytes_max`, and
  // fewer where they are slow to find. `*more` tells whether there may be
  // others. Errors: of the cursor, with what came before it in `*list`;
  // kUnavailable when a stream was hidden or truncated while nothing was read.
  absl::Status Take(size_t bytes_max, std::string* list, bool* more);

  // Lets go of the store; the next Take() opens it again.
  void LetGo();

  Position snapshot_head() const { return snapshot_head_; }

 private:
  absl::StatusOr<EventCursor> MakeCursor();
  absl::Status Reopen();
  void End();
  // Takes note of an event that is given, unless it is above the snapshot.
  bool Give(const EventView& event, std::string* list);

  EventStore& store_;
  // What is left to read.
  bool is_stream_ = false;
  std::string stream_;
  ReadStreamOptions stream_options_;
  std::optional<Query> query_;
  ReadLogOptions log_options_;

  std::optional<EventCursor> cursor_;
  Position snapshot_head_;
  // Let go of: the revision that comes next, of a stream.
  std::optional<Revision> expected_;
  bool ended_ = false;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_RESUMABLE_READ_H_
