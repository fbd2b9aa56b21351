#include "daybook/store/query.h"

#include <algorithm>
#include <string_view>

#include "store/metadata_codec.h"

namespace daybook {
namespace {

bool Matches(const QueryItem& item, const EventView& event) {
  if (!item.types.empty() && std::find(item.types.begin(), item.types.end(),
                                       event.type) == item.types.end()) {
    return false;
  }
  if (!item.category.empty() && CategoryOf(event.stream) != item.category) {
    return false;
  }
  for (const std::string& tag : item.tags) {
    if (!event.tags.Contains(tag)) return false;
  }
  return item.correlation_id.empty() ||
         CorrelationIdOf(event.encoded_metadata) == item.correlation_id;
}

}  // namespace

bool Matches(const Query& query, const EventView& event) {
  if (query.items.empty()) return true;
  return std::any_of(
      query.items.begin(), query.items.end(),
      [&](const QueryItem& item) { return Matches(item, event); });
}

}  // namespace daybook
