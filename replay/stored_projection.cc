#include "replay/stored_projection.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/schema.h"
#include "google/protobuf/dynamic_message.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// Messages of types that are known by their descriptors only.
class DynamicTypes {
 public:
  absl::StatusOr<const pb::Message*> Add(const v1::RowSchema& stored) {
    absl::StatusOr<ParsedSchema> parsed = ParseSchema(
        {.message = stored.message(), .descriptors = stored.descriptors()});
    if (!parsed.ok()) {
      return absl::DataLossError(absl::StrCat(
          "the descriptors of ", Quoted(stored.message()),
          ", which decode a view's rows, are damaged: rebuild the view"));
    }
    const pb::Message* const prototype = factory_.GetPrototype(parsed->message);
    schemas_.push_back(*std::move(parsed));
    return prototype;
  }

 private:
  // Destroyed after the factory, which has messages of them.
  std::vector<ParsedSchema> schemas_;
  pb::DynamicMessageFactory factory_;
};

class StoredProjection final : public AnyProjection {
 public:
  StoredProjection(std::string name, int version,
                   std::unique_ptr<DynamicTypes> types, const pb::Message* key,
                   const pb::Message* row,
                   std::vector<const pb::Message*> indexes)
      : AnyProjection(std::move(name), version, Query(), key, row,
                      std::move(indexes)),
        types_(std::move(types)) {}

  absl::Status Check() const { return CheckShape(); }

  absl::Status Prepare(const EventView& /*event*/, pb::Arena* /*arena*/,
                       PreparedEvent* /*prepared*/) const override {
    return NoCode();
  }
  absl::StatusOr<RowFate> Apply(const PreparedEvent& /*prepared*/,
                                size_t /*key*/,
                                pb::Message* /*row*/) const override {
    return NoCode();
  }
  absl::StatusOr<std::optional<std::string>> IndexKey(
      size_t /*i*/, std::string_view /*key*/,
      const pb::Message& /*row*/) const override {
    return NoCode();
  }

 private:
  absl::Status NoCode() const {
    return absl::FailedPreconditionError(
        absl::StrCat("the store has the rows of view ", Quoted(name()),
                     ", and not what makes them: use the program that does"));
  }

  const std::unique_ptr<DynamicTypes> types_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const AnyProjection>> MakeStoredProjection(
    const std::string& name, const v1::ViewTable& table) {
  auto types = std::make_unique<DynamicTypes>();
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Message* const key,
                           types->Add(table.key()));
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Message* const row,
                           types->Add(table.row()));
  std::vector<const pb::Message*> indexes;
  for (const v1::RowSchema& index : table.indexes()) {
    DAYBOOK_ASSIGN_OR_RETURN(const pb::Message* const prototype,
                             types->Add(index));
    indexes.push_back(prototype);
  }
  const auto made = std::make_shared<const StoredProjection>(
      name, table.version(), std::move(types), key, row, std::move(indexes));
  DAYBOOK_RETURN_IF_ERROR(made->Check());
  return made;
}

}  // namespace daybook
