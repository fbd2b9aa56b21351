// Proofs about a log whose leaves are known: whatever is proven of it is true.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/tlog_proof.h"
#include "daybook/audit/tree_head.h"
#include "tests/audit/memory_log.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

namespace daybook::audit {
namespace {

using ::daybook::fuzz::FuzzInput;

constexpr uint64_t kLogSize = 300;
constexpr std::string_view kOrigin = "fuzz.example/log";
// Signed the heads in corpus/audit_tlog_proof/. Go's documentation of notes has
// it (https://pkg.go.dev/golang.org/x/mod/sumdb/note).
constexpr std::string_view kSecretKey =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+"
    "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

MemoryLog& Log() {
  static auto* const log = new MemoryLog(kLogSize);
  return *log;
}

const NoteSigner& Signer() {
  static auto* const signer =
      new NoteSigner(NoteSigner::Parse(kSecretKey).value());
  return *signer;
}

const Hash& RootAt(uint64_t size) {
  static const auto* const roots = [] {
    auto* const all = new std::vector<Hash>();
    for (uint64_t i = 0; i <= kLogSize; ++i) {
      all->push_back(Log().prover().Root(i).value());
    }
    return all;
  }();
  return (*roots)[size];
}

// The honest proof with some of its hashes changed, left out, or put in, as
// `input` says.
std::vector<Hash> Changed(std::vector<Hash> proof, FuzzInput& input) {
  for (uint8_t left = input.TakeBelow<uint8_t>(4); left > 0; --left) {
    const size_t at =
        input.TakeBelow<uint8_t>(static_cast<uint8_t>(proof.size() + 1));
    switch (input.TakeBelow<uint8_t>(4)) {
      case 0:
        if (at < proof.size()) proof.erase(proof.begin() + at);
        break;
      case 1:
        proof.insert(proof.begin() + at, LeafAt(input.TakeBelow(kLogSize)));
        break;
      case 2:
        if (at > 0) std::swap(proof[at - 1], proof.back());
        break;
      default:
        if (at < proof.size()) {
          std::array<uint8_t, Hash::kSize> bytes = proof[at].bytes();
          bytes[input.TakeBelow<uint8_t>(Hash::kSize)] ^= input.Take<uint8_t>();
          proof[at] = Hash(bytes);
        }
    }
  }
  return proof;
}

}  // namespace

FUZZ_TARGET(audit_inclusion) {
  FuzzInput in(input);
  const uint64_t size = 1 + in.TakeBelow(kLogSize);
  const uint64_t index = in.TakeBelow(size);
  // What is said, which may be otherwise.
  const uint64_t said_index = index ^ in.Take<uint64_t>();
  const Hash leaf = LeafAt(in.TakeBelow(kLogSize));
  const std::vector<Hash> honest =
      Log().prover().ProveInclusion(index, size).value();
  const std::vector<Hash> proof = Changed(honest, in);
  const bool holds =
      VerifyInclusion(said_index, size, leaf, proof, RootAt(size)).ok();
  FUZZ_REQUIRE(!holds || (said_index < size && leaf == LeafAt(said_index)));
  if (said_index == index) {
    FUZZ_REQUIRE(holds == (leaf == LeafAt(index) && proof == honest));
  }
}

FUZZ_TARGET(audit_consistency) {
  FuzzInput in(input);
  const uint64_t size = 1 + in.TakeBelow(kLogSize);
  const uint64_t begin = in.TakeBelow(size);
  const uint64_t end = begin + 1 + in.TakeBelow(size - begin);
  const uint64_t said_begin = begin ^ in.Take<uint64_t>();
  const uint64_t said_end = end ^ in.Take<uint64_t>();
  const uint64_t root_size = 1 + in.TakeBelow(kLogSize);
  // Of numbers that make no sense: no crash, and nothing proven.
  if (IsSubtree(begin, end)) {
    const auto honest = Log().prover().ProveSubtree(begin, end, size).value();
    const std::vector<Hash> proof = Changed(honest, in);
    const Hash root =
        DefinedRoot(std::span(Log().leaves()).subspan(begin, end - begin));
    const bool holds = VerifySubtreeConsistency(said_begin, said_end, size,
                                                root, RootAt(size), proof)
                           .ok();
    if (said_begin == begin && said_end == end) {
      FUZZ_REQUIRE(holds == (proof == honest));
    }
    FUZZ_REQUIRE(!holds || (said_begin < said_end && said_end <= size));
  }
  const uint64_t old_size = 1 + in.TakeBelow(size);
  const auto honest = Log().prover().ProveConsistency(old_size, size).value();
  const std::vector<Hash> proof = Changed(honest, in);
  const bool holds =
      VerifyConsistency(old_size, RootAt(root_size), size, RootAt(size), proof)
          .ok();
  FUZZ_REQUIRE(holds == (root_size == old_size && proof == honest));
}

FUZZ_TARGET(audit_tlog_proof) {
  const absl::StatusOr<TlogProof> proof = ParseTlogProof(input);
  if (!proof.ok()) return;
  FUZZ_REQUIRE(FormatTlogProof(*proof).value() == input);
  const std::vector<VerifierKey> trusted = {Signer().verifier_key()};
  for (const uint64_t index : {proof->index, uint64_t{7}}) {
    const Hash leaf = LeafAt(index % kLogSize);
    const absl::StatusOr<TreeHead> head =
        VerifyTlogProof(*proof, leaf, kOrigin, trusted);
    if (!head.ok()) continue;
    // Only of this log were heads signed.
    FUZZ_REQUIRE(head->origin == kOrigin && head->size <= kLogSize);
    FUZZ_REQUIRE(head->root == RootAt(head->size));
    FUZZ_REQUIRE(proof->index < head->size && leaf == LeafAt(proof->index));
  }
}

}  // namespace daybook::audit
