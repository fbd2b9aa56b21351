// The call Append(), and how events that a client appends get into the store's
// queue: where that is full, a thread of the server's does not wait for room,
// or a few clients that append could keep all others from reading. What is
// appended otherwise, as a deletion, is rare and does wait.

#ifndef DAYBOOK_SERVER_APPEND_CALL_H_
#define DAYBOOK_SERVER_APPEND_CALL_H_

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"
#include "daybook/v1/service.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/grpc_status.h"
#include "server/served_store.h"
#include "server/wire.h"
#include "store/errors_internal.h"

namespace daybook {

// Between two tries, longer each time: a large append costs much to try.
class RoomPause {
 public:
  absl::Duration Next() {
    return std::exchange(next_, std::min(2 * next_, absl::Milliseconds(50)));
  }

 private:
  absl::Duration next_ = absl::Milliseconds(1);
};

// Appends if there is room in the store's queue. Otherwise kResourceExhausted,
// and `done` was not called, nor will be.
inline absl::Status TryAppend(EventStore& store, const AppendRequest& request,
                              EventStore::AppendDone done) {
  struct Attempt {
    const std::thread::id thread = std::this_thread::get_id();
    bool is_under_way = true;
    absl::Status no_room;
  };
  const auto attempt = std::make_shared<Attempt>();
  store.AppendAsync(request,
                    [attempt, done = std::move(done)](
                        absl::StatusOr<AppendResult> result) mutable {
                      // Only a full queue is told before the call returns, on
                      // its thread; a full disk is later.
                      if (absl::IsResourceExhausted(result.status()) &&
                          std::this_thread::get_id() == attempt->thread &&
                          attempt->is_under_way) {
                        attempt->no_room = result.status();
                        return;
                      }
                      std::move(done)(std::move(result));
                    },
                    {.queue_timeout = absl::ZeroDuration()});
  attempt->is_under_way = false;
  return attempt->no_room;
}

class AppendCall final : public grpc::ServerUnaryReactor {
 public:
  AppendCall(ServedStore& served, const v1::AppendCall& request,
             v1::AppendResult* reply)
      : served_(served),
        queue_timeout_(wire::ToDuration(request.queue_timeout())),
        reply_(reply),
        came_at_(Clock::System()->Monotonic()) {
    served_.workers().Schedule([this, &request] { Begin(request); });
  }

  void OnCancel() override { cancelled_ = true; }
  void OnDone() override { delete this; }

 private:
  void Begin(const v1::AppendCall& request) {
    append_ = wire::FromMessage(request.request());
    if (append_.ok()) {
      Try();
    } else {
      Refuse(append_.status());
    }
  }

  void Try() {
    absl::Status no_room =
        TryAppend(served_.store, *append_,
                  [this](const absl::StatusOr<AppendResult>& result) {
                    if (result.ok()) wire::ToMessage(*result, reply_);
                    Finish(ToGrpc(result.status()));
                  });
    // Where there was room, this may be gone.
    if (no_room.ok()) return;
    if (cancelled_ ||
        Clock::System()->Monotonic() - came_at_ >= queue_timeout_) {
      Refuse(std::move(no_room));
      return;
    }
    served_.workers().ScheduleAfter(pause_.Next(), [this] { Try(); });
  }

  void Refuse(absl::Status why) { Finish(ToGrpc(Refused(std::move(why)))); }

  ServedStore& served_;
  const absl::Duration queue_timeout_;
  v1::AppendResult* const reply_;
  const absl::Duration came_at_;
  absl::StatusOr<AppendRequest> append_;
  RoomPause pause_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_APPEND_CALL_H_
