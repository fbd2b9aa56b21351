#include "daybook/audit/signed_note.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "audit/base64.h"
#include "audit/coding.h"
#include "audit/text.h"

namespace daybook::audit {
namespace {

// An em dash, U+2014, and a space.
constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";

absl::Status NoNote(std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no signed note: ", std::string(why)));
}

absl::Status CheckSizes(size_t bytes, size_t signatures) {
  if (bytes > kNoteBytesMax) {
    return NoNote(absl::StrCat(bytes, " bytes, above ", kNoteBytesMax));
  }
  if (signatures == 0) return NoNote("it has no signatures");
  if (signatures > kNoteSignatureCountMax) {
    return NoNote(
        absl::StrCat("more than ", kNoteSignatureCountMax, " signatures"));
  }
  return absl::OkStatus();
}

std::optional<NoteSignature> ParseSignature(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return std::nullopt;
  line.remove_prefix(kSignaturePrefix.size());
  const size_t name_end = line.find(' ');
  if (name_end == std::string_view::npos) return std::nullopt;
  NoteSignature signature;
  signature.key_name = line.substr(0, name_end);
  if (!CheckKeyName(signature.key_name).ok()) return std::nullopt;
  const std::optional<std::string> bytes =
      DecodeBase64(line.substr(name_end + 1));
  if (!bytes.has_value()) return std::nullopt;
  std::string_view rest = *bytes;
  if (!TakeNumber(&rest, &signature.key_id)) return std::nullopt;
  if (rest.empty()) return std::nullopt;
  signature.signature = rest;
  return signature;
}

std::string NameOf(const NoteSignature& signature) {
  return absl::StrFormat("%s (%08x)", Quoted(signature.key_name),
                         signature.key_id);
}

// The trusted key that a signature says it is of; null when there is none.
absl::StatusOr<const VerifierKey*> FindKey(
    const NoteSignature& signature, std::span<const VerifierKey> trusted) {
  const VerifierKey* found = nullptr;
  for (const VerifierKey& key : trusted) {
    if (key.name() != signature.key_name || key.id() != signature.key_id) {
      continue;
    }
    if (found != nullptr && *found != key) {
      return absl::InvalidArgumentError(
          absl::StrCat("two trusted keys are called ", NameOf(signature),
                       ": somebody made one to be mistaken for the other"));
    }
    if (found == nullptr) found = &key;
  }
  return found;
}

}  // namespace

absl::StatusOr<std::string> FormatNote(const SignedNote& note) {
  if (!note.text.ends_with('\n') || !IsNoteText(note.text)) {
    return NoNote(
        "its text must be UTF-8 without control characters, and end in a "
        "newline");
  }
  std::string bytes = absl::StrCat(note.text, "\n");
  for (const NoteSignature& signature : note.signatures) {
    const absl::Status checked = CheckKeyName(signature.key_name);
    if (!checked.ok()) return checked;
    if (signature.signature.empty()) return NoNote("an empty signature");
    std::string id_and_signature;
    PutNumber(&id_and_signature, signature.key_id);
    id_and_signature.append(signature.signature);
    bytes.append(kSignaturePrefix);
    absl::StrAppend(&bytes, signature.key_name, " ",
                    EncodeBase64(id_and_signature), "\n");
  }
  const absl::Status checked = CheckSizes(bytes.size(), note.signatures.size());
  if (!checked.ok()) return checked;
  return bytes;
}

absl::StatusOr<SignedNote> ParseNote(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return CheckSizes(bytes.size(), 1);
  if (!IsNoteText(bytes)) {
    return NoNote("it is not UTF-8, or has control characters");
  }
  // The text may have empty lines; signatures have none.
  const size_t text_end = bytes.rfind("\n\n");
  if (text_end == std::string_view::npos) {
    return NoNote("no empty line before its signatures");
  }
  SignedNote note;
  note.text = bytes.substr(0, text_end + 1);
  for (std::string_view rest = bytes.substr(text_end + 2); !rest.empty();) {
    const std::optional<std::string_view> line = TakeLine(&rest);
    std::optional<NoteSignature> signature;
    if (line.has_value()) signature = ParseSignature(*line);
    if (!signature.has_value()) {
      return NoNote(absl::StrCat("line ", note.signatures.size() + 1,
                                 " after its text is no signature"));
    }
    note.signatures.push_back(*std::move(signature));
    const absl::Status checked =
        CheckSizes(bytes.size(), note.signatures.size());
    if (!checked.ok()) return checked;
  }
  const absl::Status checked = CheckSizes(bytes.size(), note.signatures.size());
  if (!checked.ok()) return checked;
  return note;
}

absl::StatusOr<std::vector<const VerifierKey*>> VerifyNote(
    const SignedNote& note, std::span<const VerifierKey> trusted) {
  std::vector<const VerifierKey*> signed_by;
  for (const NoteSignature& signature : note.signatures) {
    const absl::StatusOr<const VerifierKey*> key = FindKey(signature, trusted);
    if (!key.ok()) return key.status();
    if (*key == nullptr) continue;
    if (!(*key)->Verify(note.text, signature.signature)) {
      return absl::DataLossError(absl::StrCat(
          "the signature by ", NameOf(signature), " is not one of this text"));
    }
    if (std::ranges::find(signed_by, *key) == signed_by.end()) {
      signed_by.push_back(*key);
    }
  }
  if (signed_by.empty()) {
    return absl::UnauthenticatedError(absl::StrCat(
        "no trusted key signed; the first signature is by ",
        note.signatures.empty() ? "nobody" : NameOf(note.signatures.front())));
  }
  return signed_by;
}

}  // namespace daybook::audit
