#include "store/head_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/audit/signed_note.h"
#include "daybook/audit/tree_head.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/store_folder.h"

namespace daybook {

std::string HeadFilePath(const std::string& store_folder) {
  return store_folder + "/HEAD";
}

absl::StatusOr<KeptTreeHead> ParseKeptHead(std::string_view text) {
  KeptTreeHead kept;
  DAYBOOK_ASSIGN_OR_RETURN(kept.head, audit::PeekTreeHead(text));
  kept.text = text;
  kept.is_signed = audit::ParseNote(text).ok();
  return kept;
}

size_t SignatureCount(const KeptTreeHead& kept) {
  const absl::StatusOr<audit::SignedNote> note = audit::ParseNote(kept.text);
  return note.ok() ? note->signatures.size() : 0;
}

KeptTreeHead WithSignaturesOf(const KeptTreeHead& kept,
                              const KeptTreeHead& fresh) {
  absl::StatusOr<audit::SignedNote> merged = audit::ParseNote(kept.text);
  const absl::StatusOr<audit::SignedNote> added = audit::ParseNote(fresh.text);
  if (!merged.ok() || !added.ok() || merged->text != added->text) return fresh;
  for (const audit::NoteSignature& signature : added->signatures) {
    const auto same = std::ranges::find_if(
        merged->signatures, [&](const audit::NoteSignature& other) {
          return other.key_name == signature.key_name &&
                 other.key_id == signature.key_id;
        });
    if (same == merged->signatures.end()) {
      merged->signatures.push_back(signature);
    } else {
      *same = signature;
    }
  }
  const absl::StatusOr<std::string> text = audit::FormatNote(*merged);
  // It would be one with too many.
  if (!text.ok()) return fresh;
  KeptTreeHead both = fresh;
  both.text = *text;
  return both;
}

absl::StatusOr<std::optional<KeptTreeHead>> ReadHeadFile(
    const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<std::string> text,
      ReadSmallFile(path, /*bytes_max=*/audit::kNoteBytesMax));
  if (!text.has_value()) return std::optional<KeptTreeHead>();
  absl::StatusOr<KeptTreeHead> kept = ParseKeptHead(*text);
  if (!kept.ok()) {
    return WithMessage(kept.status(),
                       absl::StrCat(path, " holds ", kept.status().message()));
  }
  return std::optional<KeptTreeHead>(*std::move(kept));
}

}  // namespace daybook
