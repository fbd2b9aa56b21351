// The import of CloudEvents, for `daybook import cloudevents`: what becomes of
// an event is in cloud_event_mapping.h, how files hold them in
// cloud_event_reader.h. Each event is an append of its own, with a key made of
// its text (import_keys.h).

#ifndef DAYBOOK_TOOLS_IMPORT_CLOUD_EVENTS_H_
#define DAYBOOK_TOOLS_IMPORT_CLOUD_EVENTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "tools/append_window.h"
#include "tools/cloud_event_reader.h"
#include "tools/event_template.h"
#include "tools/import_keys.h"
#include "tools/import_report.h"
#include "tools/json_fields.h"
#include "tools/known_appends.h"
#include "tools/line_reader.h"
#include "tools/producer_arguments.h"
#include "tools/rejects.h"
#include "tools/schema_import.h"

namespace daybook::tools {

// Not thread-safe.
class CloudEventImport {
 public:
  // `events` gives the tags and, if it has a template for it, the stream;
  // without one that is the event's subject. `producer` signs what is
  // appended, unless null. All arguments must outlive this.
  CloudEventImport(EventStore& store, EventTemplate& events, bool names_stream,
                   Rejects& rejects, const ProducerSigner* producer = nullptr);

  // Reads `lines` to its end, under this name (equal events of one name are
  // events of their own); `file` is said in errors unless it is empty. On any
  // error what was appended before stays; running the import again goes on.
  // `on_event` is called after each event. Errors: what Rejects, LineReader and
  // the store say.
  absl::Status Run(LineReader& lines, std::string_view name,
                   std::string_view file,
                   const std::function<void()>& on_event);
  // Deals with what the store has refused so far.
  absl::Status Check() { return window_.Check(); }

  // So far.
  ImportReport report() const;

 private:
  // `place` says where it is beside the line: the file, the item of a batch.
  absl::Status TakeEvent(const CloudEventReader& reader,
                         const std::string& place);
  // The event, where it goes and what it is found by.
  absl::StatusOr<StreamEvent> Make(std::string_view text);
  absl::Status OnFailure(uint64_t line_number, const std::string& text,
                         const std::string& place, const std::string& stream,
                         const absl::Status& status);
  absl::Status Reject(uint64_t line_number, std::string_view text,
                      std::string_view place, std::string_view reason,
                      bool cut = false);

  EventStore& store_;
  EventTemplate& events_;
  const bool names_stream_;
  Rejects& rejects_;
  const bool reads_fields_;
  JsonFields fields_;
  SchemaImport schemas_;
  KnownAppends known_;
  AppendWindow window_;
  std::map<std::string, ImportKeys> keys_by_name_;
  // Of what is read now: its keys, and how errors name it.
  ImportKeys* keys_ = nullptr;
  std::string file_;
  uint64_t count_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_CLOUD_EVENTS_H_
