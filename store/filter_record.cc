#include "store/filter_record.h"

#include <string>

namespace daybook {

v1::SubscriptionRecord RecordOf(const EventFilter& filter) {
  v1::SubscriptionRecord record;
  record.set_stream(filter.stream);
  record.set_category(filter.category);
  record.set_stream_prefix(filter.stream_prefix);
  for (const QueryItem& item : filter.query.items) {
    v1::SubscriptionRecord::QueryItem& put = *record.add_query_items();
    for (const std::string& type : item.types) put.add_types(type);
    for (const std::string& tag : item.tags) put.add_tags(tag);
    put.set_category(item.category);
    put.set_correlation_id(item.correlation_id);
  }
  return record;
}

EventFilter FilterOf(const v1::SubscriptionRecord& record) {
  EventFilter filter;
  filter.stream = record.stream();
  filter.category = record.category();
  filter.stream_prefix = record.stream_prefix();
  for (const auto& item : record.query_items()) {
    filter.query.items.push_back(
        {.types = {item.types().begin(), item.types().end()},
         .tags = {item.tags().begin(), item.tags().end()},
         .category = item.category(),
         .correlation_id = item.correlation_id()});
  }
  return filter;
}

}  // namespace daybook
