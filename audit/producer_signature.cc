#include "daybook/audit/producer_signature.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "audit/coding.h"
#include "audit/merkle_path.h"
#include "audit/text.h"
#include "daybook/audit/merkle_proof.h"

namespace daybook::audit {
namespace {

// Signed: never change. Both hold bytes that no note can, so that no signature
// of one is a signature of the other.
constexpr std::string_view kStatementDomain = "daybook producer statement v1\n";
constexpr std::string_view kBatchDomain = "daybook producer batch v1\n";

// Stored; never renumber.
constexpr uint8_t kAlone = 1;
constexpr uint8_t kOfBatch = 2;
constexpr size_t kEd25519Size = 64;

absl::Status NoSignature(std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no signature of a producer: ", std::string(why)));
}

size_t PathSize(uint32_t index, uint32_t size) {
  return MerklePath({index, uint64_t{index} + 1}, size).proof_size();
}

// All hashes of a tree, from the leaves up. A node without a neighbour is also
// its own parent: so a tree has the halves that RFC 6962 gives it.
std::vector<std::vector<Hash>> LevelsOf(std::vector<Hash> leaves) {
  std::vector<std::vector<Hash>> levels = {std::move(leaves)};
  while (levels.back().size() > 1) {
    const std::vector<Hash>& below = levels.back();
    std::vector<Hash> level;
    level.reserve((below.size() + 1) / 2);
    for (size_t i = 0; i + 1 < below.size(); i += 2) {
      level.push_back(NodeHash(below[i], below[i + 1]));
    }
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels.push_back(std::move(level));
  }
  return levels;
}

std::vector<Hash> PathOf(size_t index,
                         const std::vector<std::vector<Hash>>& levels) {
  std::vector<Hash> path;
  for (const std::vector<Hash>& level : levels) {
    const size_t neighbour = index ^ 1;
    if (neighbour < level.size()) path.push_back(level[neighbour]);
    index /= 2;
  }
  return path;
}

}  // namespace

ProducerStatement StatementOf(const Leaf& leaf) {
  return {leaf.stream,
          leaf.type,
          leaf.event_id,
          leaf.content_type,
          leaf.schema_hash,
          leaf.payload_commitment,
          leaf.metadata_commitment};
}

void EncodeStatement(std::string_view origin,
                     const ProducerStatement& statement, std::string* out) {
  out->append(kStatementDomain);
  PutString(out, origin);
  PutString(out, statement.stream);
  PutString(out, statement.type);
  out->append(reinterpret_cast<const char*>(statement.event_id.data()),
              statement.event_id.size());
  PutString(out, statement.content_type);
  PutNumber(out, statement.schema_hash);
  out->append(statement.payload_commitment.view());
  out->append(statement.metadata_commitment.view());
}

std::string EncodeProducerBatch(std::string_view origin, uint32_t size,
                                const Hash& root) {
  std::string text(kBatchDomain);
  PutString(&text, origin);
  PutNumber(&text, size);
  text.append(root.view());
  return text;
}

absl::Status CheckOrigin(std::string_view origin) {
  if (!origin.empty() && IsNoteLine(origin)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(Quoted(origin),
                   " names no log: an origin is a line of UTF-8 without "
                   "control characters, and not empty"));
}

std::string EncodeProducerSignature(const ProducerSignature& signature) {
  assert(signature.signature.size() == kEd25519Size);
  assert(signature.index < signature.size);
  const bool alone = signature.size == 1;
  std::string bytes;
  PutNumber(&bytes, alone ? kAlone : kOfBatch);
  PutString(&bytes, signature.origin);
  PutString(&bytes, signature.key_name);
  PutNumber(&bytes, signature.key_id);
  if (!alone) {
    PutNumber(&bytes, signature.index);
    PutNumber(&bytes, signature.size);
    for (const Hash& hash : signature.path) bytes.append(hash.view());
  }
  bytes.append(signature.signature);
  return bytes;
}

absl::StatusOr<ProducerSignature> ParseProducerSignature(
    std::string_view bytes) {
  if (bytes.size() > kProducerSignatureBytesMax) {
    return NoSignature(absl::StrCat("it has ", bytes.size(), " bytes, above ",
                                    kProducerSignatureBytesMax));
  }
  const auto cut = [&] {
    return NoSignature(absl::StrCat("it ends after ", bytes.size(), " bytes"));
  };
  std::string_view rest = bytes;
  uint8_t format = 0;
  ProducerSignature read;
  if (!TakeNumber(&rest, &format)) return cut();
  if (format != kAlone && format != kOfBatch) {
    return NoSignature(absl::StrCat("it is of format ", format));
  }
  if (!TakeString(&rest, &read.origin) || !TakeString(&rest, &read.key_name) ||
      !TakeNumber(&rest, &read.key_id)) {
    return cut();
  }
  if (absl::Status status = CheckOrigin(read.origin); !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckKeyName(read.key_name); !status.ok()) {
    return status;
  }
  if (format == kOfBatch) {
    if (!TakeNumber(&rest, &read.index) || !TakeNumber(&rest, &read.size)) {
      return cut();
    }
    // One that is alone has the other format.
    if (read.size < 2 || read.index >= read.size) {
      return NoSignature(absl::StrCat("there is no batch of ", read.size,
                                      " with a statement ", read.index));
    }
    read.path.resize(PathSize(read.index, read.size));
    for (Hash& hash : read.path) {
      std::string_view hash_bytes;
      if (!TakeBytes(&rest, Hash::kSize, &hash_bytes)) return cut();
      hash = *Hash::FromBytes(hash_bytes);
    }
  }
  if (!TakeBytes(&rest, kEd25519Size, &read.signature)) return cut();
  if (!rest.empty()) {
    return NoSignature(absl::StrCat(rest.size(), " bytes follow its end"));
  }
  return read;
}

absl::StatusOr<std::vector<std::string>> SignStatements(
    const NoteSigner& signer, std::string_view origin,
    std::span<const ProducerStatement> statements) {
  assert(!statements.empty() && statements.size() <= kProducerBatchCountMax);
  if (absl::Status status = CheckOrigin(origin); !status.ok()) return status;
  std::string text;
  std::vector<std::vector<Hash>> levels(1);
  if (statements.size() == 1) {
    EncodeStatement(origin, statements[0], &text);
  } else {
    std::vector<Hash> leaves;
    leaves.reserve(statements.size());
    for (const ProducerStatement& statement : statements) {
      text.clear();
      EncodeStatement(origin, statement, &text);
      leaves.push_back(LeafHash(text));
    }
    levels = LevelsOf(std::move(leaves));
    text = EncodeProducerBatch(origin, static_cast<uint32_t>(statements.size()),
                               levels.back().front());
  }
  const NoteSignature made = signer.Sign(text);
  ProducerSignature signature;
  signature.origin = origin;
  signature.key_name = made.key_name;
  signature.key_id = made.key_id;
  signature.size = static_cast<uint32_t>(statements.size());
  signature.signature = made.signature;
  std::vector<std::string> signatures;
  signatures.reserve(statements.size());
  for (size_t i = 0; i < statements.size(); ++i) {
    signature.index = static_cast<uint32_t>(i);
    signature.path = PathOf(i, levels);
    signatures.push_back(EncodeProducerSignature(signature));
  }
  // The first has the longest path.
  if (signatures.front().size() > kProducerSignatureBytesMax) {
    return NoSignature("the names of log and key are too long together");
  }
  return signatures;
}

absl::Status ProducerVerifier::Verify(const ProducerSignature& signature,
                                      const ProducerStatement& statement,
                                      const VerifierKey& key) {
  if (signature.key_name != key.name() || signature.key_id != key.id()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the signature is by %s+%08x, the key is %s+%08x",
                        std::string(signature.key_name), signature.key_id,
                        key.name(), key.id()));
  }
  const auto wrong = [&] {
    return absl::DataLossError(
        absl::StrFormat("the signature of %s+%08x is not one of this event",
                        key.name(), key.id()));
  };
  buffer_.clear();
  EncodeStatement(signature.origin, statement, &buffer_);
  if (signature.size == 1) {
    return key.Verify(buffer_, signature.signature) ? absl::OkStatus()
                                                    : wrong();
  }
  const absl::StatusOr<Hash> root = RootFromInclusion(
      signature.index, signature.size, LeafHash(buffer_), signature.path);
  if (!root.ok()) return root.status();
  std::string text =
      EncodeProducerBatch(signature.origin, signature.size, *root);
  if (last_.has_value() && last_->text == text &&
      last_->signature == signature.signature && last_->key == key) {
    return absl::OkStatus();
  }
  if (!key.Verify(text, signature.signature)) return wrong();
  last_ = {std::move(text), std::string(signature.signature), key};
  return absl::OkStatus();
}

}  // namespace daybook::audit
