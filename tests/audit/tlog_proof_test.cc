#include "daybook/audit/tlog_proof.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/memory_log.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;

const auto kMalformed = StatusIs(absl::StatusCode::kInvalidArgument);

class TlogProofTest : public ::testing::Test {
 protected:
  TlogProofTest() {
    head_.origin = "shop.example/log";
    head_.size = log_.size();
    head_.root = log_.edge().Root();
    signed_head_ = *SignTreeHead(head_, {&signer_, 1});
  }

  TlogProof ProofOf(uint64_t index) {
    TlogProof proof;
    proof.index = index;
    proof.hashes = *log_.prover().ProveInclusion(index, log_.size());
    proof.signed_head = signed_head_;
    return proof;
  }
  absl::StatusOr<TreeHead> Verify(const TlogProof& proof, const Hash& leaf) {
    return VerifyTlogProof(proof, leaf, "shop.example/log", trusted_);
  }

  MemoryLog log_{5};
  const NoteSigner signer_ = *NoteSigner::Generate("shop.example/log");
  const std::vector<VerifierKey> trusted_ = {signer_.verifier_key()};
  TreeHead head_;
  std::string signed_head_;
};

TEST_F(TlogProofTest, IsTheStandardsText) {
  const TlogProof proof = ProofOf(4);
  EXPECT_THAT(FormatTlogProof(proof),
              IsOkAndHolds("c2sp.org/tlog-proof@v1\nindex 4\n" +
                           DefinedRoot(log_.leaves(4)).ToBase64() + "\n\n" +
                           signed_head_));
}

TEST_F(TlogProofTest, CarriesWhatItIsOf) {
  TlogProof proof = ProofOf(4);
  proof.extra = "tea";
  ASSERT_OK_AND_ASSIGN(const std::string bytes, FormatTlogProof(proof));
  EXPECT_THAT(bytes, ::testing::StartsWith(
                         "c2sp.org/tlog-proof@v1\nextra dGVh\nindex 4\n"));
  EXPECT_THAT(ParseTlogProof(bytes), IsOkAndHolds(proof));
}

TEST_F(TlogProofTest, OfEachLeafReadsBackAndHolds) {
  for (uint64_t index = 0; index < log_.size(); ++index) {
    ASSERT_OK_AND_ASSIGN(const std::string bytes,
                         FormatTlogProof(ProofOf(index)));
    ASSERT_OK_AND_ASSIGN(const TlogProof proof, ParseTlogProof(bytes));
    EXPECT_EQ(proof, ProofOf(index));
    EXPECT_THAT(Verify(proof, LeafAt(index)), IsOkAndHolds(head_));
  }
}

TEST_F(TlogProofTest, OfTheOnlyLeafHasNoHashes) {
  head_.size = 1;
  head_.root = LeafAt(0);
  TlogProof proof;
  proof.signed_head = *SignTreeHead(head_, {&signer_, 1});
  ASSERT_OK_AND_ASSIGN(const std::string bytes, FormatTlogProof(proof));
  EXPECT_THAT(bytes, HasSubstr("@v1\nindex 0\n\nshop.example/log\n1\n"));
  EXPECT_THAT(ParseTlogProof(bytes), IsOkAndHolds(proof));
  EXPECT_THAT(Verify(proof, LeafAt(0)), IsOk());
}

TEST_F(TlogProofTest, OfAnotherLeafIsRefused) {
  EXPECT_THAT(Verify(ProofOf(2), LeafAt(3)),
              StatusIs(absl::StatusCode::kDataLoss));
  TlogProof moved = ProofOf(2);
  moved.index = 5;
  EXPECT_THAT(Verify(moved, LeafAt(2)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(TlogProofTest, WithoutATrustedKeyNothingIsKnown) {
  EXPECT_THAT(VerifyTlogProof(ProofOf(2), LeafAt(2), "shop.example/log", {}),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(TlogProofTest, OfAnotherLogIsRefused) {
  EXPECT_THAT(
      VerifyTlogProof(ProofOf(2), LeafAt(2), "other.example/log", trusted_),
      StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(TlogProofTest, MalformedOnesAreRefused) {
  const std::string hash = LeafAt(0).ToBase64() + "\n";
  const std::string first = "c2sp.org/tlog-proof@v1\n";
  const std::string head = "\n" + signed_head_;
  ASSERT_THAT(ParseTlogProof(first + "index 0\n" + hash + head), IsOk());
  std::string many;
  for (int i = 0; i < 65; ++i) many += hash;
  const auto refuse = [](const std::string& bytes) {
    EXPECT_THAT(ParseTlogProof(bytes), kMalformed) << bytes;
  };
  refuse("");
  refuse(first);
  refuse("c2sp.org/tlog-proof@v2\nindex 0\n" + hash + head);
  refuse(first + hash + head);
  refuse(first + "index 0\n" + hash + signed_head_);
  refuse(first + "index 0\n" + hash);
  refuse(first + "index 0\n" + hash + "\n");
  refuse(first + "index 0\n" + hash + "\n" + head);
  refuse(first + "index 0\n" + hash + head + "\n");
  refuse(first + "index 00\n" + hash + head);
  refuse(first + "index -1\n" + hash + head);
  refuse(first + "index 18446744073709551616\n" + hash + head);
  refuse(first + "index  0\n" + hash + head);
  refuse(first + "Index 0\n" + hash + head);
  refuse(first + "index 0\n" + hash.substr(1) + head);
  refuse(first + "index 0\n" + " " + hash + head);
  refuse(first + "index 0\n" + hash.substr(0, 43) + "\n" + head);
  refuse(first + "index 0\n" + many + head);
  refuse(first + "extra \nindex 0\n" + hash + head);
  refuse(first + "extra dGVh=\nindex 0\n" + hash + head);
  refuse(first + "extra dGVi\nextra dGVh\nindex 0\n" + hash + head);
  refuse(first + "index 0\nextra dGVh\n" + hash + head);
  refuse(first + "index 0\n" + hash + "\nshop.example/log\n5\n");
  refuse("\n" + first + "index 0\n" + hash + head);
  refuse(first + "index 0\r\n" + hash + head);
}

TEST_F(TlogProofTest, WhatIsNoProofIsNotWritten) {
  TlogProof proof = ProofOf(2);
  proof.signed_head = "no head";
  EXPECT_THAT(FormatTlogProof(proof), kMalformed);
  proof = ProofOf(2);
  proof.hashes.resize(65);
  EXPECT_THAT(FormatTlogProof(proof), kMalformed);
  proof = ProofOf(2);
  proof.extra.resize(kTlogProofBytesMax);
  EXPECT_THAT(FormatTlogProof(proof), kMalformed);
}

// The leaf goes with it, and is hashed as a checker does.
TEST_F(TlogProofTest, EveryChangedBitIsRefused) {
  TlogProof proof = ProofOf(3);
  proof.extra = "leaf 3";
  ASSERT_OK_AND_ASSIGN(const std::string whole, FormatTlogProof(proof));
  ASSERT_THAT(Verify(proof, LeafHash(proof.extra)), IsOk());
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const absl::StatusOr<TlogProof> parsed = ParseTlogProof(changed);
    if (!parsed.ok()) continue;
    EXPECT_FALSE(Verify(*parsed, LeafHash(parsed->extra)).ok()) << changed;
  }
}

}  // namespace
}  // namespace daybook::audit
