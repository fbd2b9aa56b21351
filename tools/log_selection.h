// LogSelection is what an audit is about: the events of one stream, of the
// whole log, or that match a query, between two points of history.
//
// It reads the log from end to end and asks each event; no index has a say in
// what is found, and nothing that was deleted or truncated is hidden.

#ifndef DAYBOOK_TOOLS_LOG_SELECTION_H_
#define DAYBOOK_TOOLS_LOG_SELECTION_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"
#include "tools/bounds.h"
#include "tools/command_context.h"

namespace daybook::tools {

struct SelectionArguments {
  std::string stream;
  bool all = false;
  std::string query;
  bool system = false;
  BoundsArguments bounds;
};

// STREAM, --all, --query, --system, and those of AddBounds().
void AddSelection(CLI::App& command, SelectionArguments& arguments);

class LogSelection {
 public:
  // Errors: kInvalidArgument unless one of stream, --all and --query is given,
  // for what is no query, and as Bounds::Parse().
  static absl::StatusOr<LogSelection> Parse(const SelectionArguments& arguments,
                                            CommandContext& context);

  // Calls `visit` with each event that is selected and stands below `end`, in
  // order of position, until it returns false. Errors: of `visit`; of reading;
  // kCancelled when interrupted. Cost: a read of the log between the bounds.
  absl::Status ForEach(
      EventStore& store, Position end,
      absl::FunctionRef<absl::StatusOr<bool>(const EventView&)> visit) const;

  // The stream it is of; empty unless it is of one.
  const std::string& stream() const { return stream_; }
  // Matches every event unless it is of a query.
  const Query& query() const { return query_; }
  bool has_query() const { return has_query_; }
  // Events of system streams belong to it; else only of one that is named.
  bool has_system() const { return system_; }
  // Times in UTC, whatever was given.
  const BoundsArguments& points() const { return points_; }
  // 'stream "order-42", from 2026-03-02T00:00:00Z': for people.
  std::string Text() const;

 private:
  bool Selects(const EventView& event) const;

  std::string stream_;
  Query query_;
  bool has_query_ = false;
  bool system_ = false;
  BoundsArguments points_;
  Bounds bounds_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_LOG_SELECTION_H_
