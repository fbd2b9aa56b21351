// Every bit of a thousand random proofs is changed, one at a time, and each
// time the proof must be refused. DAYBOOK_SEED and DAYBOOK_PROOFS say which
// proofs, and how many of each kind.
//
// A size is no part of a proof: it comes with its root from a signed head, and
// a root does not say of how many leaves it is. So sizes are changed only where
// they are signed, in proof files.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/tlog_proof.h"
#include "gtest/gtest.h"
#include "tests/audit/memory_log.h"

namespace daybook::audit {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Hash WithBitChanged(const Hash& hash, size_t bit) {
  std::array<uint8_t, Hash::kSize> bytes = hash.bytes();
  bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ (1 << bit % 8));
  return Hash(bytes);
}

class MutationTest : public ::testing::Test {
 protected:
  MutationTest() {
    std::cout << "DAYBOOK_SEED=" << seed_ << " DAYBOOK_PROOFS=" << count_
              << "\n";
  }

  // Most proofs are of small trees, some of one with tiles above tiles.
  MemoryLog& AnyLog() { return random_() % 20 == 0 ? large_ : small_; }
  uint64_t Below(uint64_t end) { return random_() % end; }

  // Changes each bit of each of the hashes.
  void ChangeEach(const std::vector<Hash*>& hashes,
                  const std::function<absl::Status()>& verify) {
    ASSERT_TRUE(verify().ok());
    for (Hash* const hash : hashes) {
      const Hash right = *hash;
      for (size_t bit = 0; bit < 8 * Hash::kSize; ++bit) {
        *hash = WithBitChanged(right, bit);
        ASSERT_FALSE(verify().ok()) << "bit " << bit << " of " << right;
        ++changed_;
      }
      *hash = right;
    }
  }
  // Changes each bit of a number.
  void ChangeEach(uint64_t* number,
                  const std::function<absl::Status()>& verify) {
    const uint64_t right = *number;
    for (int bit = 0; bit < 64; ++bit) {
      *number = right ^ uint64_t { 1 } << bit;
      ASSERT_FALSE(verify().ok()) << "bit " << bit << " of " << right;
      ++changed_;
    }
    *number = right;
  }
  void TearDown() override { std::cout << changed_ << " changes refused\n"; }

