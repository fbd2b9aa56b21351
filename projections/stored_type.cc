#include "daybook/projections/stored_type.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/v1/options.pb.h"
#include "daybook/v1/system.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver_util.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

constexpr char kTypeUrlPrefix[] = "type.googleapis.com";

absl::Status NotReadable(const std::string& message, std::string_view why) {
  return absl::DataLossError(
      absl::StrCat("the payload is no ", message, ToAbsl(why)));
}

// The message of the store's own event `type`; null for any other.
const pb::Descriptor* OwnMessage(std::string_view type) {
  const pb::FileDescriptor& file = *v1::SchemaRegistered::descriptor()->file();
  for (int i = 0; i < file.message_type_count(); ++i) {
    const pb::Descriptor& message = *file.message_type(i);
    if (message.options().GetExtension(v1::event).name() == type) {
      return &message;
    }
  }
  return nullptr;
}

}  // namespace

StoredType::StoredType(ParsedSchema parsed)
    : parsed_(std::move(parsed)),
      factory_(std::make_unique<pb::DynamicMessageFactory>(parsed_.pool.get())),
      resolver_(pb::util::NewTypeResolverForDescriptorPool(kTypeUrlPrefix,
                                                           parsed_.pool.get())),
      type_url_(
          absl::StrCat(kTypeUrlPrefix, "/", parsed_.message->full_name())) {}

StoredType::~StoredType() = default;

absl::StatusOr<std::unique_ptr<StoredType>> StoredType::Make(
    const Schema& schema) {
  DAYBOOK_ASSIGN_OR_RETURN(ParsedSchema parsed, ParseSchema(schema));
  return std::unique_ptr<StoredType>(new StoredType(std::move(parsed)));
}

absl::StatusOr<std::unique_ptr<pb::Message>> StoredType::Parse(
    std::string_view payload) const {
  std::unique_ptr<pb::Message> message(
      factory_->GetPrototype(parsed_.message)->New());
  if (!message->ParsePartialFromArray(payload.data(),
                                      static_cast<int>(payload.size()))) {
    return NotReadable(parsed_.message->full_name(), "");
  }
  return message;
}

absl::StatusOr<std::string> StoredType::ToJson(std::string_view payload) const {
  // Protobuf's JSON takes bytes that it can't read for the end.
  if (absl::Status status = Parse(payload).status(); !status.ok()) {
    return status;
  }
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = pb::util::BinaryToJsonString(
      resolver_.get(), type_url_, std::string(payload), &json, options);
  if (!status.ok()) {
    return NotReadable(parsed_.message->full_name(),
                       absl::StrCat(": ", std::string(status.message())));
  }
  if (!IsUtf8(json)) {
    return NotReadable(parsed_.message->full_name(), ": text is not UTF-8");
  }
  return json;
}

absl::StatusOr<const StoredType*> StoredTypes::Find(const EventView& event) {
  if (event.schema.none()) {
    if (event.system()) {
      const auto known = own_types_.find(event.type);
      if (known != own_types_.end()) return known->second.get();
      if (const pb::Descriptor* message = OwnMessage(event.type)) {
        DAYBOOK_ASSIGN_OR_RETURN(const Schema schema,
                                 MakeSchema(event.type, *message));
        DAYBOOK_ASSIGN_OR_RETURN(auto type, StoredType::Make(schema));
        return own_types_.emplace(event.type, std::move(type))
            .first->second.get();
      }
    }
    return absl::NotFoundError(absl::StrCat("position ", event.position.value(),
                                            ": a ", Quoted(event.type),
                                            " without a schema"));
  }
  const auto known = types_.find(event.schema);
  if (known != types_.end()) return known->second.get();
  DAYBOOK_ASSIGN_OR_RETURN(const RegisteredSchema found,
                           store_.FindSchema(event.schema));
  DAYBOOK_ASSIGN_OR_RETURN(auto type, StoredType::Make(found.schema));
  return types_.emplace(event.schema, std::move(type)).first->second.get();
}

absl::StatusOr<std::string> StoredTypes::ToJson(const EventView& event) {
  DAYBOOK_ASSIGN_OR_RETURN(const StoredType* type, Find(event));
  return type->ToJson(event.payload);
}

}  // namespace daybook
