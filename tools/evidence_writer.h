// Writes an evidence bundle (evidence_manifest.h).

#ifndef DAYBOOK_TOOLS_EVIDENCE_WRITER_H_
#define DAYBOOK_TOOLS_EVIDENCE_WRITER_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/store/audit.h"
#include "daybook/store/event_store.h"
#include "tools/log_selection.h"
#include "tools/zip_writer.h"

namespace daybook::tools {

// Writes what `selection` selects in the log of `store` into `zip`, proven
// under `head`, which is signed, and commits it; gives back how many events.
// With keys in `key_files`, which sign that nothing was left out
// (evidence_note.h).
//
// Errors: kNotFound if nothing is selected; kResourceExhausted for more than a
// bundle holds; UnverifiableError() for an event that the head does not cover;
// kDataLoss, with the position, for an event that is not what the tree says;
// otherwise as ZipWriter, and of reading.
// Cost: reads the log once, and each selected event twice more; some hundred
// bytes of memory an event.
absl::StatusOr<uint64_t> WriteEvidence(const LogSelection& selection,
                                       const KeptTreeHead& head,
                                       EventStore& store,
                                       std::span<const std::string> key_files,
                                       ZipWriter& zip);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVIDENCE_WRITER_H_
