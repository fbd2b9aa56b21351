#include "daybook/projections/any_projection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/projections/row_key.h"
#include "projections/fingerprint.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

constexpr size_t kNameBytesMax = 256;

uint64_t FingerprintOf(std::string_view name, int version, const Query& events,
                       const pb::Message& key, const pb::Message& row,
                       const std::vector<const pb::Message*>& indexes) {
  FingerprintBuilder builder;
  builder.Add(name);
  builder.Add(static_cast<uint64_t>(version));
  for (const QueryItem& item : events.items) {
    builder.Add(item.types.size());
    for (const std::string& type : item.types) builder.Add(type);
    builder.Add(item.tags.size());
    for (const std::string& tag : item.tags) builder.Add(tag);
    builder.Add(item.category);
    builder.Add(item.correlation_id);
  }
  builder.Add(*key.GetDescriptor());
  builder.Add(*row.GetDescriptor());
  for (const pb::Message* index : indexes) builder.Add(*index->GetDescriptor());
  return builder.Finish();
}

}  // namespace

AnyProjection::AnyProjection(std::string name, int version, Query events,
                             const pb::Message* key_prototype,
                             const pb::Message* row_prototype,
                             std::vector<const pb::Message*> index_prototypes)
    : name_(std::move(name)),
      version_(version),
      events_(std::move(events)),
      key_prototype_(key_prototype),
      row_prototype_(row_prototype),
      index_prototypes_(std::move(index_prototypes)),
      fingerprint_(FingerprintOf(name_, version_, events_, *key_prototype_,
                                 *row_prototype_, index_prototypes_)) {}

bool AnyProjection::Wants(const EventView& event) const {
  return !event.system() && Matches(events_, event);
}

absl::Status AnyProjection::CheckShape() const {
  if (name_.empty() || name_.size() > kNameBytesMax || !IsUtf8(name_) ||
      name_.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("a projection's name is 1 to ", kNameBytesMax,
                     " bytes of UTF-8 without NUL, not ", Quoted(name_)));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckRowKey(*key_prototype_->GetDescriptor()));
  for (const pb::Message* index : index_prototypes_) {
    DAYBOOK_RETURN_IF_ERROR(CheckRowKey(*index->GetDescriptor()));
  }
  return absl::OkStatus();
}

}  // namespace daybook
