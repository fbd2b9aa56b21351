// MemoryEngine is the store that OpenInMemory() gives: for tests of programs
// that use daybook, and what the engine in RocksDB is compared with.
//
// It is kept so plain that one sees it is right: a log, which is a vector of
// events and a few maps, a map of rows, a committer, one mutex around them. A
// read copies pointers to the events it will show; that is its snapshot. A
// second mutex, taken first, lets something be done between two appends:
// attaching a participant.

#ifndef DAYBOOK_STORE_MEMORY_ENGINE_H_
#define DAYBOOK_STORE_MEMORY_ENGINE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "daybook/store/event_store.h"
#include "store/append_callbacks.h"
#include "store/engine_base.h"
#include "store/memory_committer.h"
#include "store/memory_cursors.h"
#include "store/memory_log.h"
#include "store/memory_rows.h"
#include "store/mutex.h"

namespace daybook {

class MemoryEngine final : public EngineBase {
 public:
  explicit MemoryEngine(const StoreOptions& options);
  ~MemoryEngine() override;

  using EventStore::Append;
  absl::StatusOr<AppendResult> Append(const AppendRequest& request,
                                      const AppendOptions& options) override;
  // Appends before it returns. `done` runs on this thread, or on another one
  // that is just running those of its own appends.
  void AppendAsync(const AppendRequest& request, AppendDone done,
                   const AppendOptions& options) override;
  absl::StatusOr<AppendResult> FindAppend(std::string_view key) override;
  absl::StatusOr<AppendResult> Restore(const AppendRequest& request,
                                       absl::Time recorded_at,
                                       std::string_view fingerprint) override;
  absl::StatusOr<ExportedAppend> ExportAppend(Position first) override;

  absl::StatusOr<StreamInfo> GetStream(std::string_view stream) override;
  absl::StatusOr<StreamCursor> ListStreams(
      const ListStreamsOptions& options) override;

  absl::StatusOr<EventCursor> ReadStream(
      std::string_view stream, const ReadStreamOptions& options) override;
  absl::StatusOr<EventCursor> ReadLog(const ReadLogOptions& options) override;
  absl::StatusOr<EventCursor> ReadQuery(const Query& query,
                                        const ReadLogOptions& options) override;
  absl::StatusOr<Event> ReadEvent(Position position) override;
  absl::StatusOr<Event> FindEvent(const EventId& id) override;
  Position Head() override;
  Position DurableHead() override;

  absl::StatusOr<std::unique_ptr<RowReader>> ReadRows() override;
  absl::Status WriteRows(const RowBatch& batch) override;
  absl::StatusOr<std::unique_ptr<RowLoader>> LoadRows() override;
  absl::Status Attach(
      std::shared_ptr<AppendParticipant> participant,
      absl::FunctionRef<absl::Status(Position head)> catch_up) override;
  void Detach(const AppendParticipant* participant) override;

  absl::StatusOr<TreeState> Tree() override;
  absl::StatusOr<std::unique_ptr<TreeReader>> ReadTree() override;
  absl::StatusOr<TreeState> CheckTree(Position from, Position to) override;
  absl::StatusOr<KeptTreeHead> MakeTreeHead() override;
  absl::StatusOr<std::vector<KeptTreeHead>> TreeHeads() override;

  absl::Status Branch(const std::string& folder) override;
  absl::StatusOr<CreatedBackup> Backup(const std::string& folder,
                                       const BackupOptions& options) override;
  absl::Status Sync() override;
  absl::Status WaitForIndexes(absl::Duration timeout) override;
  StoreStatus Status() override;
  absl::Status Close(absl::Duration grace) override;

 private:
  absl::Status CheckStillOpen() const override;
  absl::StatusOr<AppendResult> AppendToSystem(
      const AppendRequest& request) override;
  absl::StatusOr<AppendResult> AppendSystemEvent(std::string_view stream,
                                                 std::string_view subject,
                                                 MakeEvent make) override;
  absl::StatusOr<std::unique_ptr<EventFeed>> MakeFeed(
      const EventFilter& filter) override;

  absl::Status CheckOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Runs `append` while the store is open, and tells who waits for events.
  // Whatever makes it fail, nothing of it is stored: its error says so.
  absl::StatusOr<AppendResult> Commit(
      absl::FunctionRef<
          absl::StatusOr<AppendResult>(MemoryCommitter& committer)>
          append);

  // Null fields filled in with the defaults.
  const StoreOptions options_;
  const std::string store_id_;
  const std::shared_ptr<OpenCursors> open_cursors_ =
      std::make_shared<OpenCursors>();
  AppendCallbacks callbacks_;

  // Held during each append, before `mutex_` and longer.
  Mutex append_mutex_;
  mutable Mutex mutex_ ABSL_ACQUIRED_AFTER(append_mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  MemoryLog log_ ABSL_GUARDED_BY(mutex_);
  MemoryRows rows_ ABSL_GUARDED_BY(mutex_);
  MemoryCommitter committer_ ABSL_GUARDED_BY(mutex_);
  // Heads of the audit tree.
  std::vector<KeptTreeHead> heads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_MEMORY_ENGINE_H_
