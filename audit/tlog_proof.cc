#include "daybook/audit/tlog_proof.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "audit/base64.h"
#include "audit/text.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/signed_note.h"

namespace daybook::audit {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtraPrefix = "extra ";
constexpr std::string_view kIndexPrefix = "index ";
// No tree of less than 2^64 leaves is higher.
constexpr size_t kHashCountMax = 64;

absl::Status NoProof(std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no tlog-proof: ", std::string(why)));
}

absl::Status CheckSize(size_t bytes) {
  if (bytes <= kTlogProofBytesMax) return absl::OkStatus();
  return NoProof(absl::StrCat(bytes, " bytes, above ", kTlogProofBytesMax));
}

absl::Status CheckSignedHead(std::string_view bytes) {
  const absl::StatusOr<SignedNote> note = ParseNote(bytes);
  if (!note.ok()) return note.status();
  return ParseTreeHead(note->text).status();
}

}  // namespace

absl::StatusOr<std::string> FormatTlogProof(const TlogProof& proof) {
  if (proof.hashes.size() > kHashCountMax) {
    return NoProof(absl::StrCat("more than ", kHashCountMax, " hashes"));
  }
  absl::Status checked = CheckSignedHead(proof.signed_head);
  if (!checked.ok()) return checked;
  std::string bytes(kFirstLine);
  bytes.append("\n");
  if (!proof.extra.empty()) {
    bytes.append(kExtraPrefix);
    absl::StrAppend(&bytes, EncodeBase64(proof.extra), "\n");
  }
  bytes.append(kIndexPrefix);
  absl::StrAppend(&bytes, proof.index, "\n");
  for (const Hash& hash : proof.hashes) {
    absl::StrAppend(&bytes, hash.ToBase64(), "\n");
  }
  absl::StrAppend(&bytes, "\n", proof.signed_head);
  checked = CheckSize(bytes.size());
  if (!checked.ok()) return checked;
  return bytes;
}

absl::StatusOr<TlogProof> ParseTlogProof(std::string_view bytes) {
  absl::Status checked = CheckSize(bytes.size());
  if (!checked.ok()) return checked;
  std::optional<std::string_view> line = TakeLine(&bytes);
  if (line != kFirstLine) {
    return NoProof("it does not begin with c2sp.org/tlog-proof@v1");
  }
  TlogProof proof;
  line = TakeLine(&bytes);
  if (line.has_value() && line->starts_with(kExtraPrefix)) {
    const std::optional<std::string> extra =
        DecodeBase64(line->substr(kExtraPrefix.size()));
    if (!extra.has_value() || extra->empty()) {
      return NoProof("what follows \"extra\" is no base64");
    }
    proof.extra = *extra;
    line = TakeLine(&bytes);
  }
  std::optional<uint64_t> index;
  if (line.has_value() && line->starts_with(kIndexPrefix)) {
    index = ParseDecimal(line->substr(kIndexPrefix.size()));
  }
  if (!index.has_value()) return NoProof("it has no line \"index N\"");
  proof.index = *index;
  for (line = TakeLine(&bytes); line != ""; line = TakeLine(&bytes)) {
    if (!line.has_value()) return NoProof("it has no signed tree head");
    const std::optional<Hash> hash = Hash::FromBase64(*line);
    if (!hash.has_value()) {
      return NoProof(absl::StrCat("hash ", proof.hashes.size() + 1,
                                  " is none of 32 bytes in base64"));
    }
    if (proof.hashes.size() == kHashCountMax) {
      return NoProof(absl::StrCat("more than ", kHashCountMax, " hashes"));
    }
    proof.hashes.push_back(*hash);
  }
  checked = CheckSignedHead(bytes);
  if (!checked.ok()) return checked;
  proof.signed_head = bytes;
  return proof;
}

absl::StatusOr<TreeHead> VerifyTlogProof(const TlogProof& proof,
                                         const Hash& leaf,
                                         std::string_view origin,
                                         std::span<const VerifierKey> trusted) {
  absl::StatusOr<TreeHead> head =
      VerifyTreeHead(proof.signed_head, origin, trusted);
  if (!head.ok()) return head;
  const absl::Status included =
      VerifyInclusion(proof.index, head->size, leaf, proof.hashes, head->root);
  if (!included.ok()) return included;
  return head;
}

}  // namespace daybook::audit
