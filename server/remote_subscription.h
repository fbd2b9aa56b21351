// A subscription to a store through its holder. It asks for a batch when it is
// asked for one; when the connection breaks it begins anew where it was.

#ifndef DAYBOOK_SERVER_REMOTE_SUBSCRIPTION_H_
#define DAYBOOK_SERVER_REMOTE_SUBSCRIPTION_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/subscription.h"
#include "daybook/v1/service.pb.h"
#include "server/connection.h"
#include "server/wire_events.h"

namespace daybook {

class SubscribeStream;

class RemoteSubscription final : public Subscription {
 public:
  // Errors: as EventStore::Subscribe().
  static absl::StatusOr<std::unique_ptr<Subscription>> Start(
      std::shared_ptr<Connector> connector, const SubscribeOptions& options);

  ~RemoteSubscription() override;

  absl::StatusOr<EventBatch> Next(absl::Duration timeout) override;
  void NotifyWhenReady(absl::AnyInvocable<void() &&> ready) override;
  absl::Status Acknowledge(Position position) override;
  absl::Status Acknowledge() override;
  void Cancel() override;
  Position next_position() const override;

  // What outlives it: gRPC's threads tell it what they hear.
  struct State;
  struct Arrived;

 private:
  RemoteSubscription(std::shared_ptr<Connector> connector,
                     const SubscribeOptions& options);

  // Begins, or begins again: looks for the holder until `deadline`, but once at
  // least. OK too where the holder's answer is still on its way then.
  absl::Status Connect(absl::Duration deadline);
  absl::Status TryConnect(absl::Duration deadline);
  // REQUIRES: the state is locked.
  v1::SubscribeRequest MakeStart() const;
  // Takes the first batch that came: its events that are wanted.
  absl::StatusOr<EventBatch> Accept(Arrived arrived);
  absl::Status SendAcknowledge(Position position);

  const std::shared_ptr<Connector> connector_;
  const SubscribeOptions options_;
  const std::shared_ptr<State> state_;
  // As Connector::WhenClosed() gave it.
  uint64_t on_close_ = 0;

  // What Next() gave last.
  wire::EventList list_;
  std::vector<EventView> wanted_;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_SUBSCRIPTION_H_
