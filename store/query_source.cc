#include "store/query_source.h"

#include <algorithm>
#include <utility>

#include "store/index.h"
#include "store/postings.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

class QuerySource final : public EventCursor::Source {
 public:
  // `indexed_to`: read from the index before `postings` was made; below it the
  // postings are complete. Null postings: nothing is indexed, all is scanned.
  QuerySource(const std::shared_ptr<StoreCore>& core, Query query,
              const LogRange& range, std::unique_ptr<Postings> postings,
              uint64_t indexed_to)
      : core_(core),
        query_(std::move(query)),
        reader_(*core->log),
        left_(range),
        postings_(std::move(postings)),
        indexed_to_(indexed_to) {}

  bool Next(EventView* event) override {
    while (left_.limit > 0) {
      const std::optional<uint64_t> position = NextCandidate();
      if (!position.has_value()) break;
      if (!reader_.Read(Position(*position), event)) {
        status_ = reader_.status();
        break;
      }
      if (!Matches(query_, *event)) continue;
      --left_.limit;
      return true;
    }
    left_.limit = 0;
    return false;
  }
  const absl::Status& status() const override { return status_; }

 private:
  std::optional<uint64_t> NextCandidate() {
    if (left_.empty()) return std::nullopt;
    uint64_t position = left_.start();
    if (position < indexed_to_) {
      const bool found = postings_->Advance(position);
      if (!postings_->status().ok()) {
        status_ = postings_->status();
        return std::nullopt;
      }
      const bool forward = left_.direction == Direction::kForward;
      if (found && postings_->position() < indexed_to_) {
        position = postings_->position();
      } else if (forward) {
        position = std::max(indexed_to_, left_.begin);
      } else {
        return std::nullopt;
      }
      if (position < left_.begin || position >= left_.end) return std::nullopt;
    }
    left_.Pass(position);
    return position;
  }

  CoreReference core_;
  const Query query_;
  LogReader reader_;
  LogRange left_;
  std::unique_ptr<Postings> postings_;
  const uint64_t indexed_to_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventCursor::Source>> MakeQuerySource(
    const std::shared_ptr<StoreCore>& core, const Query& query,
    const LogRange& range) {
  DAYBOOK_ASSIGN_OR_RETURN(const Position watermark,
                           ReadWatermark(*core->index));
  uint64_t indexed_to = watermark.value();
  std::unique_ptr<Postings> postings;
  if (!range.empty() && range.begin < indexed_to) {
    postings = PostingsFor(query, *core->index, range.direction);
  }
  if (postings == nullptr) indexed_to = 0;
  return std::make_unique<QuerySource>(core, query, range, std::move(postings),
                                       indexed_to);
}

absl::StatusOr<std::optional<Position>> FindMatch(
    const std::shared_ptr<StoreCore>& core, const AppendCondition& condition,
    Position from, Position head) {
  LogRange range;
  range.begin = from.value();
  if (condition.after.has_value()) {
    if (*condition.after >= head) return std::nullopt;
    range.begin = std::max(range.begin, condition.after->value() + 1);
  }
  range.end = head.value();
  if (range.empty()) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<EventCursor::Source> source,
      MakeQuerySource(core, condition.fail_if_matches, range));
  EventView event;
  if (source->Next(&event)) return std::optional<Position>(event.position);
  if (!source->status().ok()) return source->status();
  return std::nullopt;
}

}  // namespace daybook
