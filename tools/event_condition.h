// EventCondition is `--where` on events: an SQL expression over the fields that
// `--format json` shows, and the category.
//
//   position  stream  category  revision  id  type  source  content_type
//   tags          JSON, a list
//   time          when it happened, or NULL
//   recorded_at   times in UTC with six decimals: their order is that of text
//   metadata      JSON, an object
//   data          the payload as JSON, or NULL if it can't be said so; of
//                 protobuf messages with numbers as numbers (message_json.h)

#ifndef DAYBOOK_TOOLS_EVENT_CONDITION_H_
#define DAYBOOK_TOOLS_EVENT_CONDITION_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/projections/stored_type.h"
#include "daybook/store/event.h"
#include "tools/command_context.h"
#include "tools/sql_condition.h"

namespace daybook::tools {

// Not thread-safe.
class EventCondition {
 public:
  // Every event if `expression` is empty. Errors: as SqlCondition::Compile().
  static absl::StatusOr<EventCondition> Compile(std::string_view expression);

  // Errors: as SqlCondition::Holds(), with the event's position.
  // Cost: a payload is only decoded if the expression looks at it.
  absl::StatusOr<bool> Holds(const EventView& event, StoredTypes& types);

 private:
  EventCondition() = default;

  std::optional<SqlCondition> condition_;
  // What texts are made of that the event does not hold itself.
  std::array<std::string, 6> texts_;
};

// --where EXPR.
CLI::Option* AddWhere(CLI::App& command, std::string& expression);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVENT_CONDITION_H_
