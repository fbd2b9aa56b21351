// An async view as Views keeps it: a thread of its own follows the log.

#ifndef DAYBOOK_REPLAY_ASYNC_STORED_VIEW_H_
#define DAYBOOK_REPLAY_ASYNC_STORED_VIEW_H_

#include <memory>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "replay/stored_view.h"

namespace daybook {

class AsyncStoredView final : public StoredView {
 public:
  AsyncStoredView(ViewsShared* shared,
                  std::shared_ptr<const AnyProjection> projection);
  ~AsyncStoredView() override { Stop(); }

  absl::Status Start() override;
  void Stop() override;
  absl::Status WaitFor(Position position, absl::Duration timeout) override;
  absl::Status Resume(std::string_view key) override;

 protected:
  absl::Status TakeOver(std::unique_ptr<ViewTable> table) override;

 private:
  void Run();
  // Opens or builds the table; false if that failed.
  bool Begin();
  // Applies a batch. False if it failed.
  bool ApplyBatch();
  // Waits until there are events to be applied, or it is stopped.
  void AwaitEvents();
  void Fail(const absl::Status& failure);
  absl::Status Await(Position position, absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool is_stopped();

  std::thread thread_;
  // Held by who applies events to the table.
  Mutex table_mutex_;
  std::unique_ptr<ViewTable> table_ ABSL_GUARDED_BY(table_mutex_);

  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Why it does not go on, until somebody says that it shall.
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  // Calls of WaitFor().
  int waiter_count_ ABSL_GUARDED_BY(mutex_) = 0;
  // Every event below is in the rows that are shown.
  Position next_position_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_ASYNC_STORED_VIEW_H_
