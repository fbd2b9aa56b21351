// The import of XES, for `daybook import xes`: a trace is a stream, and each of
// its events one event there.
//
//   stream    the trace's concept:name
//   type      the event's concept:name, and +lifecycle:transition if it has one
//   tags      case:, the stream's name; resource: and group:, org:resource and
//             org:group of an event that has them
//   time      time:timestamp
//   payload   the event's attributes as JSON (xes_attribute.h)
//   id        identity:id, if it is a UUID
//   metadata  xes.types, the types of attributes that their JSON does not tell;
//             in the first event of a trace xes.trace, the trace's attributes,
//             and xes.trace_types
//
// A trace orders its events; over all traces they are put in the order of
// their times, as they happened. So all of the file is read, and held, before
// the first is appended; or, in the file's order, one trace after the other.

#ifndef DAYBOOK_TOOLS_IMPORT_XES_H_
#define DAYBOOK_TOOLS_IMPORT_XES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "tools/event_template.h"
#include "tools/import_appends.h"
#include "tools/import_report.h"
#include "tools/json_fields.h"
#include "tools/line_reader.h"
#include "tools/memory_budget.h"
#include "tools/producer_arguments.h"
#include "tools/rejects.h"
#include "tools/xes_reader.h"

namespace daybook::tools {

// Makes events for the store. Not thread-safe.
class XesMapping {
 public:
  // `events` gives more tags and, as far as it has templates for them, stream
  // and type; it must outlive this. Its fields are the event's attributes and,
  // after "trace.", those of the trace.
  XesMapping(EventTemplate& events, bool names_stream, bool names_type);

  // Errors: kInvalidArgument with what the event lacks.
  absl::StatusOr<StreamEvent> Make(const XesEvent& event, bool with_trace);
  // The concept:name of a trace; empty if it has none.
  absl::StatusOr<std::string> NameOf(const XesTrace& trace);

 private:
  absl::Status Read(const XesEvent& event);

  EventTemplate& events_;
  const bool names_stream_;
  const bool names_type_;
  JsonFields event_fields_;
  JsonFields trace_fields_;
};

struct XesImportOptions {
  bool in_time_order = true;
  // Times without an offset are UTC.
  bool utc = false;
  // What the log says beside its traces becomes an event of this stream; empty
  // leaves it out.
  std::string log_stream;
};

// Not thread-safe.
class XesImport {
 public:
  // `producer` signs what is appended, unless null. All arguments must outlive
  // this.
  XesImport(EventStore& store, XesMapping& mapping, Rejects& rejects,
            std::string_view name, MemoryBudget& budget,
            XesImportOptions options, const ProducerSigner* producer = nullptr);

  // Reads `lines` to the end and appends. `on_read` is called while reading,
  // `on_appended` with how many events are dealt with of how many. On an error
  // in time order nothing was appended if it is the input's; else what was
  // stays, and running the import again goes on.
  // Errors: what ReadXes(), Rejects and the store say.
  absl::Status Run(LineReader& lines, const std::function<void()>& on_read,
                   const std::function<void(uint64_t, uint64_t)>& on_appended);

  // So far.
  ImportReport report() const;
  // What a person should know beside: a sentence each.
  std::vector<std::string> Notes() const;

 private:
  struct Held {
    XesEvent event;
    // When it counts as happened among all.
    absl::Time order;
    // It takes the trace's attributes along.
    bool with_trace = false;
  };

  absl::Status TakeTrace(std::vector<XesEvent> events);
  // Gives each its place in time, without changing their order.
  void PlaceInTime(std::vector<Held>* trace);
  absl::Status AppendHeader();
  absl::Status AppendHeld(
      const std::function<void(uint64_t, uint64_t)>& on_appended);
  absl::Status Append(const Held& held);
  absl::Status Reject(const XesEvent& event, std::string_view reason);

  XesMapping& mapping_;
  Rejects& rejects_;
  MemoryBudget& budget_;
  const XesImportOptions options_;
  ImportAppends appends_;
  std::vector<Held> held_;
  XesHeader header_;
  bool read_ = false;
  uint64_t events_ = 0;
  uint64_t empty_traces_ = 0;
  // Hashes of the names of traces; two that agree by chance make a note wrong.
  absl::flat_hash_set<size_t> names_;
  uint64_t repeated_names_ = 0;
  uint64_t out_of_time_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_XES_H_
