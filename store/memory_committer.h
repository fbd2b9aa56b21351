// MemoryCommitter judges, numbers and writes the appends of a store in memory,
// one after another: as Committer does it with groups, in as few words as can
// be.

#ifndef DAYBOOK_STORE_MEMORY_COMMITTER_H_
#define DAYBOOK_STORE_MEMORY_COMMITTER_H_

#include <functional>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "store/fingerprint.h"
#include "store/memory_log.h"
#include "store/memory_rows.h"
#include "store/participants.h"

namespace daybook {

// Not thread-safe. What makes an append fail stores nothing of it; errors do
// not say that outcome.
class MemoryCommitter {
 public:
  // All must outlive it; clock and source of ids are given.
  MemoryCommitter(const StoreOptions& options, MemoryLog* log,
                  MemoryRows* rows);

  // As EventStore, of requests that are valid.
  absl::StatusOr<AppendResult> Append(const AppendRequest& request);
  absl::StatusOr<AppendResult> Restore(const AppendRequest& request,
                                       absl::Time recorded_at,
                                       std::string_view fingerprint);
  // As EngineBase::AppendSystemEvent().
  absl::StatusOr<AppendResult> AppendSystemEvent(
      std::string_view stream, std::string_view subject,
      const std::function<absl::StatusOr<NewEvent>(const StreamState&)>& make);

  Participants& participants() { return participants_; }

 private:
  // What the append with `key` gave back; nothing if there was none. Errors:
  // kAlreadyExists when it had another fingerprint.
  absl::StatusOr<std::optional<AppendResult>> FindRepeated(
      std::string_view key, const Fingerprint& fingerprint) const;
  absl::Status CheckStreamsWritable(const AppendRequest& request) const;
  absl::Status CheckProducers(const AppendRequest& request,
                              const Fingerprint& fingerprint) const;
  absl::Status CheckCondition(const AppendCondition& condition) const;

  // The committer's time, floored to microseconds. Errors: kFailedPrecondition
  // when the wall clock jumped.
  absl::StatusOr<absl::Time> RecordedAt() const;
  // Lets participants join and, unless one refuses, writes.
  absl::StatusOr<AppendResult> Write(const AppendRequest& request,
                                     absl::Time recorded_at,
                                     const Fingerprint& fingerprint);
  // The events of `request` as they will be stored; all share one append.
  MemoryEvents MakeEvents(const AppendRequest& request, absl::Time recorded_at,
                          const Fingerprint& fingerprint) const;
  absl::Status Join(const MemoryEvents& events);

  const StoreOptions& options_;
  MemoryLog& log_;
  MemoryRows& rows_;
  const absl::Time wall_at_open_;
  const absl::Duration monotonic_at_open_;
  Participants participants_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_MEMORY_COMMITTER_H_
