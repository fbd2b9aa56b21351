// A projection that sees only a part of its keys, always the same ones.

#ifndef DAYBOOK_REPLAY_SAMPLED_PROJECTION_H_
#define DAYBOOK_REPLAY_SAMPLED_PROJECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/projections/any_projection.h"

namespace daybook {

class SampledProjection final : public AnyProjection {
 public:
  using Chooses = std::function<bool(std::string_view key)>;

  SampledProjection(std::shared_ptr<const AnyProjection> projection,
                    Chooses chooses);

  absl::Status Prepare(const EventView& event, google::protobuf::Arena* arena,
                       PreparedEvent* prepared) const override;
  absl::StatusOr<RowFate> Apply(const PreparedEvent& prepared, size_t key,
                                google::protobuf::Message* row) const override;
  absl::StatusOr<std::optional<std::string>> IndexKey(
      size_t i, std::string_view key,
      const google::protobuf::Message& row) const override;

 private:
  const std::shared_ptr<const AnyProjection> projection_;
  const Chooses chooses_;
};

// Chooses about that part, 0-1, of all keys.
SampledProjection::Chooses PartOfKeys(double part);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_SAMPLED_PROJECTION_H_
