// Stored views: what views a store keeps, and their rows, read without the
// program that made them.
//
//   absl::StatusOr<std::vector<ViewStatus>> all = ListViews(*store);
//   absl::StatusOr<AnyView> sales = ReadStoredView(*store, "sales-by-sku");
//
// A store has the descriptors of its views' keys and rows, so that any tool
// prints them. Who has the projection uses views.h.

#ifndef DAYBOOK_REPLAY_STORED_VIEWS_H_
#define DAYBOOK_REPLAY_STORED_VIEWS_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/replay/view.h"
#include "daybook/replay/views.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"

namespace daybook {

// Every view that the store keeps, by name, as far as the store knows: of one
// that nobody follows now, or that has not been built, kRunning and kBuilding.
// `clock` tells for how long events have waited; null takes the system's.
// Errors: kDataLoss if what is said of a view is damaged.
absl::StatusOr<std::vector<ViewStatus>> ListViews(EventStore& store,
                                                  Clock* clock = nullptr);

// The rows of the view `name` that stand still, by key.
// Errors: kNotFound if the store keeps no such view.
absl::StatusOr<std::vector<ParkedKey>> ListParked(EventStore& store,
                                                  std::string_view name);

// The rows that the store shows of the view `name`, as protobuf's dynamic
// messages: AnyView::projection() has their types, and can't apply events.
// Errors: kNotFound if the store keeps no such view, or it is not built yet;
// kDataLoss if its descriptors are damaged.
absl::StatusOr<AnyView> ReadStoredView(EventStore& store,
                                       std::string_view name);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_STORED_VIEWS_H_
