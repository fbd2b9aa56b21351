#include "daybook/audit/producer_signature.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

const auto kRefused = StatusIs(absl::StatusCode::kInvalidArgument);
const auto kWrong = StatusIs(absl::StatusCode::kDataLoss);

constexpr std::string_view kOrigin = "shop.example/log";

// The key of the example in Go's golang.org/x/mod/sumdb/note.
NoteSigner TheSigner() {
  return *NoteSigner::Parse(
      "PRIVATE+KEY+PeterNeumann+c74f20a3+"
      "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
}

ProducerStatement TheStatement(uint8_t number = 0) {
  ProducerStatement statement;
  statement.stream = "cart-42";
  statement.type = "item-added";
  statement.event_id = {number, 2, 3};
  statement.content_type = "application/json";
  statement.schema_hash = 7;
  statement.payload_commitment = LeafHash("payload");
  statement.metadata_commitment = LeafHash("metadata");
  return statement;
}

std::vector<ProducerStatement> Statements(size_t count) {
  std::vector<ProducerStatement> statements;
  for (size_t i = 0; i < count; ++i) {
    statements.push_back(TheStatement(static_cast<uint8_t>(i)));
  }
  return statements;
}

std::vector<std::string> Sign(std::vector<ProducerStatement> statements) {
  return *SignStatements(TheSigner(), kOrigin, statements);
}

absl::Status Verify(std::string_view bytes, const ProducerStatement& statement,
                    const VerifierKey& key = TheSigner().verifier_key()) {
  const absl::StatusOr<ProducerSignature> signature =
      ParseProducerSignature(bytes);
  if (!signature.ok()) return signature.status();
  return ProducerVerifier().Verify(*signature, statement, key);
}

TEST(ProducerSignatureTest, OfOneStatementIsVerified) {
  const std::string bytes = Sign({TheStatement()})[0];

  EXPECT_THAT(Verify(bytes, TheStatement()), IsOk());
  const ProducerSignature read = *ParseProducerSignature(bytes);
  EXPECT_EQ(read.origin, kOrigin);
  EXPECT_EQ(read.key_name, "PeterNeumann");
  EXPECT_EQ(read.key_id, 0xc74f20a3);
  EXPECT_EQ(read.size, 1);
  EXPECT_EQ(EncodeProducerSignature(read), bytes);
}

TEST(ProducerSignatureTest, OfABatchIsVerifiedEventByEvent) {
  for (const size_t count : {2, 3, 4, 5, 7, 8, 9, 31, 100}) {
    const std::vector<ProducerStatement> statements = Statements(count);
    const std::vector<std::string> signatures = Sign(statements);
    ASSERT_EQ(signatures.size(), count);
    ProducerVerifier verifier;
    for (size_t i = 0; i < count; ++i) {
      const ProducerSignature read = *ParseProducerSignature(signatures[i]);
      EXPECT_EQ(read.index, i);
      EXPECT_EQ(read.size, count);
      EXPECT_EQ(EncodeProducerSignature(read), signatures[i]);
      EXPECT_THAT(Verify(signatures[i], statements[i]), IsOk());
      // With what it remembers of those before.
      EXPECT_THAT(
          verifier.Verify(read, statements[i], TheSigner().verifier_key()),
          IsOk());
    }
  }
}

TEST(ProducerSignatureTest, IsOfNoOtherStatement) {
  for (const size_t count : {1, 5}) {
    const std::string bytes = Sign(Statements(count))[0];
    const auto expect_wrong = [&](auto change) {
      ProducerStatement other = TheStatement();
      change(other);
      EXPECT_THAT(Verify(bytes, other), kWrong) << count;
    };
    expect_wrong([](ProducerStatement& s) { s.stream = "cart-4"; });
    expect_wrong([](ProducerStatement& s) { s.type = "item-adde"; });
    expect_wrong([](ProducerStatement& s) { s.event_id[15] = 1; });
    expect_wrong([](ProducerStatement& s) { s.content_type = ""; });
    expect_wrong([](ProducerStatement& s) { s.schema_hash = 0; });
    expect_wrong([](ProducerStatement& s) { s.payload_commitment = Hash(); });
    expect_wrong([](ProducerStatement& s) { s.metadata_commitment = Hash(); });
    // What one field loses, the next gains.
    expect_wrong([](ProducerStatement& s) {
      s.stream = "cart-42i";
      s.type = "tem-added";
    });
  }
}

TEST(ProducerSignatureTest, ABatchThatIsRememberedSpeaksForNoOtherStatement) {
  const std::vector<std::string> signatures = Sign(Statements(5));
  ProducerVerifier verifier;
  const VerifierKey key = TheSigner().verifier_key();
  ASSERT_THAT(verifier.Verify(*ParseProducerSignature(signatures[0]),
                              TheStatement(0), key),
              IsOk());

  EXPECT_THAT(verifier.Verify(*ParseProducerSignature(signatures[0]),
                              TheStatement(1), key),
              kWrong);
  EXPECT_THAT(verifier.Verify(*ParseProducerSignature(signatures[1]),
                              TheStatement(1), key),
              IsOk());
}

TEST(ProducerSignatureTest, IsOfNoOtherKey) {
  const NoteSigner other = *NoteSigner::Generate("PeterNeumann");
  const std::string bytes = Sign({TheStatement()})[0];

  EXPECT_THAT(Verify(bytes, TheStatement(), other.verifier_key()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("by PeterNeumann+c74f20a3, the key is")));
}

// Whatever bit is changed: no signature, or none of the statement, or, where
// the name of the key was changed, one of another key.
TEST(ProducerSignatureTest, EveryChangedBitIsFound) {
  for (const size_t count : {1, 5}) {
    const std::string whole = Sign(Statements(count))[0];
    for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string changed = whole;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
      EXPECT_THAT(Verify(changed, TheStatement()),
                  ::testing::AnyOf(kRefused, kWrong))
          << "bit " << bit << " of a batch of " << count;
      const absl::StatusOr<ProducerSignature> read =
          ParseProducerSignature(changed);
      if (read.ok()) {
        EXPECT_EQ(EncodeProducerSignature(*read), changed);
      }
    }
  }
}