  const uint64_t seed_ = FromEnvironment("DAYBOOK_SEED", 1);
  const uint64_t count_ = FromEnvironment("DAYBOOK_PROOFS", 1'000);
  std::mt19937_64 random_{seed_};
  MemoryLog small_{600};
  MemoryLog large_{66'000};
  uint64_t changed_ = 0;
};

std::vector<Hash*> PointersTo(std::vector<Hash>* proof,
                              std::vector<Hash*> more) {
  for (Hash& hash : *proof) more.push_back(&hash);
  return more;
}

TEST_F(MutationTest, NoChangedProofOfInclusionHolds) {
  for (uint64_t i = 0; i < count_; ++i) {
    MemoryLog& log = AnyLog();
    const uint64_t size = 1 + Below(log.size());
    uint64_t index = Below(size);
    Hash leaf = LeafAt(index);
    Hash root = *log.prover().Root(size);
    std::vector<Hash> proof = *log.prover().ProveInclusion(index, size);

    const auto verify = [&] {
      return VerifyInclusion(index, size, leaf, proof, root);
    };
    ASSERT_NO_FATAL_FAILURE(
        ChangeEach(PointersTo(&proof, {&leaf, &root}), verify))
        << index << " of " << size;
    ASSERT_NO_FATAL_FAILURE(ChangeEach(&index, verify))
        << index << " of " << size;
  }
}

TEST_F(MutationTest, NoChangedProofOfConsistencyHolds) {
  for (uint64_t i = 0; i < count_; ++i) {
    MemoryLog& log = AnyLog();
    const uint64_t new_size = 1 + Below(log.size());
    const uint64_t old_size = 1 + Below(new_size);
    Hash old_root = *log.prover().Root(old_size);
    Hash new_root = *log.prover().Root(new_size);
    std::vector<Hash> proof =
        *log.prover().ProveConsistency(old_size, new_size);

    const auto verify = [&] {
      return VerifyConsistency(old_size, old_root, new_size, new_root, proof);
    };
    ASSERT_NO_FATAL_FAILURE(
        ChangeEach(PointersTo(&proof, {&old_root, &new_root}), verify))
        << old_size << " and " << new_size;
  }
}

// Proof files that carry their leaf, each of one of ten signed heads.
class ProofFileMutationTest : public MutationTest {
 protected:
  static constexpr std::string_view kOrigin = "shop.example/log";

  struct SignedHead {
    MemoryLog* log;
    TreeHead head;
    std::string bytes;
  };

  ProofFileMutationTest() {
    for (int i = 0; i < 10; ++i) {
      SignedHead next;
      next.log = i == 0 ? &large_ : &small_;
      next.head.origin = kOrigin;
      next.head.size = 1 + Below(next.log->size());
      next.head.root = *next.log->prover().Root(next.head.size);
      next.bytes = *SignTreeHead(next.head, {&signer_, 1});
      heads_.push_back(std::move(next));
    }
  }

  // A file, and where its signed head begins.
  std::pair<std::string, size_t> FileOf(const SignedHead& head) {
    TlogProof proof;
    proof.index = Below(head.head.size);
    proof.extra = "leaf " + std::to_string(proof.index);
    proof.hashes =
        *head.log->prover().ProveInclusion(proof.index, head.head.size);
    proof.signed_head = head.bytes;
    const std::string file = *FormatTlogProof(proof);
    return {file, file.size() - head.bytes.size()};
  }

  const NoteSigner signer_ = *NoteSigner::Generate(kOrigin);
  const std::vector<VerifierKey> trusted_ = {signer_.verifier_key()};
  std::vector<SignedHead> heads_;
};

std::string WithBitChanged(std::string text, size_t bit) {
  text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  return text;
}

TEST_F(ProofFileMutationTest, NoFileWithAChangedHeadHolds) {
  for (const SignedHead& head : heads_) {
    const auto [file, head_begin] = FileOf(head);
    for (size_t bit = 8 * head_begin; bit < 8 * file.size(); ++bit) {
      const absl::StatusOr<TlogProof> proof =
          ParseTlogProof(WithBitChanged(file, bit));
      ++changed_;
      if (!proof.ok()) continue;
      ASSERT_FALSE(
          VerifyTlogProof(*proof, LeafHash(proof->extra), kOrigin, trusted_)
              .ok())
          << "bit " << bit << " of " << file;
    }
  }
}

TEST_F(ProofFileMutationTest, NoChangedFileHolds) {
  for (uint64_t i = 0; i < count_; ++i) {
    const SignedHead& head = heads_[i % heads_.size()];
    const auto [file, head_begin] = FileOf(head);
    const absl::StatusOr<TlogProof> right = ParseTlogProof(file);
    ASSERT_TRUE(right.ok());
    ASSERT_TRUE(
        VerifyTlogProof(*right, LeafHash(right->extra), kOrigin, trusted_)
            .ok());
    for (size_t bit = 0; bit < 8 * head_begin; ++bit) {
      const absl::StatusOr<TlogProof> proof =
          ParseTlogProof(WithBitChanged(file, bit));
      ++changed_;
      if (!proof.ok()) continue;
      // Its head was verified above: verifying a signature for each bit would
      // take minutes.
      ASSERT_EQ(proof->signed_head, head.bytes);
      ASSERT_FALSE(VerifyInclusion(proof->index, head.head.size,
                                   LeafHash(proof->extra), proof->hashes,
                                   head.head.root)
                       .ok())
          << "bit " << bit << " of " << file;
    }
  }
}

}  // namespace
}  // namespace daybook::audit
