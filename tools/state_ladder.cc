#include "tools/state_ladder.h"

#include <algorithm>
#include <utility>

#include "store/status_macros.h"

namespace daybook::tools {

StateLadder::StateLadder(History history, StateFold initial, Bounds bounds,
                         const StateLadderOptions& options)
    : history_(std::move(history)),
      bounds_(bounds),
      options_(options),
      current_{std::move(initial), std::nullopt} {
  rungs_.push_back(Copy(current_));
}

StateAt StateLadder::Copy(const StateAt& at) {
  return {at.state.Clone(), at.place, at.events};
}

absl::StatusOr<const StateAt*> StateLadder::Seek(uint64_t events) {
  const auto above =
      std::ranges::upper_bound(rungs_, events, {}, &StateAt::events);
  const StateAt& below = *(above - 1);
  // The current state may be nearer than any copy.
  if (current_.events > events || current_.events < below.events) {
    current_ = Copy(below);
  }
  if (current_.events == events) return &current_;
  const absl::Status read =
      history_.ForEach(bounds_, current_.place,
                       [&](const EventView& event) -> absl::StatusOr<bool> {
                         DAYBOOK_RETURN_IF_ERROR(current_.state.Apply(event));
                         current_.place = EventPlace::Of(event);
                         ++current_.events;
                         ++folded_;
                         AddRung();
                         return current_.events < events;
                       });
  if (!read.ok()) {
    // Half-way through an event the state is good for nothing.
    current_ = Copy(rungs_.front());
    return read;
  }
  return &current_;
}

void StateLadder::AddRung() {
  if (current_.events % spacing_ != 0 ||
      current_.events <= rungs_.back().events) {
    return;
  }
  rungs_.push_back(Copy(current_));
  rung_bytes_ += rungs_.back().state.bytes();
  while (rungs_.size() > 1 && (rungs_.size() > options_.rungs_max ||
                               rung_bytes_ > options_.bytes_max)) {
    Thin();
  }
}

void StateLadder::Thin() {
  spacing_ *= 2;
  std::erase_if(rungs_, [this](const StateAt& rung) {
    return rung.events % spacing_ != 0;
  });
  rung_bytes_ = 0;
  for (const StateAt& rung : rungs_) rung_bytes_ += rung.state.bytes();
}

}  // namespace daybook::tools
