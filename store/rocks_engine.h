// The engine behind EventStore::Open(): a store in a folder, in RocksDB.
//
// It puts the parts together and holds no logic of its own: the appender and
// the committer write, the deriver indexes (running_store.h), the sources read.
// Life of an append: store/README.md.

#ifndef DAYBOOK_STORE_ROCKS_ENGINE_H_
#define DAYBOOK_STORE_ROCKS_ENGINE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "daybook/store/event_store.h"
#include "store/engine_base.h"
#include "store/head_keeper.h"
#include "store/mutex.h"
#include "store/open_store.h"
#include "store/running_store.h"

namespace daybook {

class RocksEngine final : public EngineBase {
 public:
  // `heads`: null for a store without an audit tree.
  RocksEngine(OpenedStore opened, std::unique_ptr<HeadKeeper> heads);
  // Reads what appends are judged by. Once, before the first of them.
  void LoadProducers();
  ~RocksEngine() override;

  using EventStore::Append;
  absl::StatusOr<AppendResult> Append(const AppendRequest& request,
                                      const AppendOptions& options) override;
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

  // Each call holds it, so that Close() can let go of it while others are still
  // returning. Errors: kUnavailable once closed.
  absl::StatusOr<std::shared_ptr<RunningStore>> Use() const;
  // What a further Close() waits for.
  absl::Status AwaitClosed(absl::Duration deadline);
  // The same to append `request`, if that is valid. Errors: as Append().
  absl::StatusOr<std::shared_ptr<RunningStore>> UseFor(
      const AppendRequest& request);

  mutable Mutex mutex_;
  // Null once closed.
  std::shared_ptr<RunningStore> running_ ABSL_GUARDED_BY(mutex_);
  // The same, for as long as something of it still runs.
  std::weak_ptr<RunningStore> last_running_ ABSL_GUARDED_BY(mutex_);
  // What Status() said last, for after.
  StoreStatus last_status_ ABSL_GUARDED_BY(mutex_);
  // What the first Close() came to, once it has stopped the store; and what
  // cursors may still hold.
  std::optional<absl::Status> stopped_ ABSL_GUARDED_BY(mutex_);
  std::weak_ptr<StoreCore> last_core_ ABSL_GUARDED_BY(mutex_);
  CondVar has_stopped_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROCKS_ENGINE_H_