TEST(ProducerSignatureTest, AnyCutAndAnyMoreIsRefused) {
  for (const size_t count : {1, 5}) {
    const std::string whole = Sign(Statements(count))[0];
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_THAT(ParseProducerSignature(whole.substr(0, size)), kRefused)
          << "cut to " << size;
    }
    EXPECT_THAT(ParseProducerSignature(whole + std::string(1, '\0')),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("1 bytes follow its end")));
    EXPECT_THAT(
        ParseProducerSignature(whole + std::string(4'096, '\0')),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("above 2048")));
  }
}

TEST(ProducerSignatureTest, ABatchOfOneIsRefused) {
  ProducerSignature batch = *ParseProducerSignature(Sign(Statements(2))[0]);
  std::string bytes = Sign(Statements(2))[0];
  // From "of 2" to "of 1".
  const size_t size_at =
      1 + 4 + batch.origin.size() + 4 + batch.key_name.size() + 4 + 4 + 3;
  ASSERT_EQ(bytes[size_at], 2);
  bytes[size_at] = 1;

  EXPECT_THAT(ParseProducerSignature(bytes),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no batch of 1 with a statement 0")));
}

TEST(ProducerSignatureTest, NamesAreRefusedThatAreNone) {
  const NoteSigner signer = TheSigner();
  const std::vector<ProducerStatement> one = Statements(1);

  EXPECT_THAT(SignStatements(signer, "", one), kRefused);
  EXPECT_THAT(SignStatements(signer, "two\nlines", one), kRefused);
  EXPECT_THAT(SignStatements(signer, std::string(2'048, 'x'), one),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too long together")));
}

// A key that signs tree heads may sign events too: no text of one is a text of
// the other.
TEST(ProducerSignatureTest, WhatIsSignedIsNoNote) {
  std::string statement;
  EncodeStatement(kOrigin, TheStatement(), &statement);
  EXPECT_NE(statement.find('\0'), std::string::npos);
  EXPECT_NE(EncodeProducerBatch(kOrigin, 2, Hash()).find('\0'),
            std::string::npos);
}

}  // namespace
}  // namespace daybook::audit
