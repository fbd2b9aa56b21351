// SchemaRegistry keeps the schemas of one open store: in the system stream
// `$schemas`, and in memory as far as that has been read.
//
// Both engines have one. It stands on the store's own verbs: it reads the
// stream as anybody does, and appends to it with the revision it has read to
// as the expected one, so that of two that register at once one sees what the
// other did before it judges again.

#ifndef DAYBOOK_STORE_SCHEMA_REGISTRY_H_
#define DAYBOOK_STORE_SCHEMA_REGISTRY_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "daybook/store/event_store.h"
#include "daybook/store/schema.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe. Everything registered stays in memory: a kilobyte or so each.
class SchemaRegistry {
 public:
  // Appends events to system streams.
  using AppendSystem =
      std::function<absl::StatusOr<AppendResult>(const AppendRequest&)>;

  // `store` must outlive this; it is not used before the first call.
  SchemaRegistry(EventStore* store, AppendSystem append)
      : store_(*store), append_(std::move(append)) {}

  // As the members of EventStore.
  absl::StatusOr<SchemaHash> Register(const Schema& schema);
  absl::StatusOr<RegisteredSchema> Find(SchemaHash hash);
  absl::StatusOr<std::vector<RegisteredSchema>> List();

  // kFailedPrecondition if an event names a schema that is not registered.
  // Costs nothing for events that name none.
  absl::Status CheckKnown(const AppendRequest& request);

 private:
  absl::Status CatchUp();
  bool Knows(SchemaHash hash);
  // The hash, if just this schema is registered.
  bool IsRegistered(const Schema& schema);
  // Judges `schema`, which must be canonical, by all that is known, and gives
  // what the append must expect of `$schemas`.
  absl::StatusOr<ExpectedRevision> Judge(const Schema& schema);

  EventStore& store_;
  const AppendSystem append_;

  Mutex mutex_;
  // In order of registration.
  std::vector<RegisteredSchema> schemas_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, size_t> places_ ABSL_GUARDED_BY(mutex_);
  // How much of `$schemas` is in `schemas_`.
  uint64_t next_revision_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_SCHEMA_REGISTRY_H_
