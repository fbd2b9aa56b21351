#include "daybook/audit/leaf.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "audit/coding.h"

namespace daybook::audit {
namespace {

// Hashed with the leaf. Stored, in effect: never change.
constexpr std::string_view kDomain = "daybook leaf v1\n";
// With a producer's signature at its end. As long as the other.
constexpr std::string_view kSignedDomain = "daybook leaf v2\n";
static_assert(kDomain.size() == kSignedDomain.size());
constexpr size_t kEventIdSize = 16;
// All but the bytes of the three strings.
constexpr size_t kFixedSize = kDomain.size() + 6 * sizeof(uint64_t) +
                              3 * sizeof(SizePrefix) + kEventIdSize +
                              3 * Hash::kSize;

size_t EncodedSize(const Leaf& leaf) {
  const size_t signature_size =
      leaf.producer_signature.empty() ? 0 : StringSize(leaf.producer_signature);
  return kFixedSize + leaf.stream.size() + leaf.type.size() +
         leaf.content_type.size() + signature_size;
}

bool TakeSigned(std::string_view* in, int64_t* value) {
  uint64_t bits = 0;
  if (!TakeNumber(in, &bits)) return false;
  *value = static_cast<int64_t>(bits);
  return true;
}

bool TakeEventId(std::string_view* in, std::array<uint8_t, kEventIdSize>* id) {
  std::string_view bytes;
  if (!TakeBytes(in, id->size(), &bytes)) return false;
  std::copy(bytes.begin(), bytes.end(), id->begin());
  return true;
}

bool TakeHash(std::string_view* in, Hash* hash) {
  std::string_view bytes;
  if (!TakeBytes(in, Hash::kSize, &bytes)) return false;
  *hash = *Hash::FromBytes(bytes);
  return true;
}

absl::Status NoLeaf(std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no leaf of an audit log: ", std::string(why)));
}

}  // namespace

absl::Status CheckLeaf(const Leaf& leaf) {
  if (leaf.position < leaf.append_first_position ||
      leaf.position - leaf.append_first_position >= leaf.append_count) {
    return NoLeaf(absl::StrCat("position ", leaf.position,
                               " is not of an append of ", leaf.append_count,
                               " from ", leaf.append_first_position));
  }
  if (leaf.revision > leaf.position) {
    return NoLeaf(absl::StrCat("revision ", leaf.revision, " at position ",
                               leaf.position));
  }
  if ((leaf.revision == 0) != (leaf.previous_in_stream == Hash())) {
    return NoLeaf(leaf.revision == 0
                      ? "there is one before revision 0 of its stream"
                      : absl::StrCat("there is none before revision ",
                                     leaf.revision, " of its stream"));
  }
  if (EncodedSize(leaf) > kLeafBytesMax) {
    return NoLeaf(absl::StrCat("it has ", EncodedSize(leaf), " bytes, above ",
                               kLeafBytesMax));
  }
  return absl::OkStatus();
}

void EncodeLeaf(const Leaf& leaf, std::string* out) {
  assert(CheckLeaf(leaf).ok());
  const bool is_signed = !leaf.producer_signature.empty();
  out->append(is_signed ? kSignedDomain : kDomain);
  PutNumber(out, leaf.position);
  PutNumber(out, leaf.revision);
  PutNumber(out, static_cast<uint64_t>(leaf.recorded_at_micros));
  PutNumber(out, leaf.append_first_position);
  PutNumber(out, leaf.append_count);
  PutString(out, leaf.stream);
  PutString(out, leaf.type);
  out->append(reinterpret_cast<const char*>(leaf.event_id.data()),
              leaf.event_id.size());
  PutString(out, leaf.content_type);
  PutNumber(out, leaf.schema_hash);
  out->append(leaf.previous_in_stream.view());
  out->append(leaf.payload_commitment.view());
  out->append(leaf.metadata_commitment.view());
  if (is_signed) PutString(out, leaf.producer_signature);
}

absl::StatusOr<Leaf> ParseLeaf(std::string_view bytes) {
  const bool is_signed = bytes.starts_with(kSignedDomain);
  if (!is_signed && !bytes.starts_with(kDomain)) {
    return NoLeaf(
        "it begins neither with \"daybook leaf v1\" nor with "
        "\"daybook leaf v2\"");
  }
  std::string_view rest = bytes.substr(kDomain.size());
  Leaf leaf;
  if (!TakeNumber(&rest, &leaf.position) ||
      !TakeNumber(&rest, &leaf.revision) ||
      !TakeSigned(&rest, &leaf.recorded_at_micros) ||
      !TakeNumber(&rest, &leaf.append_first_position) ||
      !TakeNumber(&rest, &leaf.append_count) ||
      !TakeString(&rest, &leaf.stream) || !TakeString(&rest, &leaf.type) ||
      !TakeEventId(&rest, &leaf.event_id) ||
      !TakeString(&rest, &leaf.content_type) ||
      !TakeNumber(&rest, &leaf.schema_hash) ||
      !TakeHash(&rest, &leaf.previous_in_stream) ||
      !TakeHash(&rest, &leaf.payload_commitment) ||
      !TakeHash(&rest, &leaf.metadata_commitment) ||
      (is_signed && !TakeString(&rest, &leaf.producer_signature))) {
    return NoLeaf(absl::StrCat("it ends after ", bytes.size(), " bytes"));
  }
  if (is_signed && leaf.producer_signature.empty()) {
    return NoLeaf("it is one with a signature, and has none");
  }
  if (!rest.empty()) {
    return NoLeaf(absl::StrCat(rest.size(), " bytes follow its end"));
  }
  const absl::Status checked = CheckLeaf(leaf);
  if (!checked.ok()) return checked;
  return leaf;
}

}  // namespace daybook::audit
