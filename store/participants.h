// Those who change rows in one step with each append, and what they have
// changed for the appends of the group under way. Shared by both engines.

#ifndef DAYBOOK_STORE_PARTICIPANTS_H_
#define DAYBOOK_STORE_PARTICIPANTS_H_

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "daybook/store/event.h"
#include "daybook/store/rows.h"
#include "store/row_overlay.h"

namespace daybook {

// Not thread-safe: belongs to whoever commits.
class Participants {
 public:
  explicit Participants(RowOverlay::GetStored get_stored)
      : rows_(std::move(get_stored)) {}

  void Add(std::shared_ptr<AppendParticipant> participant);
  void Remove(const AppendParticipant* participant);
  bool empty() const { return participants_.empty(); }

  // Lets each join the append of `events`. On error nothing of it is kept.
  absl::Status Join(std::span<const EventView> events);

  bool HasRows() const { return !rows_.empty(); }
  // What all appends since the last call have changed.
  RowBatch TakeRows() { return rows_.Take(); }

 private:
  std::vector<std::shared_ptr<AppendParticipant>> participants_;
  RowOverlay rows_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_PARTICIPANTS_H_
