// The format of `export --full`: a line of the import format for each event of
// the log, system streams included, with everything else that is stored of it:
//
//   ...,"id":"0190163d-...","schema":"9f86d081884c7d65","source":"/shop",
//   "metadata":{...},
//   "recorded_at":"2026-03-02T07:06:40.251907Z",
//   "key":"retry-7","fingerprint":"9f86...","result_base64":"...",
//   "export":{"version":1,"head":1000}}
//
// with the salts of the commitments in the event's leaf of the audit tree, that
// of the payload before that of the metadata, so that a restored store has the
// root it had:
//
//   "salts_base64":"oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8="
//
// or, of an event that its producer signed, the signature with them:
//
//   "signature":{"bytes_base64":"...","payload_salt_base64":"...",
//   "metadata_salt_base64":"..."}
//
// Exports that were made before other events had their salts there are restored
// with new ones.
//
// `append` stands on every event of an append of several; `key` (`key_base64`
// when it is no UTF-8), `fingerprint` and `result_base64` on the first event
// of a keyed one; `export` on the first line of the file: how many events
// there must be, so that a file that was cut off is known for one.
//
// What `salvage` wrote of a damaged store has, where events are or may be
// missing, instead of `export`
//
//   "salvage":{"version":1,"position":0,"events":990}
//
// on its first line, with how many events there are in the file, and
// "salvage":{"position":17} on each line that does not follow the one before.

#ifndef DAYBOOK_TOOLS_FULL_EXPORT_H_
#define DAYBOOK_TOOLS_FULL_EXPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/audit/commitment.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"

namespace daybook::tools {

// On a line that does not follow the one before: where its event stood.
struct SalvageMark {
  uint64_t position = 0;
  // On the first line: how many there are in the file.
  std::optional<uint64_t> event_count;
};

struct FullExportLine {
  StreamEvent event;
  std::string append;
  absl::Time recorded_at;
  // Of the append that begins with this line.
  EventStore::ExportedAppend exported;
  // On the first line: the store's head when it was exported.
  std::optional<uint64_t> head;
  std::optional<SalvageMark> salvage;
};

// The salts of an event's commitments.
struct EventSalts {
  audit::Salt payload{};
  audit::Salt metadata{};
};

// Appends the line of `event`, with newline. `exported` is given for the first
// event of a keyed append, `head` for the first line. REQUIRES: `salts`, if the
// event is signed.
void AppendFullExportLine(const EventView& event,
                          const EventStore::ExportedAppend* exported,
                          const std::optional<EventSalts>& salts,
                          std::optional<Position> head, std::string* out);

// Adds the mark to the line that `out` ends with.
void AppendSalvageMark(const SalvageMark& mark, std::string* out);

// Errors: kInvalidArgument with the reason.
absl::StatusOr<FullExportLine> ParseFullExportLine(std::string_view line);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_FULL_EXPORT_H_
