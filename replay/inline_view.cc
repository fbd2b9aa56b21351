#include "replay/inline_view.h"

#include <optional>
#include <string_view>
#include <utility>

#include "google/protobuf/arena.h"
#include "replay/caught_projection.h"
#include "replay/fold_error.h"
#include "replay/row_changes.h"
#include "replay/view_keys.h"
#include "store/status_macros.h"

namespace daybook {

InlineView::InlineView(std::shared_ptr<const AnyProjection> projection,
                       uint64_t table)
    : projection_(std::move(projection)),
      table_(table),
      checkpoint_key_(CheckpointKey(table)) {}

absl::Status InlineView::Join(std::span<const EventView> events,
                              RowEditor& rows) {
  const auto get = [&](std::string_view key) { return rows.Get(key); };
  google::protobuf::Arena arena;
  PreparedEvent prepared;
  RowChanges changes(projection_.get(), table_);
  const auto apply = [&](const EventView& event) -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(
        PrepareCaught(*projection_, event, &arena, &prepared));
    if (prepared.message == nullptr) return absl::OkStatus();
    for (size_t i = 0; i < prepared.keys.size(); ++i) {
      DAYBOOK_RETURN_IF_ERROR(changes.Load(prepared.keys[i], get));
      DAYBOOK_RETURN_IF_ERROR(changes.Apply(prepared, i, false));
    }
    return absl::OkStatus();
  };
  for (const EventView& event : events) {
    if (!projection_->Wants(event)) continue;
    const absl::Status applied = apply(event);
    if (!applied.ok()) return AtEvent(applied, projection_->name(), event);
  }
  DAYBOOK_RETURN_IF_ERROR(changes.WriteTo(
      [&rows](std::string_view key, std::optional<std::string_view> value) {
        if (value) {
          rows.Put(key, *value);
        } else {
          rows.Delete(key);
        }
      }));
  rows.Put(checkpoint_key_,
           EncodeNumber(events.back().position.Next().value()));
  return absl::OkStatus();
}

}  // namespace daybook
