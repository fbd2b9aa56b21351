// InlineView changes a view's rows with each append, in the append's own batch.

#ifndef DAYBOOK_REPLAY_INLINE_VIEW_H_
#define DAYBOOK_REPLAY_INLINE_VIEW_H_

#include <cstdint>
#include <memory>
#include <span>

#include "daybook/projections/any_projection.h"
#include "daybook/store/rows.h"

namespace daybook {

class InlineView final : public AppendParticipant {
 public:
  InlineView(std::shared_ptr<const AnyProjection> projection, uint64_t table);

  absl::Status Join(std::span<const EventView> events,
                    RowEditor& rows) override;

 private:
  const std::shared_ptr<const AnyProjection> projection_;
  const uint64_t table_;
  const std::string checkpoint_key_;
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_INLINE_VIEW_H_
