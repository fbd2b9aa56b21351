#include "tools/evidence_note.h"

#include <utility>

#include "daybook/audit/key_file.h"
#include "daybook/audit/signed_note.h"
#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {

std::string EvidenceNoteText(std::string_view log, std::string_view manifest,
                             const audit::Hash& events_root) {
  return Concat("daybook/evidence/v1\n", std::string(log), "\n",
                audit::Sha256({manifest}).ToBase64(), "\n",
                events_root.ToBase64(), "\n");
}

absl::StatusOr<std::string> SignEvidence(
    const std::string& text, std::span<const std::string> key_files) {
  audit::SignedNote note = {.text = text};
  for (const std::string& path : key_files) {
    DAYBOOK_ASSIGN_OR_RETURN(const audit::NoteSigner signer,
                             audit::LoadKeyFile(path));
    note.signatures.push_back(signer.Sign(note.text));
  }
  return audit::FormatNote(note);
}

absl::StatusOr<std::vector<std::string>> CheckEvidenceNote(
    std::string_view note, const std::string& text,
    std::span<const audit::VerifierKey> trusted) {
  const absl::StatusOr<audit::SignedNote> parsed = audit::ParseNote(note);
  if (!parsed.ok()) return absl::DataLossError(parsed.status().message());
  if (parsed->text != text) {
    return absl::DataLossError("it is of another manifest, or of other events");
  }
  const absl::StatusOr<std::vector<const audit::VerifierKey*>> signers =
      audit::VerifyNote(*parsed, trusted);
  std::vector<std::string> names;
  if (absl::IsUnauthenticated(signers.status())) return names;
  DAYBOOK_RETURN_IF_ERROR(signers.status());
  for (const audit::VerifierKey* key : *signers) names.push_back(key->name());
  return names;
}

}  // namespace daybook::tools
