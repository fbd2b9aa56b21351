// Signed notes (https://c2sp.org/signed-note): a text, an empty line, and lines
// of signature. What is signed is the text with its last newline.
//
//   shop.example/log
//   42
//   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//
//   — shop.example/log Az3grlgtzPICa5OS8npVmf1Myq/5IZni...
//
// Believe a text only after VerifyNote(). All of this is thread-safe.

#ifndef DAYBOOK_AUDIT_SIGNED_NOTE_H_
#define DAYBOOK_AUDIT_SIGNED_NOTE_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"

namespace daybook::audit {

inline constexpr size_t kNoteBytesMax = 1 << 20;
inline constexpr size_t kNoteSignatureCountMax = 100;

struct SignedNote {
  // UTF-8, without control characters but for newlines; ends in one.
  std::string text;
  // At least one.
  std::vector<NoteSignature> signatures;

  friend bool operator==(const SignedNote&, const SignedNote&) = default;
};

// The bytes of a note. Errors: kInvalidArgument for a text, a name, a number of
// signatures or a size that a note can't have.
absl::StatusOr<std::string> FormatNote(const SignedNote& note);

// Reads a note; FormatNote() gives the same bytes again. Verifies nothing.
// Errors: kInvalidArgument for any other bytes.
absl::StatusOr<SignedNote> ParseNote(std::string_view bytes);

// The keys of `trusted` that signed, at least one, each once; pointers into
// `trusted`. Signatures by other keys are not looked at.
//
// Errors:
//   kDataLoss          a trusted key's signature is not one of this text:
//                      one of both was changed
//   kUnauthenticated   no trusted key signed: nothing is known about the text
//   kInvalidArgument   `trusted` has two keys of one name and id
// Cost: an Ed25519 verification for each signature by a trusted key.
absl::StatusOr<std::vector<const VerifierKey*>> VerifyNote(
    const SignedNote& note, std::span<const VerifierKey> trusted);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_SIGNED_NOTE_H_
