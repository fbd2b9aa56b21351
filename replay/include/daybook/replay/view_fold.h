// FoldView: the rows of a projection folded from the log in memory, now or as
// of any moment before: a view that is kept nowhere.
//
//   auto sales = FoldView<SalesBySku>(*store, {.as_of = yesterday});
//   if (!sales.ok()) return sales.status();
//   std::optional<SkuSales> tea = sales->Get(SkuOf("tea"));
//
// Views that are kept in the store and changed as events come: views.h.

#ifndef DAYBOOK_REPLAY_VIEW_FOLD_H_
#define DAYBOOK_REPLAY_VIEW_FOLD_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "daybook/projections/any_projection.h"
#include "daybook/projections/projection.h"
#include "daybook/projections/row_key.h"
#include "daybook/replay/as_of.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "google/protobuf/message.h"

namespace daybook {

struct FoldViewOptions {
  AsOf as_of;
  // The first event that is folded; absent: from the beginning.
  std::optional<Position> from;
  // Leaves out events for which it gives false; called from any of the threads.
  std::function<bool(const EventView&)> where;
  // Threads, the calling one among them; less than 1 counts as 1. Fewer where
  // the machine has no more to give. The rows are the same, byte for byte,
  // whatever their number.
  int worker_count = 1;
  // How much the rows may take, about.
  size_t memory_bytes_max = size_t{1} << 30;
};

// A row that was folded, with its key as EncodeRowKey() has it.
struct FoldedRow {
  std::string key;
  std::unique_ptr<google::protobuf::Message> row;
};

// The rows of a view, ordered by key.
class FoldedRows {
 public:
  FoldedRows(std::vector<FoldedRow> rows, Position next_position)
      : rows_(std::move(rows)), next_position_(next_position) {}

  // Null if there is no such row.
  const google::protobuf::Message* Find(std::string_view key) const;
  const std::vector<FoldedRow>& rows() const { return rows_; }
  // Every event below this was folded, and none from there on.
  Position next_position() const { return next_position_; }

 private:
  std::vector<FoldedRow> rows_;
  Position next_position_;
};

// Errors: what Prepare() and Apply() of the projection return, with the event's
// position; kDataLoss if an event is missing or damaged; kResourceExhausted
// above `memory_bytes_max`: keep the view in the store instead.
// Cost: reads the log up to the moment; decodes and applies the projection's
// events.
absl::StatusOr<FoldedRows> FoldView(
    EventStore& store, const AnyProjection& projection,
    const FoldViewOptions& options = FoldViewOptions());

// The same with its types.
template <Projection P>
class FoldedView {
 public:
  explicit FoldedView(FoldedRows rows) : rows_(std::move(rows)) {}

  std::optional<typename P::Row> Get(const typename P::Key& key) const;
  // Calls `visit` with each key and row, in order of keys.
  void ForEach(
      absl::FunctionRef<void(const typename P::Key&, const typename P::Row&)>
          visit) const;
  size_t size() const { return rows_.rows().size(); }
  Position next_position() const { return rows_.next_position(); }

 private:
  FoldedRows rows_;
};

template <Projection P>
absl::StatusOr<FoldedView<P>> FoldView(
    EventStore& store, const FoldViewOptions& options = FoldViewOptions());

// -----------------------------------------------------------------------------

template <Projection P>
std::optional<typename P::Row> FoldedView<P>::Get(
    const typename P::Key& key) const {
  std::string bytes;
  EncodeRowKey(key, &bytes);
  const google::protobuf::Message* const row = rows_.Find(bytes);
  if (row == nullptr) return std::nullopt;
  return static_cast<const typename P::Row&>(*row);
}

template <Projection P>
void FoldedView<P>::ForEach(
    absl::FunctionRef<void(const typename P::Key&, const typename P::Row&)>
        visit) const {
  typename P::Key key;
  for (const FoldedRow& row : rows_.rows()) {
    std::string_view bytes = row.key;
    // Made by the same projection, so it decodes.
    if (!DecodeRowKey(&bytes, &key)) continue;
    visit(key, static_cast<const typename P::Row&>(*row.row));
  }
}

template <Projection P>
absl::StatusOr<FoldedView<P>> FoldView(EventStore& store,
                                       const FoldViewOptions& options) {
  const absl::StatusOr<std::shared_ptr<const AnyProjection>> projection =
      MakeAnyProjection<P>();
  if (!projection.ok()) return projection.status();
  absl::StatusOr<FoldedRows> rows = FoldView(store, **projection, options);
  if (!rows.ok()) return rows.status();
  return FoldedView<P>(*std::move(rows));
}

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_VIEW_FOLD_H_
