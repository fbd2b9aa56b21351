// Schemas: what the payloads of an event type are, kept in the store.
//
// A store knows the protobuf message of every event type that was registered
// with it, in every version there ever was, so that any tool decodes any event
// years later without the application. An event names its version by a hash,
// 8 bytes; the schema itself stands once in the system stream `$schemas`.
//
//   absl::StatusOr<Schema> schema =
//       MakeSchema("cart.item-added", *ItemAdded::descriptor());
//   absl::StatusOr<SchemaHash> hash = store->RegisterSchema(*schema);
//   NewEvent added{.type = "cart.item-added",
//                  .payload = message.SerializeAsString(),
//                  .content_type = std::string(kProtobufContentType),
//                  .schema = *hash};
//
// Who has messages with options (daybook/v1/options.proto) never does this by
// hand: see daybook/projections/typed_event.h. Which changes of a message are
// accepted: schema_changes.h.

#ifndef DAYBOOK_STORE_SCHEMA_H_
#define DAYBOOK_STORE_SCHEMA_H_

#include <compare>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"

namespace google::protobuf {
class Descriptor;
class DescriptorPool;
}  // namespace google::protobuf

namespace daybook {

// Content type of payloads that are serialised protobuf messages.
inline constexpr std::string_view kProtobufContentType =
    "application/x-protobuf";

// Names one version of one event type's schema. Stored; the same schema has
// the same hash in any process.
class SchemaHash {
 public:
  // None: what events without a schema have.
  constexpr SchemaHash() = default;
  constexpr explicit SchemaHash(uint64_t value) : value_(value) {}

  // Reads 16 hexadecimal digits, as ToString() writes them.
  // Errors: kInvalidArgument for any other text.
  static absl::StatusOr<SchemaHash> Parse(std::string_view text);

  constexpr bool none() const { return value_ == 0; }
  constexpr uint64_t value() const { return value_; }
  // "9f86d081884c7d65"
  std::string ToString() const;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a literal 0.
  friend constexpr auto operator<=>(SchemaHash, SchemaHash) = default;
  friend std::ostream& operator<<(std::ostream& out, SchemaHash hash) {
    return out << hash.ToString();
  }
  template <typename H>
  friend H AbslHashValue(H state, SchemaHash hash) {
    return H::combine(std::move(state), hash.value_);
  }

 private:
  uint64_t value_ = 0;
};

// One version of an event type.
struct Schema {
  // The type of the events.
  std::string type;
  // Full name of the message their payloads are: "shop.v1.ItemAdded".
  std::string message;
  // A serialised google.protobuf.FileDescriptorSet that holds the message and
  // all it refers to; from MakeSchema() in canonical form.
  std::string descriptors;
  // Over all of the above.
  SchemaHash hash;

  friend bool operator==(const Schema&, const Schema&) = default;
};

// A schema as the store has it.
struct RegisteredSchema {
  Schema schema;
  // Of the event in `$schemas` that registered it.
  Position position;
  absl::Time recorded_at;

  friend bool operator==(const RegisteredSchema&,
                         const RegisteredSchema&) = default;
};

// The schema of events of `type` whose payloads are `message`: the descriptors
// cut down to what the message refers to, without comments, file names and
// options that don't matter to a reader, and their hash. Which:
// store/README.md.
//
// Errors: kInvalidArgument if `type` is no event type.
// Cost: tens of microseconds; keep the result.
absl::StatusOr<Schema> MakeSchema(std::string_view type,
                                  const google::protobuf::Descriptor& message);

// A schema's message for use with protobuf's DynamicMessageFactory, in a pool
// of its own. `message` is valid as long as a copy of `pool` is kept.
struct ParsedSchema {
  std::shared_ptr<const google::protobuf::DescriptorPool> pool;
  const google::protobuf::Descriptor* message = nullptr;
};

// Errors: kInvalidArgument if `descriptors` is no FileDescriptorSet, does not
// stand by itself (the reason is protobuf's), has no `message`, or more than
// 1,000 files or 4,000 messages. Cost: tens of microseconds; keep the result.
absl::StatusOr<ParsedSchema> ParseSchema(const Schema& schema);

}  // namespace daybook

#endif  // DAYBOOK_STORE_SCHEMA_H_
