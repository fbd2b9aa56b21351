// Appends on their way to the holder of a store: the client's side of
// AppendMany(). What is queued together, or while a message is being written,
// goes as one.

#ifndef DAYBOOK_SERVER_REMOTE_APPENDER_H_
#define DAYBOOK_SERVER_REMOTE_APPENDER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"
#include "daybook/v1/service.grpc.pb.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/connection.h"
#include "store/mutex.h"

namespace daybook {

// Of one connection; once that broke it takes nothing more. Thread-safe. Lives
// until gRPC is through with it.
class RemoteAppender final
    : public grpc::ClientBidiReactor<grpc::ByteBuffer, v1::AppendManyReply>,
      public std::enable_shared_from_this<RemoteAppender> {
 public:
  // `writer` must outlive it; what it is given does not wait. Null: whoever
  // appends writes, and others who do so meanwhile go each by itself.
  static std::shared_ptr<RemoteAppender> Start(
      std::shared_ptr<Connection> connection, const RemoteOptions& options,
      Executor* writer);

  RemoteAppender(std::shared_ptr<Connection> connection,
                 const RemoteOptions& options, Executor* writer);

  // `call` is an AppendCall: who appends serialises it, so that many do so at a
  // time. `done` is called once: with the answer; or with kUnknown when it
  // broke on the way; on this thread when there is no room for `timeout`, it
  // broke before, or the holder would not read so much.
  void Add(std::string_view call, absl::Duration timeout,
           EventStore::AppendDone done);

  // Whether it takes nothing more; and whether each `done` was called, too.
  bool is_broken() const;
  bool is_over() const;
  // Ends it; returns before that has happened.
  void Cancel() { context_.TryCancel(); }
  // Waits until all is answered, up to `timeout`; then ends it, and returns
  // once each `done` was called.
  void Stop(absl::Duration timeout);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  struct Pending {
    EventStore::AppendDone done;
    size_t bytes = 0;
  };

  bool HasRoom(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for room until `deadline`; why there is none.
  absl::Status AwaitRoom(size_t bytes, absl::Duration deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Queue(std::string_view call, EventStore::AppendDone done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Who waits for the answer of that number; null: nobody.
  EventStore::AppendDone Take(uint64_t number)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What is to be called outside the lock.
  void WriteIfIdle();
  // By another thread: others who append meanwhile go with it.
  void WriteSoon();
  void LetGoIfOver();

  const std::shared_ptr<Connection> connection_;
  const RemoteOptions options_;
  Executor* const writer_;
  grpc::ClientContext context_;
  std::shared_ptr<RemoteAppender> self_;
  v1::AppendManyReply reply_;
  // What gRPC has.
  grpc::ByteBuffer writing_;

  mutable Mutex mutex_;
  CondVar changed_;
  // An AppendManyRequest, serialised, and the number after its last.
  struct Message {
    std::string bytes;
    uint64_t next_number = 0;
  };
  std::deque<Message> waiting_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, Pending> pending_ ABSL_GUARDED_BY(mutex_);
  size_t pending_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  // Those from here on were not given to gRPC.
  uint64_t first_unsent_ ABSL_GUARDED_BY(mutex_) = 1;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  // writer_ is about to write what waits.
  bool is_posted_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_broken_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_let_go_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_APPENDER_H_
