#include "replay/caught_projection.h"

#include "store/caught.h"

namespace daybook {
namespace {

constexpr char kProjection[] = "the projection";

}  // namespace

absl::Status PrepareCaught(const AnyProjection& projection,
                           const EventView& event,
                           google::protobuf::Arena* arena,
                           PreparedEvent* prepared) {
  return Caught(kProjection,
                [&] { return projection.Prepare(event, arena, prepared); });
}

absl::StatusOr<RowFate> ApplyCaught(const AnyProjection& projection,
                                    const PreparedEvent& prepared, size_t key,
                                    google::protobuf::Message* row) {
  absl::StatusOr<RowFate> fate = RowFate::kKeep;
  const absl::Status caught = Caught(kProjection, [&] {
    fate = projection.Apply(prepared, key, row);
    return fate.status();
  });
  if (!caught.ok()) return caught;
  return fate;
}

absl::StatusOr<std::optional<std::string>> IndexKeyCaught(
    const AnyProjection& projection, size_t i, std::string_view key,
    const google::protobuf::Message& row) {
  absl::StatusOr<std::optional<std::string>> index_key = std::nullopt;
  const absl::Status caught = Caught(kProjection, [&] {
    index_key = projection.IndexKey(i, key, row);
    return index_key.status();
  });
  if (!caught.ok()) return caught;
  return index_key;
}

}  // namespace daybook
