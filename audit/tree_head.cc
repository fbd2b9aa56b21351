#include "daybook/audit/tree_head.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "audit/text.h"
#include "daybook/audit/signed_note.h"

namespace daybook::audit {
namespace {

absl::Status NoHead(std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no tree head: ", std::string(why)));
}

absl::Status CheckHead(const TreeHead& head) {
  if (head.origin.empty() || !IsNoteLine(head.origin)) {
    return NoHead(absl::StrCat("its origin ", Quoted(head.origin),
                               " is no line of UTF-8"));
  }
  if (head.size == 0 && head.root != EmptyRoot()) {
    return NoHead("a tree of 0 leaves has but one root, which is another");
  }
  for (const std::string& extension : head.extensions) {
    if (extension.empty() || !IsNoteLine(extension)) {
      return NoHead(absl::StrCat("its extension ", Quoted(extension),
                                 " is no line of UTF-8"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> FormatTreeHead(const TreeHead& head) {
  const absl::Status checked = CheckHead(head);
  if (!checked.ok()) return checked;
  std::string text = absl::StrCat(head.origin, "\n", head.size, "\n",
                                  head.root.ToBase64(), "\n");
  for (const std::string& extension : head.extensions) {
    absl::StrAppend(&text, extension, "\n");
  }
  return text;
}

absl::StatusOr<TreeHead> ParseTreeHead(std::string_view text) {
  const std::optional<std::string_view> origin = TakeLine(&text);
  const std::optional<std::string_view> size_line = TakeLine(&text);
  const std::optional<std::string_view> root_line = TakeLine(&text);
  if (!origin.has_value() || !size_line.has_value() || !root_line.has_value()) {
    return NoHead("it has less than three lines");
  }
  const std::optional<uint64_t> size = ParseDecimal(*size_line);
  if (!size.has_value()) {
    return NoHead(absl::StrCat(Quoted(*size_line), " is no size"));
  }
  const std::optional<Hash> root = Hash::FromBase64(*root_line);
  if (!root.has_value()) {
    return NoHead(
        absl::StrCat(Quoted(*root_line), " is no hash of 32 bytes in base64"));
  }
  TreeHead head;
  head.origin = *origin;
  head.size = *size;
  head.root = *root;
  while (!text.empty()) {
    const std::optional<std::string_view> extension = TakeLine(&text);
    if (!extension.has_value()) return NoHead("its last line has no end");
    head.extensions.emplace_back(*extension);
  }
  const absl::Status checked = CheckHead(head);
  if (!checked.ok()) return checked;
  return head;
}

absl::StatusOr<TreeHead> PeekTreeHead(std::string_view bytes) {
  const absl::StatusOr<SignedNote> note = ParseNote(bytes);
  if (note.ok()) return ParseTreeHead(note->text);
  absl::StatusOr<TreeHead> head = ParseTreeHead(bytes);
  // What nobody signed is three lines: a signed one that is damaged has more.
  if (head.ok() && !head->extensions.empty()) {
    return NoHead("it has more than three lines, and no signature");
  }
  return head;
}

absl::StatusOr<std::string> SignTreeHead(const TreeHead& head,
                                         std::span<const NoteSigner> signers) {
  absl::StatusOr<std::string> text = FormatTreeHead(head);
  if (!text.ok()) return text;
  SignedNote note;
  note.text = *text;
  for (const NoteSigner& signer : signers) {
    note.signatures.push_back(signer.Sign(note.text));
  }
  return FormatNote(note);
}

absl::StatusOr<TreeHead> VerifyTreeHead(std::string_view note,
                                        std::string_view origin,
                                        std::span<const VerifierKey> trusted) {
  const absl::StatusOr<SignedNote> parsed = ParseNote(note);
  if (!parsed.ok()) return parsed.status();
  const absl::StatusOr<std::vector<const VerifierKey*>> signed_by =
      VerifyNote(*parsed, trusted);
  if (!signed_by.ok()) return signed_by.status();
  absl::StatusOr<TreeHead> head = ParseTreeHead(parsed->text);
  if (head.ok() && head->origin != origin) {
    return absl::FailedPreconditionError(
        absl::StrCat("a tree head of the log ", Quoted(head->origin), ", not ",
                     Quoted(origin)));
  }
  return head;
}

}  // namespace daybook::audit
