// A connection to the process that holds a store, and what keeps one alive.

#ifndef DAYBOOK_SERVER_CONNECTION_H_
#define DAYBOOK_SERVER_CONNECTION_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/server/remote_store.h"
#include "daybook/store/numbers.h"
#include "daybook/v1/group_service.grpc.pb.h"
#include "daybook/v1/service.grpc.pb.h"
#include "store/mutex.h"

namespace daybook {

// One connection. Thread-safe.
class Connection {
 public:
  // Errors: as RemoteStore::Connect().
  static absl::StatusOr<std::shared_ptr<Connection>> Open(
      const std::string& folder, absl::Duration timeout);

  v1::StoreService::Stub& stub() { return *stub_; }
  v1::GroupService::Stub& group_stub() { return *group_stub_; }
  const v1::HelloReply& hello() const { return hello_; }

  // The status of a call. Takes note of a connection that broke.
  absl::Status Judge(const grpc::Status& status);
  bool is_broken() const { return is_broken_; }

 private:
  Connection() = default;

  std::unique_ptr<v1::StoreService::Stub> stub_;
  std::unique_ptr<v1::GroupService::Stub> group_stub_;
  v1::HelloReply hello_;
  std::atomic<bool> is_broken_ = false;
};

// What a client has open: Close() waits for it.
class OpenCount {
 public:
  void Add();
  void Remove();
  // Whether nothing is open any more.
  bool AwaitNone(absl::Duration timeout);

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Counts for as long as it lives. Movable.
class OpenHandle {
 public:
  explicit OpenHandle(std::shared_ptr<OpenCount> count)
      : count_(std::move(count)) {
    count_->Add();
  }
  OpenHandle(OpenHandle&&) = default;
  OpenHandle& operator=(OpenHandle&&) = delete;
  ~OpenHandle() {
    if (count_ != nullptr) count_->Remove();
  }

 private:
  std::shared_ptr<OpenCount> count_;
};

// The connection there is now: another one after the holder came back.
// Thread-safe. Shared by all that reads through it.
class Connector {
 public:
  Connector(std::string folder, const RemoteOptions& options)
      : folder_(std::move(folder)),
        options_(options),
        open_(std::make_shared<OpenCount>()) {}

  // Errors: kUnavailable once closed; as RemoteStore::Connect(), but
  // kUnavailable instead of kNotFound where a store was served before;
  // kFailedPrecondition when it is another store now.
  absl::StatusOr<std::shared_ptr<Connection>> Use();

  // From now on nothing can be used. `on_close` given before is called.
  void Close();
  bool is_closed() const;
  // Calls `on_close` at Close(), unless that was before: then now.
  void WhenClosed(std::function<void()> on_close);

  OpenHandle Hold() { return OpenHandle(open_); }
  OpenCount& open() { return *open_; }

  const std::string& folder() const { return folder_; }
  const RemoteOptions& options() const { return options_; }

 private:
  const std::string folder_;
  const RemoteOptions options_;
  const std::shared_ptr<OpenCount> open_;

  mutable Mutex mutex_;
  std::shared_ptr<Connection> connection_ ABSL_GUARDED_BY(mutex_);
  std::string store_id_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> on_close_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_CONNECTION_H_
