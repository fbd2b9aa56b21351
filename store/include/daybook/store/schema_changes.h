// What differs between two versions of an event type's schema, and whether
// events stored under the one can still be read by the other.
//
// The rules are a table in store/README.md. In short: a number once given to a
// field keeps its name and type for ever; fields may come and go.

#ifndef DAYBOOK_STORE_SCHEMA_CHANGES_H_
#define DAYBOOK_STORE_SCHEMA_CHANGES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/schema.h"

namespace daybook {

struct SchemaChange {
  // Of a field or enum value: "shop.v1.ItemAdded.quantity"; of a message or
  // enum, its full name.
  std::string where;
  // The definitions, as a .proto has them: "uint32 quantity = 3". Empty for
  // what was added or removed.
  std::string before;
  std::string after;
  // Why stored events can't be read any more; empty if they can.
  std::string broken;

  bool breaks() const { return !broken.empty(); }
  friend bool operator==(const SchemaChange&, const SchemaChange&) = default;
};

// Every difference that matters to a reader, in order of messages and then of
// field numbers. Empty when the versions mean the same.
// Errors: kInvalidArgument if either has descriptors that can't be used.
absl::StatusOr<std::vector<SchemaChange>> CompareSchemas(const Schema& stored,
                                                         const Schema& next);

// kFailedPrecondition with the exact field and both definitions if events
// stored under `stored` could not be read by `next`; OK otherwise.
absl::Status CheckCompatible(const RegisteredSchema& stored,
                             const Schema& next);

}  // namespace daybook

#endif  // DAYBOOK_STORE_SCHEMA_CHANGES_H_
