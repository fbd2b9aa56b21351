#include "daybook/audit/tree_head.h"

#include <string>
#include <vector>

#include "daybook/audit/signed_note.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

const auto kMalformed = StatusIs(absl::StatusCode::kInvalidArgument);

// The example of https://c2sp.org/tlog-checkpoint.
const std::string kText =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

TreeHead TheHead() {
  TreeHead head;
  head.origin = "example.com/behind-the-sofa";
  head.size = 20'852'163;
  head.root = *Hash::FromBase64("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  return head;
}

TEST(TreeHeadTest, ReadsAndWritesTheStandardsExample) {
  EXPECT_THAT(ParseTreeHead(kText), IsOkAndHolds(TheHead()));
  EXPECT_THAT(FormatTreeHead(TheHead()), IsOkAndHolds(kText));
}

TEST(TreeHeadTest, AnEmptyLogHasAHead) {
  TreeHead head;
  head.origin = "shop";
  EXPECT_THAT(
      FormatTreeHead(head),
      IsOkAndHolds("shop\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
  head.root = Hash();
  EXPECT_THAT(FormatTreeHead(head), kMalformed);
}

TEST(TreeHeadTest, ExtensionsAreKept) {
  TreeHead head = TheHead();
  head.extensions = {"one", "two words"};
  ASSERT_OK_AND_ASSIGN(const std::string text, FormatTreeHead(head));
  EXPECT_EQ(text, kText + "one\ntwo words\n");
  EXPECT_THAT(ParseTreeHead(text), IsOkAndHolds(head));
}

// A signed one whose signature was damaged is none without one.
TEST(TreeHeadTest, WhatNobodySignedHasThreeLines) {
  EXPECT_THAT(PeekTreeHead(kText), IsOkAndHolds(TheHead()));
  EXPECT_THAT(PeekTreeHead(kText + "anything at all\n"), kMalformed);
}

TEST(TreeHeadTest, MalformedOnesAreRefused) {
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const auto refuse = [](const std::string& bytes) {
    EXPECT_THAT(ParseTreeHead(bytes), kMalformed) << bytes;
  };
  refuse("");
  refuse("a\n1\n");
  refuse(kText.substr(0, kText.size() - 1));
  refuse(kText + "no end");
  refuse(kText + "\n");
  refuse(kText + "one\n\ntwo\n");
  refuse(kText + "\x1B[2J\n");
  refuse("\n1\n" + root);
  refuse("\t\n1\n" + root);
  refuse("a\n\n" + root);
  refuse("a\n01\n" + root);
  refuse("a\n-1\n" + root);
  refuse("a\n1 \n" + root);
  refuse("a\n0x1\n" + root);
  refuse("a\n18446744073709551616\n" + root);
  refuse("a\n0\n" + root);
  refuse("a\n1\n" + root.substr(1));
  refuse("a\n1\n" + root.substr(4));
  refuse("a\n1\n " + root);
  refuse("a\n1\n" + root.substr(0, 42) + "3=\n");
}

TEST(TreeHeadTest, WhatWouldReadAsAnotherHeadIsNotWritten) {
  TreeHead head = TheHead();
  head.origin = "evil\n999";
  EXPECT_THAT(FormatTreeHead(head), kMalformed);
  head.origin = "";
  EXPECT_THAT(FormatTreeHead(head), kMalformed);
  head = TheHead();
  head.extensions = {""};
  EXPECT_THAT(FormatTreeHead(head), kMalformed);
  head.extensions = {"a\nb"};
  EXPECT_THAT(FormatTreeHead(head), kMalformed);
}

class SignedTreeHeadTest : public ::testing::Test {
 protected:
  const NoteSigner log_ = *NoteSigner::Generate("example.com/behind-the-sofa");
  const NoteSigner other_ = *NoteSigner::Generate("witness.example");
  const std::vector<VerifierKey> trusted_ = {log_.verifier_key()};
};

TEST_F(SignedTreeHeadTest, IsBelievedWhenATrustedKeySignedIt) {
  ASSERT_OK_AND_ASSIGN(const std::string note,
                       SignTreeHead(TheHead(), {&log_, 1}));
  EXPECT_THAT(VerifyTreeHead(note, "example.com/behind-the-sofa", trusted_),
              IsOkAndHolds(TheHead()));
}

TEST_F(SignedTreeHeadTest, MayHaveFurtherSignatures) {
  ASSERT_OK_AND_ASSIGN(const std::string text, FormatTreeHead(TheHead()));
  ASSERT_OK_AND_ASSIGN(
      const std::string note,
      FormatNote({text, {other_.Sign(text), log_.Sign(text)}}));
  EXPECT_THAT(VerifyTreeHead(note, "example.com/behind-the-sofa", trusted_),
              IsOkAndHolds(TheHead()));
}

TEST_F(SignedTreeHeadTest, OfAnotherSignerIsNotBelieved) {
  ASSERT_OK_AND_ASSIGN(const std::string note,
                       SignTreeHead(TheHead(), {&other_, 1}));
  EXPECT_THAT(VerifyTreeHead(note, "example.com/behind-the-sofa", trusted_),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(SignedTreeHeadTest, OfAnotherLogIsRefused) {
  ASSERT_OK_AND_ASSIGN(const std::string note,
                       SignTreeHead(TheHead(), {&log_, 1}));
  EXPECT_THAT(VerifyTreeHead(note, "example.com/in-front", trusted_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("example.com/in-front")));
}

TEST_F(SignedTreeHeadTest, ASignedTextThatIsNoHeadIsRefused) {
  ASSERT_OK_AND_ASSIGN(const std::string note,
                       FormatNote({"hello\n", {log_.Sign("hello\n")}}));
  EXPECT_THAT(VerifyTreeHead(note, "hello", trusted_), kMalformed);
}

TEST_F(SignedTreeHeadTest, NeedsASigner) {
  EXPECT_THAT(SignTreeHead(TheHead(), {}), kMalformed);
}

TEST_F(SignedTreeHeadTest, EveryChangedBitIsRefused) {
  ASSERT_OK_AND_ASSIGN(const std::string whole,
                       SignTreeHead(TheHead(), {&log_, 1}));
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(
        VerifyTreeHead(changed, "example.com/behind-the-sofa", trusted_).ok())
        << changed;
  }
}

}  // namespace
}  // namespace daybook::audit
