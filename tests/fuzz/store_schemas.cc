// Schemas as strangers send them: FileDescriptorSets. What a store registers is
// in canonical form, and stays as it is when it is made again.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/schema.h"
#include "daybook/store/schema_changes.h"
#include "google/protobuf/descriptor.h"
#include "store/system_events.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

namespace daybook {
namespace {

using ::daybook::fuzz::FuzzInput;

Schema SchemaOf(FuzzInput& input) {
  Schema schema = {.type = "happened"};
  schema.message = input.TakeLine();
  schema.descriptors = input.TakeRest();
  return schema;
}

}  // namespace

// A line with the message's name, then descriptors.
FUZZ_TARGET(store_schema) {
  FuzzInput in(input);
  const Schema schema = SchemaOf(in);
  const absl::StatusOr<ParsedSchema> parsed = ParseSchema(schema);
  if (!parsed.ok()) return;
  const absl::StatusOr<Schema> made = MakeSchema(schema.type, *parsed->message);
  FUZZ_REQUIRE(made.ok());
  FUZZ_REQUIRE(made->message == schema.message);
  const absl::StatusOr<ParsedSchema> again = ParseSchema(*made);
  FUZZ_REQUIRE(again.ok());
  FUZZ_REQUIRE(MakeSchema(made->type, *again->message).value() == *made);
  FUZZ_REQUIRE(CompareSchemas(*made, *made).value().empty());
}

// Two of them: the first one's size as two bytes, then both.
FUZZ_TARGET(store_schema_changes) {
  FuzzInput in(input);
  const auto size = in.Take<uint16_t>();
  const std::string_view rest = in.TakeRest();
  FuzzInput first(rest.substr(0, size));
  FuzzInput second(rest.size() > size ? rest.substr(size) : "");
  const Schema before = SchemaOf(first);
  const Schema after = SchemaOf(second);
  const auto changes = CompareSchemas(before, after);
  if (!changes.ok()) return;
  bool breaks = false;
  for (const SchemaChange& change : *changes) {
    FUZZ_REQUIRE(!change.where.empty());
    breaks = breaks || change.breaks();
  }
  FUZZ_REQUIRE(CheckCompatible({.schema = before}, after).ok() == !breaks);
}

// As the event in which a store keeps one.
FUZZ_TARGET(store_schema_event) {
  const absl::StatusOr<Schema> schema = DecodeSchemaRegistered(input);
  if (!schema.ok()) return;
  FUZZ_REQUIRE(
      DecodeSchemaRegistered(SchemaRegisteredEvent(*schema).payload).value() ==
      *schema);
}

}  // namespace daybook
