// Schemas for people: what the `schema` commands say alike.

#ifndef DAYBOOK_TOOLS_SCHEMA_TEXT_H_
#define DAYBOOK_TOOLS_SCHEMA_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/schema_changes.h"

namespace daybook::tools {

// The versions of `type`, the newest last.
// Errors: kNotFound if the store has none.
absl::StatusOr<std::vector<RegisteredSchema>> VersionsOf(EventStore& store,
                                                         std::string_view type);

// The version with that hash; the newest if it is empty.
// Errors: kInvalidArgument for text that is no hash; kNotFound.
absl::StatusOr<RegisteredSchema> ChooseVersion(
    const std::vector<RegisteredSchema>& versions, std::string_view hash);

// A line for each change:
//   + shop.v1.ItemAdded.note       string note = 5
//   - shop.v1.ItemAdded.colour     string colour = 3
//   ~ shop.v1.ItemAdded.quantity   uint32 quantity = 4 -> uint64 quantity = 4
//   ! shop.v1.ItemAdded.sku        string sku = 2 -> bytes sku = 2
//       it has another type
std::string ChangesText(const std::vector<SchemaChange>& changes);

// The messages of a schema as a .proto has them.
// Errors: as ParseSchema().
absl::StatusOr<std::string> ProtoText(const Schema& schema);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SCHEMA_TEXT_H_
