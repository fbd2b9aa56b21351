// Checks an evidence bundle (evidence_manifest.h) with nothing but a public
// key.

#ifndef DAYBOOK_TOOLS_EVIDENCE_CHECK_H_
#define DAYBOOK_TOOLS_EVIDENCE_CHECK_H_

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/tree_head.h"
#include "daybook/store/numbers.h"
#include "tools/evidence_manifest.h"
#include "tools/producer_proof.h"

namespace daybook::tools {

struct CheckedEvidence {
  EvidenceManifest manifest;
  audit::TreeHead head;
  // The trusted keys that signed it.
  std::string head_signers;
  Position first;
  Position last;
  // Of one stream, and each event is the one after the event before it: so
  // between the first and the last none was left out.
  bool is_gapless = false;
  // Where it begins at the stream's first event.
  bool begins_stream = false;
  // The trusted keys that signed that it is whole (evidence_note.h). Where
  // there are none, whoever passed it on may have left events out.
  std::vector<std::string> complete_by;
};

// True for a file that begins as a zip file does.
bool IsZipFile(const std::string& path);

// The log that the bundle at `path` says it is of; nothing of it is checked.
// Errors: as CheckEvidence().
absl::StatusOr<std::string> EvidenceLog(const std::string& path);

// Checks the bundle at `path`: that it is one; that one of the trusted keys
// signed its head, of the log called `origin`; that each event gives the leaf
// that its proof is of, and each proof leads to the head; that `producers`
// signed each event, if that is asked for; that the events are
// of what the manifest says, as many, in order; that the schemas are those that
// the events name; that a note that it is whole, if it has one, is of these.
//
// Errors: kDataLoss with the first that fails: an event with its position;
// kUnauthenticated where no trusted key signed the head, or none of the
// producers an event; kFailedPrecondition
// for another log's; as CantRead() (file_argument.h) for a file that can't be
// opened; kCancelled.
// Memory: some hundred bytes an event, and twenty times the largest event.
absl::StatusOr<CheckedEvidence> CheckEvidence(
    const std::string& path, const std::string& origin,
    std::span<const audit::VerifierKey> trusted, ProducerProof& producers);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVIDENCE_CHECK_H_
