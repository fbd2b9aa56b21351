// ProducerRegistry keeps the producers of one open store in the system stream
// `$producers`.
//
// Both engines have one. As the SchemaRegistry it stands on the store's own
// verbs: it reads the stream, judges, and appends with what it has read as the
// expectation, so that of two changes at once the later is judged by the
// earlier. The stream is short and changes are rare: it is read each time.

#ifndef DAYBOOK_STORE_PRODUCER_REGISTRY_H_
#define DAYBOOK_STORE_PRODUCER_REGISTRY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "daybook/store/event_store.h"
#include "daybook/store/producers.h"

namespace daybook {

// Thread-safe.
class ProducerRegistry {
 public:
  // Appends events to system streams.
  using AppendSystem =
      std::function<absl::StatusOr<AppendResult>(const AppendRequest&)>;

  // `store` must outlive this; it is not used before the first call.
  ProducerRegistry(EventStore* store, AppendSystem append)
      : store_(*store), append_(std::move(append)) {}

  // As the members of EventStore.
  absl::StatusOr<AppendResult> Add(const audit::VerifierKey& key,
                                   std::string_view origin);
  absl::StatusOr<AppendResult> Revoke(std::string_view key_name,
                                      uint32_t key_id, std::string_view reason);
  absl::StatusOr<AppendResult> SetPolicy(std::string_view prefix,
                                         ProducerPolicy policy);
  absl::StatusOr<Producers> Read(std::optional<Position> before);

 private:
  // Reads what is at or above `*next_revision`, below `before` if given.
  absl::Status ReadInto(std::optional<Position> before, Producers* producers,
                        uint64_t* next_revision);
  // Appends `event` once `judge` accepts what it will stand on.
  absl::StatusOr<AppendResult> Change(
      NewEvent event,
      absl::FunctionRef<absl::Status(const Producers& producers)> judge);

  EventStore& store_;
  const AppendSystem append_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_PRODUCER_REGISTRY_H_
