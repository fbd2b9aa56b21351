// EngineBase is what engines have in common: the verbs of a store that stand on
// its other verbs, wherever the events are.
//
//   schemas, producers     events in system streams, read back and judged
//   what is said of        an event in the stream's "$$" stream, made where the
//   a stream               stream stands
//   subscriptions          read on; checkpoints of durable ones are rows
//
// An engine brings the rest: it appends, reads, keeps rows and the audit tree.

#ifndef DAYBOOK_STORE_ENGINE_BASE_H_
#define DAYBOOK_STORE_ENGINE_BASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "store/checkpoint_keeper.h"
#include "store/event_feed.h"
#include "store/head_watch.h"
#include "store/producer_registry.h"
#include "store/schema_registry.h"
#include "store/stream_state.h"
#include "store/subscriptions.h"

namespace daybook {

class EngineBase : public EventStore {
 public:
  absl::StatusOr<AppendResult> SetStreamMetadata(
      std::string_view stream, const StreamMetadata& metadata,
      ExpectedRevision expected) override;
  absl::StatusOr<AppendResult> DeleteStream(std::string_view stream,
                                            ExpectedRevision expected) override;
  absl::StatusOr<AppendResult> TombstoneStream(
      std::string_view stream, ExpectedRevision expected) override;
  absl::StatusOr<AppendResult> RecordOperation(
      const Operation& operation) override;

  absl::StatusOr<SchemaHash> RegisterSchema(const Schema& schema) override;
  absl::StatusOr<RegisteredSchema> FindSchema(SchemaHash hash) override;
  absl::StatusOr<std::vector<RegisteredSchema>> ListSchemas() override;

  absl::StatusOr<AppendResult> AddProducer(const audit::VerifierKey& key,
                                           std::string_view origin) override;
  absl::StatusOr<AppendResult> RevokeProducer(std::string_view key_name,
                                              uint32_t key_id,
                                              std::string_view reason) override;
  absl::StatusOr<AppendResult> SetProducerPolicy(
      std::string_view prefix, ProducerPolicy policy) override;
  absl::StatusOr<Producers> ReadProducers(
      std::optional<Position> position) override;

  absl::Status WaitForEvent(Position position, absl::Duration timeout) override;

  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options) override;
  absl::Status WaitHandled(std::string_view name, Position position,
                           absl::Duration timeout) override;
  absl::StatusOr<std::vector<SubscriptionInfo>> ListSubscriptions() override;
  absl::StatusOr<SubscriptionInfo> GetSubscription(
      std::string_view name) override;
  absl::Status ResetSubscription(std::string_view name,
                                 Position position) override;
  absl::Status DeleteSubscription(std::string_view name) override;

 protected:
  // Judges where the subject stands and makes the event that says it.
  using MakeEvent =
      std::function<absl::StatusOr<NewEvent>(const StreamState& subject)>;

  // Of an engine that closes `subscriptions()` first when it is closed.
  EngineBase(Clock* clock, CheckpointKeeper::Schedule schedule);

  // Errors: kUnavailable once closed.
  virtual absl::Status CheckStillOpen() const = 0;
  // As Append, for events of system streams.
  virtual absl::StatusOr<AppendResult> AppendToSystem(
      const AppendRequest& request) = 0;
  // Appends the event that `make` gives to system stream `stream`, about
  // `subject` if that is not empty: nothing comes between the two.
  virtual absl::StatusOr<AppendResult> AppendSystemEvent(
      std::string_view stream, std::string_view subject, MakeEvent make) = 0;
  // What subscriptions read through: see Subscriptions::Engine.
  virtual absl::StatusOr<std::unique_ptr<EventFeed>> MakeFeed(
      const EventFilter& filter) = 0;

  // To be told of each commit: of what can be read, and of what of that is on
  // stable storage. They may outlive the engine.
  const std::shared_ptr<HeadWatch>& watch() const { return watch_; }
  const std::shared_ptr<HeadWatch>& durable_watch() const {
    return durable_watch_;
  }
  Subscriptions& subscriptions() { return subscriptions_; }
  SchemaRegistry& schemas() { return schemas_; }

 private:
  const std::shared_ptr<HeadWatch> watch_ = std::make_shared<HeadWatch>();
  const std::shared_ptr<HeadWatch> durable_watch_ =
      std::make_shared<HeadWatch>();
  Subscriptions subscriptions_;
  SchemaRegistry schemas_;
  ProducerRegistry producers_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_ENGINE_BASE_H_
