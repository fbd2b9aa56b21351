#include "replay/sampled_projection.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/checksum.h"

namespace daybook {
namespace {

// Keeps the choice apart from other hashes.
constexpr uint64_t kSeed = 51501;
constexpr double kParts = 1'000'000;

}  // namespace

SampledProjection::SampledProjection(
    std::shared_ptr<const AnyProjection> projection, Chooses chooses)
    : AnyProjection(projection->name(), projection->version(),
                    projection->events(), &projection->key_prototype(),
                    &projection->row_prototype(), {}),
      projection_(std::move(projection)),
      chooses_(std::move(chooses)) {}

absl::Status SampledProjection::Prepare(const EventView& event,
                                        google::protobuf::Arena* arena,
                                        PreparedEvent* prepared) const {
  absl::Status status = projection_->Prepare(event, arena, prepared);
  RowKeys& keys = prepared->keys;
  keys.erase(
      std::remove_if(keys.begin(), keys.end(),
                     [&](const std::string& key) { return !chooses_(key); }),
      keys.end());
  return status;
}

absl::StatusOr<RowFate> SampledProjection::Apply(
    const PreparedEvent& prepared, size_t key,
    google::protobuf::Message* row) const {
  return projection_->Apply(prepared, key, row);
}

absl::StatusOr<std::optional<std::string>> SampledProjection::IndexKey(
    size_t /*i*/, std::string_view /*key*/,
    const google::protobuf::Message& /*row*/) const {
  return std::nullopt;
}

SampledProjection::Chooses PartOfKeys(double part) {
  const auto limit = static_cast<uint64_t>(std::clamp(part, 0.0, 1.0) * kParts);
  return [limit](std::string_view key) {
    return StableHash(key, kSeed) % static_cast<uint64_t>(kParts) < limit;
  };
}

}  // namespace daybook
