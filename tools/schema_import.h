// Schemas on their way from one store to another. A plain export leaves out
// what only the store itself may write, save where a schema was registered:
//
//   {"stream":"$schemas","type":"$schema-registered",...}
//   {"stream":"cart-42","type":"cart.opened","schema":"c49bce8a549331bc",...}
//
// The import registers it, so that payloads can be decoded there as well.

#ifndef DAYBOOK_TOOLS_SCHEMA_IMPORT_H_
#define DAYBOOK_TOOLS_SCHEMA_IMPORT_H_

#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"

namespace daybook::tools {

// Whether an event of this stream and type is one that registers a schema.
bool RegistersSchema(std::string_view stream, std::string_view type);

// Not thread-safe.
class SchemaImport {
 public:
  // `store` must outlive this.
  explicit SchemaImport(EventStore& store) : store_(store) {}

  // Registers the schema that `event` registered where it comes from.
  // REQUIRES: RegistersSchema().
  // Errors: kInvalidArgument if the event or its schema can't be used, or would
  // break events of the store; as EventStore::RegisterSchema().
  absl::Status Register(const StreamEvent& event);

  // OK if an event may name this schema, or names none.
  // Errors: kInvalidArgument if the store does not have it; as FindSchema().
  absl::Status CheckKnown(SchemaHash hash);

  // How many the store has from this import, and how many it had before.
  uint64_t registered() const { return registered_; }
  uint64_t already_there() const { return already_there_; }

 private:
  EventStore& store_;
  // Hashes that the store has.
  absl::flat_hash_set<uint64_t> known_;
  uint64_t registered_ = 0;
  uint64_t already_there_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SCHEMA_IMPORT_H_
