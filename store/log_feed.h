// The feed of the engine in RocksDB: what is newest from memory, the rest from
// the log chunk by chunk, or through the indexes where these narrow it down.

#ifndef DAYBOOK_STORE_LOG_FEED_H_
#define DAYBOOK_STORE_LOG_FEED_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "daybook/store/subscription.h"
#include "store/cursor_feed.h"
#include "store/event_feed.h"
#include "store/log_reader.h"
#include "store/recent_chunks.h"
#include "store/store_core.h"

namespace daybook {

class LogFeed final : public EventFeed {
 public:
  // `store` must be there whenever Read() is called; `filter` outlives it.
  LogFeed(EventStore* store, const std::shared_ptr<StoreCore>& core,
          const EventFilter& filter);
  ~LogFeed() override { recent_->Leave(); }

  absl::Status Read(Position from, Position to, Step* step) override;
  void Release() override;

 private:
  // What holds the store open while there is something to catch up with.
  struct Reader {
    explicit Reader(const std::shared_ptr<StoreCore>& core)
        : reference(core), log(*core->log) {}
    CoreReference reference;
    LogReader log;
  };

  absl::Status ReadRecent(Position from, Position to, Step* step);
  absl::Status ReadLog(Position from, Position to, Step* step);

  const std::weak_ptr<StoreCore> core_;
  const std::shared_ptr<RecentChunks> recent_;
  const EventFilter& filter_;
  const bool wants_all_;
  // Old events are found through cursors, not by looking at all of them.
  const bool has_index_;

  // What the events of the last step point into: one of these.
  std::shared_ptr<const RecentChunk> chunk_;
  std::unique_ptr<Reader> reader_;
  CursorFeed cursors_;
  std::vector<EventView> events_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_FEED_H_
