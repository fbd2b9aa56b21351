// Events as text that goes in and out: one JSON object a line.
//
//   {"stream":"order-42","type":"order-placed","tags":["customer:7"],
//    "time":"2026-03-02T08:06:40+01:00","content_type":"application/json",
//    "data_base64":"eyJ0b3RhbCI6MX0=","append":"a7"}
//
// `stream` and `type` must be there, and the payload: its exact bytes in
// `data_base64`, or JSON in `data`, whose text is the payload. Everything else
// may lack. Lines in a row with the same `append` are one append: all of them
// happen or none. Also taken: `id`, `source`, `metadata`, and `schema`, the
// hash of one that the store has (schema_import.h); and of lines that `export
// --full` and `salvage` wrote, the append's `key` with its `result_base64`, and
// the producer's `signature`. What only a store can give (`position`,
// `revision`, `recorded_at`, salts, fingerprints, the marks of those files) is
// passed over, so that such lines go in, and those of `read --format json`; any
// other field is refused.

#ifndef DAYBOOK_TOOLS_IMPORT_FORMAT_H_
#define DAYBOOK_TOOLS_IMPORT_FORMAT_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "tools/append_fields.h"
#include "tools/json_object.h"

namespace daybook::tools {

struct ImportLine {
  StreamEvent event;
  // Which append the line belongs to; empty when it is one of its own.
  std::string append;
  // Of the append that begins with the line; may be empty.
  KeyAndResult keyed;
  // True once it is a JSON object and `append` is known.
  bool readable = false;
};

// Reads one line into `*parsed`. Errors: kInvalidArgument with the reason;
// `readable` and `append` tell how far it came.
absl::Status ParseImportLine(std::string_view line, ImportLine* parsed);

// The fields that every event has; `text` is the line they come from.
absl::StatusOr<StreamEvent> TakeEvent(JsonObject& fields,
                                      std::string_view text);

// {"correlation_id":...,"fields":{...}}
absl::StatusOr<Metadata> ParseMetadata(nlohmann::json object);

// Appends the line of a stored event, with newline: what a plain export
// writes. Ids, source, metadata and the time of recording are left out.
void AppendImportLine(const EventView& event, std::string* out);

// The same members without the braces, for formats with more of them.
void AppendImportMembers(const EventView& event, std::string* out);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_FORMAT_H_
