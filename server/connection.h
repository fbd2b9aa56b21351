// A connection to the process that holds a store, and what keeps one alive.

#ifndef DAYBOOK_SERVER_CONNECTION_H_
#define DAYBOOK_SERVER_CONNECTION_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/server/remote_store.h"
#include "daybook/v1/group_service.grpc.pb.h"
#include "daybook/v1/service.grpc.pb.h"
#include "server/heartbeat.h"
#include "server/socket.h"
#include "store/mutex.h"

namespace daybook {

// One connection. Thread-safe.
class Connection {
 public:
  // Waits for the holder's first answer for `connect_timeout`, of `options` or
  // `patience`, whichever is less. Errors: as RemoteStore::Connect().
  static absl::StatusOr<std::shared_ptr<Connection>> Open(
      const std::string& folder, const RemoteOptions& options,
      absl::Duration patience = absl::InfiniteDuration());
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  v1::StoreService::Stub& stub() { return *stub_; }
  v1::GroupService::Stub& group_stub() { return *group_stub_; }
  // Either of them, by its type.
  template <typename Stub>
  Stub& StubOf() {
    if constexpr (std::is_same_v<Stub, v1::GroupService::Stub>) {
      return *group_stub_;
    } else {
      return *stub_;
    }
  }
  const v1::HelloReply& hello() const { return hello_; }
  // The holder refuses a larger message, and with it the call that it is of.
  size_t request_bytes_max() const;

  // The status of a call. Takes note of a connection that broke.
  absl::Status Judge(const grpc::Status& status);
  bool is_broken() const { return is_broken_; }
  // Ends all its calls: the holder does not answer.
  void Break();

 private:
  explicit Connection(OwnedFile socket) : socket_(std::move(socket)) {}

  // gRPC's once more. Shut down, it fails whatever waits for it there, also
  // what has not been written yet.
  const OwnedFile socket_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::StoreService::Stub> stub_;
  std::unique_ptr<v1::GroupService::Stub> group_stub_;
  v1::HelloReply hello_;
  std::atomic<bool> is_broken_ = false;
  std::shared_ptr<Heartbeat> heartbeat_;
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
  // kFailedPrecondition when it is another store now. One that is not there yet
  // is waited for as Connection::Open() says, by all who want it together; who
  // has more patience than the one who looked looks again.
  absl::StatusOr<std::shared_ptr<Connection>> Use(
      absl::Duration patience = absl::InfiniteDuration());
  // The same without waiting: null when there is none.
  std::shared_ptr<Connection> Current() const;

  // What is done at Close(): up to `deadline`, of the monotonic clock.
  using OnClose = std::function<void(absl::Duration deadline)>;
  // From now on nothing can be used. Does what was given to WhenClosed().
  void Close(absl::Duration deadline);
  bool is_closed() const;
  // Gives a number for Forget(). Does `on_close` now where it is closed.
  uint64_t WhenClosed(OnClose on_close);
  void Forget(uint64_t number);

  OpenHandle Hold() { return OpenHandle(open_); }
  OpenCount& open() { return *open_; }

  const std::string& folder() const { return folder_; }
  const RemoteOptions& options() const { return options_; }

 private:
  const std::string folder_;
  const RemoteOptions options_;
  const std::shared_ptr<OpenCount> open_;

  // The connection if it can be used.
  std::shared_ptr<Connection> Usable() const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether `opened` leads to the store that was there before.
  absl::Status CheckStore(const Connection& opened)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<Connection> connection_ ABSL_GUARDED_BY(mutex_);
  // One opens a connection, outside the lock; the others wait for what comes of
  // this attempt.
  bool is_connecting_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t attempt_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  // Whether another attempt, with more patience, may do better.
  bool was_short_ ABSL_GUARDED_BY(mutex_) = false;
  std::string store_id_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t next_on_close_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<uint64_t, OnClose> on_close_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_CONNECTION_H_
