#include "tools/bounded_projection.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

std::vector<const google::protobuf::Message*> IndexesOf(
    const AnyProjection& projection) {
  std::vector<const google::protobuf::Message*> indexes;
  for (size_t i = 0; i < projection.index_count(); ++i) {
    indexes.push_back(&projection.index_prototype(i));
  }
  return indexes;
}

class BoundedProjection final : public AnyProjection {
 public:
  BoundedProjection(Bounds bounds, std::shared_ptr<const AnyProjection> inner)
      : AnyProjection(inner->name(), inner->version(), inner->events(),
                      &inner->key_prototype(), &inner->row_prototype(),
                      IndexesOf(*inner)),
        bounds_(bounds),
        inner_(std::move(inner)) {}

  absl::Status Prepare(const EventView& event, google::protobuf::Arena* arena,
                       PreparedEvent* prepared) const override {
    if (Interrupted()) return InterruptedError();
    if (bounds_.Check(event, Direction::kForward) == Bounds::Verdict::kShow) {
      return inner_->Prepare(event, arena, prepared);
    }
    prepared->info = EventInfo::Of(event);
    prepared->message = nullptr;
    prepared->keys.clear();
    return absl::OkStatus();
  }
  absl::StatusOr<RowFate> Apply(const PreparedEvent& prepared, size_t key,
                                google::protobuf::Message* row) const override {
    return inner_->Apply(prepared, key, row);
  }
  absl::StatusOr<std::optional<std::string>> IndexKey(
      size_t i, std::string_view key,
      const google::protobuf::Message& row) const override {
    return inner_->IndexKey(i, key, row);
  }

 private:
  const Bounds bounds_;
  const std::shared_ptr<const AnyProjection> inner_;
};

}  // namespace

std::shared_ptr<const AnyProjection> OnlyWithin(
    Bounds bounds, std::shared_ptr<const AnyProjection> projection) {
  return std::make_shared<BoundedProjection>(bounds, std::move(projection));
}

}  // namespace daybook::tools
