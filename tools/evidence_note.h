// The note of an evidence bundle: whose word it is that the bundle is whole.
//
//   daybook/evidence/v1
//   shop.example/log
//   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=    SHA-256 of manifest.json
//   5SoH1XxPVxBJ9dNIzw3qSjFWz0L0ZLHH7QZxL8JkB9c=    root of its events' leaves
//
//   — shop.example/log Az3grlgtzPICa5OS8npVmf1Myq/5IZni...
//
// a signed note (https://c2sp.org/signed-note). The first line keeps it apart
// from heads, which begin with a log's name; the root is that of the tree (RFC
// 6962) whose leaves are those of the bundle's events, in order. So events
// can't be left out, put in or exchanged for others without the key, while the
// proofs under the head hold for each by itself.

#ifndef DAYBOOK_TOOLS_EVIDENCE_NOTE_H_
#define DAYBOOK_TOOLS_EVIDENCE_NOTE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/note_key.h"

namespace daybook::tools {

inline constexpr char kEvidenceNote[] = "bundle.note";

// What is signed.
std::string EvidenceNoteText(std::string_view log, std::string_view manifest,
                             const audit::Hash& events_root);

// The note, signed with the keys in these files. Errors: as audit::LoadKeyFile.
absl::StatusOr<std::string> SignEvidence(
    const std::string& text, std::span<const std::string> key_files);

// The names of the trusted keys that signed `note`; empty where none did.
// Errors: kDataLoss if it is not a note of this text, or a trusted key's
// signature is not one of it.
absl::StatusOr<std::vector<std::string>> CheckEvidenceNote(
    std::string_view note, const std::string& text,
    std::span<const audit::VerifierKey> trusted);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVIDENCE_NOTE_H_
