// The way from the root of a Merkle tree down to one of its subtrees, and so
// what a proof of that subtree consists of. The tree is halved as RFC 6962 does
// it, at the largest power of two below its size.
//
// A proof of inclusion is one of the subtree of one leaf, a proof of
// consistency one of the subtree that begins at 0: all are made and checked by
// walking this way back.

#ifndef DAYBOOK_AUDIT_MERKLE_PATH_H_
#define DAYBOOK_AUDIT_MERKLE_PATH_H_

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace daybook::audit {

// Leaves `begin` up to but not including `end`.
struct LeafRange {
  uint64_t begin = 0;
  uint64_t end = 0;
};

struct MerkleStep {
  enum class To {
    kLeft,   // The subtree is in the left half.
    kRight,  // It is in the right half.
    kBoth,   // It has all of the left half and more: its rest is in the right.
  };
  To to;
  // The half that the way does not enter. Its hash is in the proof.
  LeafRange other;
};

class MerklePath {
 public:
  // REQUIRES: a subtree (merkle_proof.h) with leaves, which ends within `size`.
  MerklePath(const LeafRange& subtree, uint64_t size) {
    LeafRange rest = subtree;  // What is left of the subtree,
    end_ = {0, size};          // in here.
    while (rest.begin != end_.begin || rest.end != end_.end) {
      const uint64_t middle = end_.begin + LeftSize(end_.end - end_.begin);
      const LeafRange left = {end_.begin, middle};
      const LeafRange right = {middle, end_.end};
      if (rest.end <= middle) {
        Add({MerkleStep::To::kLeft, right}, left);
      } else if (rest.begin >= middle) {
        Add({MerkleStep::To::kRight, left}, right);
      } else {
        assert(rest.begin == left.begin);
        Add({MerkleStep::To::kBoth, left}, right);
        rest.begin = middle;
        is_whole_ = false;
      }
    }
  }

  // From the root down.
  std::span<const MerkleStep> steps() const { return {steps_.data(), count_}; }
  // Where the way ends.
  const LeafRange& end() const { return end_; }
  // Whether that is the whole subtree, whose root a verifier has; else its hash
  // is the first of the proof.
  bool is_whole() const { return is_whole_; }
  size_t proof_size() const { return count_ + (is_whole_ ? 0 : 1); }

  // How many of `size` leaves are in the left half. REQUIRES: size > 1.
  static uint64_t LeftSize(uint64_t size) { return std::bit_floor(size - 1); }

 private:
  void Add(const MerkleStep& step, const LeafRange& next) {
    steps_[count_++] = step;
    end_ = next;
  }

  // The left half is the larger one, so that no way has more than 64 steps.
  std::array<MerkleStep, 64> steps_;
  size_t count_ = 0;
  LeafRange end_;
  bool is_whole_ = true;
};

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_MERKLE_PATH_H_
