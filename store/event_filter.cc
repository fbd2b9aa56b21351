#include "store/event_filter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/validate.h"

namespace daybook {
namespace {

bool SameItem(const QueryItem& a, const QueryItem& b) {
  return a.types == b.types && a.tags == b.tags && a.category == b.category &&
         a.correlation_id == b.correlation_id;
}

}  // namespace

absl::Status ValidateFilter(const EventFilter& filter) {
  if (!filter.stream.empty()) {
    DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(filter.stream));
  }
  if (!filter.stream_prefix.empty()) {
    DAYBOOK_RETURN_IF_ERROR(ValidateAnyStreamName(filter.stream_prefix));
  }
  if (!filter.category.empty()) {
    DAYBOOK_RETURN_IF_ERROR(
        ValidateQuery(Query{{{.category = filter.category}}}));
  }
  if (!filter.stream.empty() &&
      ((!filter.category.empty() &&
        CategoryOf(filter.stream) != filter.category) ||
       !filter.stream.starts_with(filter.stream_prefix))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "stream ", Quoted(filter.stream),
        " is not of the category or prefix that is asked for beside it: no "
        "event could match"));
  }
  return ValidateQuery(filter.query);
}

bool WantsAll(const EventFilter& filter) {
  return filter.stream.empty() && filter.category.empty() &&
         filter.stream_prefix.empty() && filter.query.items.empty() &&
         !filter.where;
}

absl::StatusOr<bool> Wants(const EventFilter& filter, const EventView& event) {
  if (!filter.stream.empty() && event.stream != filter.stream) return false;
  if (!event.stream.starts_with(filter.stream_prefix)) return false;
  if (!filter.category.empty() && CategoryOf(event.stream) != filter.category) {
    return false;
  }
  if (!Matches(filter.query, event)) return false;
  if (!filter.where) return true;
  try {
    return filter.where(event);
  } catch (...) {
    return absl::UnknownError(
        absl::StrCat("the filter threw at position ", event.position.value()));
  }
}

Query IndexedQuery(const EventFilter& filter) {
  const std::vector<QueryItem>& items = filter.query.items;
  const bool narrow = !items.empty() && std::none_of(items.begin(), items.end(),
                                                     [](const QueryItem& item) {
                                                       return item.empty();
                                                     });
  if (narrow) return filter.query;
  if (!filter.category.empty()) return Query{{{.category = filter.category}}};
  return {};
}

bool SameFilter(const EventFilter& a, const EventFilter& b) {
  return a.stream == b.stream && a.category == b.category &&
         a.stream_prefix == b.stream_prefix &&
         std::equal(a.query.items.begin(), a.query.items.end(),
                    b.query.items.begin(), b.query.items.end(), SameItem);
}

}  // namespace daybook
