#include "daybook/audit/merkle_proof.h"

#include <bit>
#include <string>

#include "absl/strings/str_cat.h"
#include "audit/merkle_path.h"

namespace daybook::audit {
namespace {

absl::Status WrongCount(size_t found, size_t needed) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the proof has ", found, " hashes, this one must have ", needed));
}

absl::Status WrongRoot(std::string_view whose, const Hash& found,
                       const Hash& expected) {
  return absl::DataLossError(
      absl::StrCat("the proof leads to ", std::string(whose), " ",
                   found.ToHex(), ", not ", expected.ToHex()));
}

// REQUIRES: as MerklePath.
absl::Status VerifyPath(const LeafRange& subtree, uint64_t size,
                        const Hash& subtree_root, const Hash& root,
                        std::span<const Hash> proof) {
  const MerklePath path(subtree, size);
  if (proof.size() != path.proof_size()) {
    return WrongCount(proof.size(), path.proof_size());
  }
  // Up again: the root of what the subtree has here, and of all that is here.
  auto next = proof.begin();
  Hash subtree_here = path.is_whole() ? subtree_root : *next++;
  Hash all_here = subtree_here;
  const std::span<const MerkleStep> steps = path.steps();
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const Hash& other = *next++;
    switch (step->to) {
      case MerkleStep::To::kLeft:
        all_here = NodeHash(all_here, other);
        break;
      case MerkleStep::To::kRight:
        all_here = NodeHash(other, all_here);
        break;
      case MerkleStep::To::kBoth:
        subtree_here = NodeHash(other, subtree_here);
        all_here = NodeHash(other, all_here);
        break;
    }
  }
  if (subtree_here != subtree_root) {
    return WrongRoot("the older root", subtree_here, subtree_root);
  }
  if (all_here != root) return WrongRoot("the root", all_here, root);
  return absl::OkStatus();
}

absl::Status NoSubtree(uint64_t begin, uint64_t end) {
  return absl::InvalidArgumentError(
      absl::StrCat("leaves ", begin, " to ", end, " are no subtree"));
}

}  // namespace

absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf,
                             std::span<const Hash> proof, const Hash& root) {
  const absl::StatusOr<Hash> found =
      RootFromInclusion(index, size, leaf, proof);
  if (!found.ok()) return found.status();
  if (*found != root) return WrongRoot("the root", *found, root);
  return absl::OkStatus();
}

absl::StatusOr<Hash> RootFromInclusion(uint64_t index, uint64_t size,
                                       const Hash& leaf,
                                       std::span<const Hash> proof) {
  if (index >= size) {
    return absl::InvalidArgumentError(
        absl::StrCat("a tree of ", size, " leaves has no leaf ", index));
  }
  const MerklePath path({index, index + 1}, size);
  if (proof.size() != path.proof_size()) {
    return WrongCount(proof.size(), path.proof_size());
  }
  // A leaf is always whole: each step leads to one half.
  Hash root = leaf;
  auto other = proof.begin();
  const std::span<const MerkleStep> steps = path.steps();
  for (auto step = steps.rbegin(); step != steps.rend(); ++step, ++other) {
    root = step->to == MerkleStep::To::kLeft ? NodeHash(root, *other)
                                             : NodeHash(*other, root);
  }
  return root;
}

absl::Status VerifyConsistency(uint64_t old_size, const Hash& old_root,
                               uint64_t new_size, const Hash& new_root,
                               std::span<const Hash> proof) {
  if (old_size > new_size) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a tree of ", new_size, " leaves can't continue one of ", old_size));
  }
  if (old_size == 0) {
    return absl::InvalidArgumentError(
        "every tree continues an empty one: there is nothing to prove");
  }
  return VerifyPath({0, old_size}, new_size, old_root, new_root, proof);
}

bool IsSubtree(uint64_t begin, uint64_t end) {
  if (begin > end) return false;
  if (begin == 0 || begin == end) return true;
  const uint64_t size = end - begin;
  // The power of two above is no uint64_t; only 0 is a multiple of it.
  if (size > uint64_t{1} << 63) return false;
  return begin % std::bit_ceil(size) == 0;
}

absl::Status VerifySubtreeInclusion(uint64_t index, uint64_t begin,
                                    uint64_t end, const Hash& leaf,
                                    std::span<const Hash> proof,
                                    const Hash& subtree_root) {
  if (!IsSubtree(begin, end)) return NoSubtree(begin, end);
  if (index < begin || index >= end) {
    return absl::InvalidArgumentError(absl::StrCat(
        "leaf ", index, " is not of the leaves ", begin, " to ", end));
  }
  return VerifyInclusion(index - begin, end - begin, leaf, proof, subtree_root);
}

absl::Status VerifySubtreeConsistency(uint64_t begin, uint64_t end,
                                      uint64_t size, const Hash& subtree_root,
                                      const Hash& root,
                                      std::span<const Hash> proof) {
  if (!IsSubtree(begin, end)) return NoSubtree(begin, end);
  if (end > size) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a tree of ", size, " leaves has no leaves ", begin, " to ", end));
  }
  if (begin == end) {
    if (!proof.empty()) return WrongCount(proof.size(), 0);
    if (subtree_root != EmptyRoot()) {
      return WrongRoot("the subtree's root", EmptyRoot(), subtree_root);
    }
    return absl::OkStatus();
  }
  return VerifyPath({begin, end}, size, subtree_root, root, proof);
}

}  // namespace daybook::audit
