// Query: which events one means, by what they are rather than where they are.
//
// The model is that of https://dcb.events: a query is a list of items and
// matches an event that matches any of them. An item matches when the event's
// type is one of `types` (any type when empty) and the event bears every one
// of `tags`. Daybook adds category and correlation id, AND-ed likewise.
//
//   Query query;
//   query.items.push_back({.types = {"seat-reserved"}, .tags = {"show:7"}});
//
// A query without items matches every event, an item without anything too.

#ifndef DAYBOOK_STORE_QUERY_H_
#define DAYBOOK_STORE_QUERY_H_

#include <optional>
#include <string>
#include <vector>

#include "daybook/store/event.h"
#include "daybook/store/numbers.h"

namespace daybook {

struct QueryItem {
  // OR-ed; empty means any type.
  std::vector<std::string> types;
  // AND-ed; empty means whatever tags.
  std::vector<std::string> tags;
  // Category of the event's stream (CategoryOf); empty means any.
  std::string category;
  // Metadata::correlation_id; empty means any.
  std::string correlation_id;

  bool empty() const {
    return types.empty() && tags.empty() && category.empty() &&
           correlation_id.empty();
  }
};

struct Query {
  // OR-ed; empty matches every event.
  std::vector<QueryItem> items;
};

// True if `event` is one of those `query` means. The one definition of a
// match: indexes only narrow down which events are asked.
bool Matches(const Query& query, const EventView& event);

// "No event matching `query` stands after position `after`." Absent `after`
// looks at the whole store. Take it from EventCursor::condition() of the
// query read that the decision was based on.
struct AppendCondition {
  Query fail_if_matches;
  std::optional<Position> after;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_QUERY_H_
