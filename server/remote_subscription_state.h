// What a subscription through its holder knows, told by its caller and by
// gRPC's threads: the call there is, what came and was asked for, and what
// ended it.

#ifndef DAYBOOK_SERVER_REMOTE_SUBSCRIPTION_STATE_H_
#define DAYBOOK_SERVER_REMOTE_SUBSCRIPTION_STATE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"
#include "daybook/v1/service.pb.h"
#include "grpcpp/alarm.h"
#include "server/batch_places.h"
#include "server/remote_subscription.h"
#include "server/subscribe_stream.h"
#include "store/mutex.h"

namespace daybook {

// A batch of this size is one of many: more are asked for meanwhile.
inline constexpr size_t kLargeBatchBytes = 64 << 10;

// A batch that came, and where its events are.
struct RemoteSubscription::Arrived {
  v1::SubscribeReply::Batch batch;
  // Null: in the batch itself.
  std::shared_ptr<const char> place;

  size_t size() const {
    return place != nullptr ? batch.placed_size() : batch.events().size();
  }
};

struct RemoteSubscription::State {
  mutable Mutex mutex;
  CondVar changed;
  // The call there is now; null before the first and after it broke.
  std::shared_ptr<SubscribeStream> stream ABSL_GUARDED_BY(mutex);
  bool is_connecting ABSL_GUARDED_BY(mutex) = false;
  // Whether the holder has answered to this call, and to any.
  bool is_started ABSL_GUARDED_BY(mutex) = false;
  bool was_started ABSL_GUARDED_BY(mutex) = false;
  // Why the last call ended, and whether another one may do better.
  absl::Status end ABSL_GUARDED_BY(mutex);
  bool may_try_again ABSL_GUARDED_BY(mutex) = false;
  // Since when none was started.
  std::optional<absl::Duration> broken_since ABSL_GUARDED_BY(mutex);
  // Not before is the holder looked for again.
  absl::Duration look_at ABSL_GUARDED_BY(mutex);

  std::deque<Arrived> batches ABSL_GUARDED_BY(mutex);
  // Of this call; null where no memory is shared.
  std::shared_ptr<BatchPlaces> places ABSL_GUARDED_BY(mutex);
  bool were_used ABSL_GUARDED_BY(mutex) = false;
  // Those that the holder may write to now, by the number of the pull.
  std::map<uint64_t, std::shared_ptr<const char>> lent ABSL_GUARDED_BY(mutex);
  // Pulls: sent, and answered.
  uint64_t sent ABSL_GUARDED_BY(mutex) = 0;
  uint64_t answered ABSL_GUARDED_BY(mutex) = 0;
  // What the last one said: when the holder answers at the latest.
  absl::Duration answer_by ABSL_GUARDED_BY(mutex);
  uint64_t acknowledge_number ABSL_GUARDED_BY(mutex) = 0;
  // Those that somebody waits for, once they are answered.
  std::map<uint64_t, std::optional<absl::Status>> acknowledged
      ABSL_GUARDED_BY(mutex);

  bool is_cancelled ABSL_GUARDED_BY(mutex) = false;
  bool is_closed ABSL_GUARDED_BY(mutex) = false;
  // Sticky: what `where` returned, what the store said.
  absl::Status failure ABSL_GUARDED_BY(mutex);

  Position next_position ABSL_GUARDED_BY(mutex);
  // Whether Next() has given or passed anything yet.
  bool has_begun ABSL_GUARDED_BY(mutex) = false;
  // The last event that came, wanted or not; and of those given to the caller
  // the last one not acknowledged.
  std::optional<Position> last_came ABSL_GUARDED_BY(mutex);
  std::optional<Position> unacknowledged ABSL_GUARDED_BY(mutex);
  // To be told again to a holder that comes back.
  std::optional<Position> told ABSL_GUARDED_BY(mutex);

  absl::AnyInvocable<void() &&> ready ABSL_GUARDED_BY(mutex);
  // A new one each time: one that has just rung may still be running.
  std::unique_ptr<grpc::Alarm> alarm ABSL_GUARDED_BY(mutex);

  // Why nothing comes any more; OK while it may.
  absl::Status WhyOver() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Whether another call may do better than one that ended so: the holder may
  // not have noticed yet that the one before is gone.
  bool MayTryAgain(const absl::Status& status) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // These two need a call. The answer may be put into `place`.
  void SendPull(absl::Duration wait, std::shared_ptr<const char> place = {})
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Gives its number.
  uint64_t SendAcknowledge(Position position)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Sees to it that the next batches are on their way, if there is a call.
  void PullAhead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Who has caught up needs no memory for batches.
  void EmptyPlaces() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Takes the batch of a reply. False: it can't be one.
  bool Arrive(v1::SubscribeReply::Batch* batch)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // What SubscribeStream tells, on gRPC's threads.
  void Hear(SubscribeStream* from, v1::SubscribeReply* reply)
      ABSL_LOCKS_EXCLUDED(mutex);
  // Ends what waits. `flag` is one of ours.
  void Raise(bool* flag) ABSL_LOCKS_EXCLUDED(mutex);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_SUBSCRIPTION_STATE_H_
