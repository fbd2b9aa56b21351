// What the built-in projections have in common.

#ifndef DAYBOOK_TOOLS_BUILTIN_ROWS_H_
#define DAYBOOK_TOOLS_BUILTIN_ROWS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "daybook/projections/any_projection.h"
#include "daybook/projections/row_key.h"
#include "tools/builtin_projection.h"

namespace daybook::tools {

// A projection on every event, with rows found by a message of one string. An
// event's message is itself a row: that of the event alone.
template <typename Key, typename Row>
class BuiltinProjection : public AnyProjection {
 public:
  absl::StatusOr<std::optional<std::string>> IndexKey(
      size_t /*i*/, std::string_view /*key*/,
      const google::protobuf::Message& /*row*/) const final {
    return std::nullopt;  // there are no indexes
  }

  absl::StatusOr<RowFate> Apply(const PreparedEvent& prepared, size_t /*key*/,
                                google::protobuf::Message* row) const final {
    const absl::Status merged = Merge(
        static_cast<const Row&>(*prepared.message), static_cast<Row*>(row));
    if (!merged.ok()) return merged;
    return RowFate::kKeep;
  }

 protected:
  BuiltinProjection(std::string name, int version)
      : AnyProjection(std::move(name), version, Query(),
                      &Key::default_instance(), &Row::default_instance(), {}) {}

  // Adds what one event says to the row that the ones before it made.
  virtual absl::Status Merge(const Row& event, Row* row) const = 0;

  static void Begin(const EventView& event, PreparedEvent* prepared) {
    prepared->info = EventInfo::Of(event);
    prepared->message = nullptr;
    prepared->keys.clear();
  }
  static void AddKey(const Key& key, PreparedEvent* prepared) {
    EncodeRowKey(key, &prepared->keys.emplace_back());
  }
};

// The time that a projection goes by, if the event says it.
inline std::optional<absl::Time> TimeOf(const EventView& event,
                                        EventTime time) {
  if (time == EventTime::kOccurred) return event.occurred_at;
  return event.recorded_at;
}

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_BUILTIN_ROWS_H_
