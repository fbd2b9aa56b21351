// Appender brings appends from the request to the result: made ready on the
// thread that calls, queued, waited for. What the committer does in between:
// committer.h. It also finds again what an append was.

#ifndef DAYBOOK_STORE_APPENDER_H_
#define DAYBOOK_STORE_APPENDER_H_

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "store/committer.h"
#include "store/pending_append.h"
#include "store/store_core.h"
#include "store/stream_state.h"

namespace daybook {

// Thread-safe. Requests must be valid. Errors say what became of the append, as
// those of EventStore.
class Appender {
 public:
  // `committer` must outlive it.
  Appender(std::shared_ptr<StoreCore> core, Committer* committer)
      : core_(std::move(core)), committer_(*committer) {}

  // As EventStore, but to any stream.
  absl::StatusOr<AppendResult> Append(const AppendRequest& request,
                                      absl::Duration queue_timeout);
  void AppendAsync(const AppendRequest& request, EventStore::AppendDone done,
                   absl::Duration queue_timeout);
  absl::StatusOr<AppendResult> Restore(const AppendRequest& request,
                                       absl::Time recorded_at,
                                       std::string_view fingerprint);
  // As EngineBase::AppendSystemEvent().
  absl::StatusOr<AppendResult> AppendSystemEvent(
      std::string_view stream, std::string_view subject,
      std::function<absl::StatusOr<NewEvent>(const StreamState&)> make);

  // As EventStore::FindAppend() and ExportAppend().
  absl::StatusOr<AppendResult> Find(std::string_view key) const;
  absl::StatusOr<EventStore::ExportedAppend> Export(Position first) const;

 private:
  absl::StatusOr<AppendResult> Commit(
      const std::shared_ptr<PendingAppend>& pending,
      absl::Duration queue_timeout);

  const std::shared_ptr<StoreCore> core_;
  Committer& committer_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_APPENDER_H_
