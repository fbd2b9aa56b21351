// The import of OCEL 1.0, for `daybook import ocel`:
//
//   stream    the id of the event's object of one type (--stream-object)
//   type      ocel:activity
//   tags      type:id for each object the event names
//   time      ocel:timestamp
//   payload   the event as the JSON encoding has it, canonical (ocel_log.h)
//   id        the event's id, if it is a UUID
//   metadata  ocel.id, the event's id
//
// An object that has attributes is an event too, of the type ocel.object and
// with the object's tag, before the first event that names it: so a query for
// the tag finds what the object is and what happened to it.

#ifndef DAYBOOK_TOOLS_IMPORT_OCEL_H_
#define DAYBOOK_TOOLS_IMPORT_OCEL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/event_store.h"
#include "tools/event_template.h"
#include "tools/import_appends.h"
#include "tools/import_report.h"
#include "tools/json_fields.h"
#include "tools/line_reader.h"
#include "tools/memory_budget.h"
#include "tools/ocel_log.h"
#include "tools/producer_arguments.h"
#include "tools/rejects.h"

namespace daybook::tools {

struct OcelImportOptions {
  // The type of the objects that are streams; empty if a template names them.
  std::string stream_type;
  bool names_stream = false;
  // Where events go that name no object of that type, or several; empty
  // rejects them.
  std::string other_stream;
  // Where objects with attributes go.
  std::string object_stream = "ocel-objects";
  // What the log says beside its events becomes an event of this stream; empty
  // leaves it out.
  std::string log_stream;
  // What stands before the colon of a tag, for types that don't say it well.
  std::map<std::string, std::string> tag_names;
  bool in_time_order = false;
  // Times without an offset are UTC.
  bool utc = false;
};

// Not thread-safe.
class OcelImport {
 public:
  // `events` gives more tags and, if options.names_stream, the stream. Its
  // fields are the payload's and, after "object.", the id of the event's object
  // of that type. `producer` signs what is appended, unless null. All arguments
  // must outlive this.
  OcelImport(EventStore& store, EventTemplate& events, Rejects& rejects,
             std::string_view name, MemoryBudget& budget,
             OcelImportOptions options,
             const ProducerSigner* producer = nullptr);

  // Reads `lines` to the end, then appends: what is wrong with the input, and
  // is not a limit of the store, is known before the first append. `on_read`
  // is called while reading, `on_appended` with how many events are dealt with
  // of how many. What was appended before an error stays, and running the
  // import again goes on.
  // Errors: what ReadOcel(), Rejects and the store say; kInvalidArgument for
  // options that name a type of which no object is.
  absl::Status Run(LineReader& lines, const std::function<void()>& on_read,
                   const std::function<void(uint64_t, uint64_t)>& on_appended);

  // So far.
  ImportReport report() const;
  // What a person should know beside: a sentence each.
  std::vector<std::string> Notes() const;

 private:
  absl::Status CheckOptions() const;
  // Finds what can't be used and rejects it; what can is in order_.
  absl::Status CheckEvents();
  absl::Status CheckObjects();
  absl::Status AppendHeader();
  absl::Status AppendEvent(const OcelEvent& event);
  // Unless it was before, or has no attributes.
  absl::Status AppendObject(uint32_t place);

  absl::StatusOr<StreamEvent> Make(const OcelEvent& event);
  absl::StatusOr<std::string> StreamOf(const OcelEvent& event) const;
  // The id of the event's only object of a type, valid as long as the log.
  absl::StatusOr<std::string_view> ObjectOf(const OcelEvent& event,
                                            std::string_view type) const;
  std::string TagOf(const OcelObject& object) const;

  EventTemplate& events_;
  Rejects& rejects_;
  MemoryBudget& budget_;
  const OcelImportOptions options_;
  JsonFields fields_;
  OcelLog log_;
  ImportAppends appends_;
  bool read_ = false;
  std::set<std::string> types_;
  // Events to append, and of each object whether it was dealt with.
  std::vector<const OcelEvent*> order_;
  std::vector<bool> object_done_;
  uint64_t objects_left_out_ = 0;
  uint64_t objects_with_attributes_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_OCEL_H_
