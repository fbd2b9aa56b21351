// The import of events from lines of JSON (import_format.h), for
// `daybook import events`.
//
// Appends are kept in flight (append_window.h), in the order of the lines.
// Each has a key made of its lines (import_keys.h), so that running an import
// again appends only what is not there yet, and is mostly a walk along the log
// (known_appends.h). One that brings a key, from a full export, keeps it, with
// its result: whoever tries that append again finds it.
//
// A producer's signature is of the append's key too. So it stays with an append
// that brings its key, and is judged as any other; without one it is left out.
//
// Lines in a row with the same `append` are one append. All or nothing holds
// of the input too: if one of them is rejected, all are; and so is an append
// that stands next to a line of which not even that can be told, since the
// line may be one of its own.

#ifndef DAYBOOK_TOOLS_IMPORT_EVENTS_H_
#define DAYBOOK_TOOLS_IMPORT_EVENTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "tools/append_window.h"
#include "tools/import_format.h"
#include "tools/import_keys.h"
#include "tools/import_report.h"
#include "tools/known_appends.h"
#include "tools/line_reader.h"
#include "tools/producer_arguments.h"
#include "tools/rejects.h"
#include "tools/schema_import.h"

namespace daybook::tools {

// Not thread-safe.
class EventImport {
 public:
  // `name` is the import's; `producer` signs what is appended, unless null. All
  // arguments must outlive this.
  EventImport(EventStore& store, LineReader& reader, Rejects& rejects,
              std::string_view name, const ProducerSigner* producer = nullptr);

  // Reads to the end. On any error what was appended before stays; running
  // the import again goes on. `on_line` is called after each line.
  // Errors: what Rejects, LineReader and the store say.
  absl::Status Run(const std::function<void()>& on_line);

  // So far.
  ImportReport report() const;
  // Of how many events that are appended a signature was left out.
  uint64_t signatures_left_out() const { return signatures_left_out_; }

 private:
  struct PendingLine {
    uint64_t number;
    std::string text;
  };
  using Lines = std::vector<PendingLine>;

  absl::Status TakeLine();
  // It registers a schema.
  absl::Status TakeSchemaLine(const StreamEvent& event);
  // The line the reader stands at is of no use, and which append it belongs
  // to can't be told.
  absl::Status TakeUnreadable(std::string_view reason);
  // It is one of `append`, and `problem` says whether it is of use.
  absl::Status TakeGroupLine(ImportLine parsed, const absl::Status& problem);

  void AddToGroup(StreamEvent event);
  // Rejects what is there of the group, and what will come.
  absl::Status BreakGroup(std::string_view reason);
  // Appends the group, unless it is broken, and forgets it.
  absl::Status EndGroup();
  // `keyed`: what the input says of the append; `key` where it has none.
  absl::Status Submit(std::vector<StreamEvent> events, Lines lines,
                      KeyAndResult keyed, std::string key);
  absl::Status OnFailure(const Lines& lines,
                         const std::vector<std::string>& streams,
                         bool brings_key, const absl::Status& status);

  EventStore& store_;
  LineReader& reader_;
  Rejects& rejects_;
  ImportKeys keys_;
  SchemaImport schemas_;
  KnownAppends known_;
  AppendWindow window_;

  const bool signs_;
  uint64_t signatures_left_out_ = 0;

  // The open group: its `append`, empty when none is open; its key, if it has
  // one; its events and the lines they come from; and why it is rejected, if it
  // is.
  std::string group_;
  KeyAndResult group_keyed_;
  std::vector<StreamEvent> group_events_;
  Lines group_lines_;
  size_t group_bytes_ = 0;
  std::string group_reject_reason_;
  // Set while the line before is one that could not be read at all.
  bool after_unreadable_ = false;
};

// True for failures that the input is to blame for, so that the rest of it may
// well be appended. `streams` are the append's.
bool IsInputsFault(const absl::Status& status, EventStore& store,
                   const std::vector<std::string>& streams);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_EVENTS_H_
