// Texts of the audit: keys, notes, tree heads, base64. What is read is written
// again as the same bytes: nothing signed has two texts.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/base64.h"
#include "audit/text.h"
#include "daybook/audit/key_file.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/signed_note.h"
#include "daybook/audit/tree_head.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace daybook::audit {
namespace {

bool IsPrintable(std::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c > 0x7E) return false;
  }
  return true;
}

}  // namespace

FUZZ_TARGET(audit_base64) {
  FUZZ_REQUIRE(DecodeBase64(EncodeBase64(input)) == input);
  const std::optional<std::string> bytes = DecodeBase64(input);
  FUZZ_REQUIRE(!bytes.has_value() || EncodeBase64(*bytes) == input);
}

FUZZ_TARGET(audit_text) {
  FUZZ_REQUIRE(IsPrintable(Quoted(input)));
  const std::optional<uint64_t> number = ParseDecimal(input);
  FUZZ_REQUIRE(!number.has_value() || std::to_string(*number) == input);
  std::string_view rest = input;
  while (!rest.empty() && TakeCodePoint(&rest).has_value()) {
  }
  // Notes are UTF-8.
  FUZZ_REQUIRE(rest.empty() || !IsNoteText(input));
}

FUZZ_TARGET(audit_vkey) {
  const absl::StatusOr<VerifierKey> key = VerifierKey::Parse(input);
  if (!key.ok()) {
    FUZZ_REQUIRE(IsPrintable(std::string(key.status().message())));
    return;
  }
  FUZZ_REQUIRE(key->ToString() == input);
  FUZZ_REQUIRE(!key->Verify("text", std::string(64, 's')));
}

FUZZ_TARGET(audit_key_file) {
  const fuzz::MemoryFile file(input);
  const absl::StatusOr<NoteSigner> loaded = LoadKeyFile(file.path());
  std::string_view line = input;
  if (line.ends_with('\n')) line.remove_suffix(1);
  const absl::StatusOr<NoteSigner> parsed = NoteSigner::Parse(line);
  constexpr size_t kFileBytesMax = 4096;
  FUZZ_REQUIRE(input.size() >= kFileBytesMax || loaded.ok() == parsed.ok());
  if (!parsed.ok()) return;
  FUZZ_REQUIRE(parsed->ToSecretText() == line);
  FUZZ_REQUIRE(parsed->verifier_key().Verify("text\n",
                                             parsed->Sign("text\n").signature));
}

FUZZ_TARGET(audit_note) {
  const absl::StatusOr<SignedNote> note = ParseNote(input);
  if (!note.ok()) return;
  FUZZ_REQUIRE(FormatNote(*note).value() == input);
  FUZZ_REQUIRE(!VerifyNote(*note, {}).ok());
}

FUZZ_TARGET(audit_tree_head) {
  const absl::StatusOr<TreeHead> head = ParseTreeHead(input);
  if (!head.ok()) return;
  FUZZ_REQUIRE(FormatTreeHead(*head).value() == input);
  // What nobody signed has no extensions.
  const absl::StatusOr<TreeHead> peeked = PeekTreeHead(input);
  FUZZ_REQUIRE(peeked.ok() == head->extensions.empty());
  FUZZ_REQUIRE(!peeked.ok() || *peeked == *head);
}

FUZZ_TARGET(audit_frontier) {
  absl::StatusOr<MerkleFrontier> frontier = MerkleFrontier::Parse(input);
  if (!frontier.ok()) return;
  FUZZ_REQUIRE(frontier->Encode() == input);
  frontier->Root();
  if (frontier->size() == UINT64_MAX) return;
  const uint64_t size = frontier->size();
  frontier->Append(LeafHash("one more"));
  FUZZ_REQUIRE(frontier->size() == size + 1);
  FUZZ_REQUIRE(MerkleFrontier::Parse(frontier->Encode()).value() == *frontier);
}

}  // namespace daybook::audit
