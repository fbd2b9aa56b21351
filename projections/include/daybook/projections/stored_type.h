// Stored types: events decoded by the schemas that the store keeps with them,
// without the code of the application that wrote them.
//
//   StoredTypes types(*store);
//   for (const EventView& event : *cursor) {
//     absl::StatusOr<std::string> json = types.ToJson(event);
//     if (json.ok()) std::cout << *json << "\n";  // {"sku":"tea","quantity":2}
//   }

#ifndef DAYBOOK_PROJECTIONS_STORED_TYPE_H_
#define DAYBOOK_PROJECTIONS_STORED_TYPE_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "daybook/store/schema.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/type_resolver.h"

namespace daybook {

// One version of an event type, ready to decode its payloads. Not thread-safe.
class StoredType {
 public:
  // Errors: as ParseSchema().
  // Cost: tens of microseconds; keep the result.
  static absl::StatusOr<std::unique_ptr<StoredType>> Make(const Schema& schema);
  ~StoredType();

  const google::protobuf::Descriptor& descriptor() const {
    return *parsed_.message;
  }

  // The message that `payload` is; must not outlive this.
  // Errors: kDataLoss if it does not parse.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Parse(
      std::string_view payload) const;

  // The same in protobuf's JSON (https://protobuf.dev/programming-guides/json),
  // on one line: names in lowerCamelCase, 64-bit integers as strings, fields
  // with their default too. Fields that this version does not know are left
  // out. Errors: kDataLoss if it does not parse, or holds what JSON can't say.
  absl::StatusOr<std::string> ToJson(std::string_view payload) const;

 private:
  explicit StoredType(ParsedSchema parsed);

  const ParsedSchema parsed_;
  const std::unique_ptr<google::protobuf::DynamicMessageFactory> factory_;
  const std::unique_ptr<google::protobuf::util::TypeResolver> resolver_;
  const std::string type_url_;
};

// The types of one store, looked up as events name them and then kept. Events
// of the store itself (`$…`) are known without. Not thread-safe; the store must
// outlive it.
class StoredTypes {
 public:
  explicit StoredTypes(EventStore& store) : store_(store) {}

  // The type that decodes `event`; valid as long as this.
  // Errors: kNotFound if the event names no schema; as FindSchema().
  absl::StatusOr<const StoredType*> Find(const EventView& event);

  // Errors: as Find() and StoredType::ToJson().
  absl::StatusOr<std::string> ToJson(const EventView& event);

 private:
  EventStore& store_;
  std::map<SchemaHash, std::unique_ptr<StoredType>> types_;
  std::map<std::string, std::unique_ptr<StoredType>, std::less<>> own_types_;
};

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_STORED_TYPE_H_
