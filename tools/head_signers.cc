#include "tools/head_signers.h"

#include "absl/strings/str_format.h"
#include "daybook/audit/signed_note.h"
#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {

absl::StatusOr<std::string> TrustedSignersText(
    std::string_view signed_head, std::span<const audit::VerifierKey> trusted) {
  DAYBOOK_ASSIGN_OR_RETURN(const audit::SignedNote note,
                           audit::ParseNote(signed_head));
  DAYBOOK_ASSIGN_OR_RETURN(const auto signers,
                           audit::VerifyNote(note, trusted));
  std::string text;
  for (const audit::VerifierKey* key : signers) {
    if (!text.empty()) text += ", ";
    text += absl::StrFormat("%s+%08x", key->name(), key->id());
  }
  return text;
}

std::string ClaimedSignersText(const KeptTreeHead& head) {
  const absl::StatusOr<audit::SignedNote> note = audit::ParseNote(head.text);
  if (!note.ok()) return "nobody";
  std::string text;
  for (const audit::NoteSignature& signature : note->signatures) {
    if (!text.empty()) text += ", ";
    text += absl::StrFormat("%s+%08x", signature.key_name, signature.key_id);
  }
  return text;
}

std::string SignedByText(const KeptTreeHead& head,
                         std::span<const audit::VerifierKey> trusted) {
  if (!head.is_signed) return "signed by nobody";
  const absl::StatusOr<std::string> signers =
      TrustedSignersText(head.text, trusted);
  return signers.ok()
             ? Concat("signed by ", *signers)
             : Concat("said to be signed by ", ClaimedSignersText(head));
}

}  // namespace daybook::tools
