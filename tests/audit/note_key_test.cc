#include "daybook/audit/note_key.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Not;
using testing::StatusIs;

const auto kRefused = StatusIs(absl::StatusCode::kInvalidArgument);

// The example of Go's golang.org/x/mod/sumdb/note.
constexpr std::string_view kPublic =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kPrivate =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+"
    "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

VerifierKey::Bytes BytesOf(std::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(std::string(hex));
  VerifierKey::Bytes key;
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

// RFC 8032, section 7.1.
TEST(NoteKeyTest, VerifiesThePublishedSignatures) {
  struct Known {
    std::string_view key, text, signature;
  };
  for (const Known& known : {
           Known{"d75a980182b10ab7d54bfed3c964073a"
                 "0ee172f3daa62325af021a68f707511a",
                 "",
                 "e5564300c360ac729086e2cc806e828a"
                 "84877f1eb8e5d974d873e06522490155"
                 "5fb8821590a33bacc61e39701cf9b46b"
                 "d25bf5f0595bbe24655141438e7a100b"},
           Known{"3d4017c3e843895a92b70aa74d1b7ebc"
                 "9c982ccf2ec4968cc0cd55f12af4660c",
                 "72",
                 "92a009a9f0d4cab8720e820b5f642540"
                 "a2b27b5416503f8fb3762223ebdb69da"
                 "085ac1e43e15996e458f3613d0f11d8c"
                 "387b2eaeb4302aeeb00d291612bb0c00"},
           Known{"fc51cd8e6218a1a38da47ed00230f058"
                 "0816ed13ba3303ac5deb911548908025",
                 "af82",
                 "6291d657deec24024827e69c3abe01a3"
                 "0ce548a284743a445e3680d7db5ac3ac"
                 "18ff9b538d16f290ae67f760984dc659"
                 "4a7c15e9716ed28dc027beceea1ec40a"},
       }) {
    ASSERT_OK_AND_ASSIGN(const VerifierKey key,
                         VerifierKey::Make("rfc8032", BytesOf(known.key)));
    const std::string text = absl::HexStringToBytes(std::string(known.text));
    const std::string signature =
        absl::HexStringToBytes(std::string(known.signature));
    EXPECT_TRUE(key.Verify(text, signature));
    EXPECT_FALSE(key.Verify(text + "x", signature));
  }
}

// S + L in place of S, where L is the order of the group, would be a second
// signature of the same text.
TEST(NoteKeyTest, ASignatureHasOneForm) {
  ASSERT_OK_AND_ASSIGN(
      const VerifierKey key,
      VerifierKey::Make("rfc8032",
                        BytesOf("d75a980182b10ab7d54bfed3c964073a"
                                "0ee172f3daa62325af021a68f707511a")));
  std::string signature = absl::HexStringToBytes(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  const std::string order = absl::HexStringToBytes(
      "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  ASSERT_TRUE(key.Verify("", signature));
  int carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<uint8_t>(signature[32 + i]) +
             static_cast<uint8_t>(order[i]);
    signature[32 + i] = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  EXPECT_FALSE(key.Verify("", signature));
}

TEST(NoteKeyTest, PublicKeysAreThoseOfOtherTools) {
  ASSERT_OK_AND_ASSIGN(const VerifierKey key, VerifierKey::Parse(kPublic));

  EXPECT_EQ(key.name(), "PeterNeumann");
  EXPECT_EQ(key.id(), 0xc74f20a3);
  EXPECT_EQ(key.ToString(), kPublic);
  EXPECT_THAT(
      VerifierKey::Parse("EnochRoot+af0cfe78+"
                         "ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"),
      IsOk());
}

TEST(NoteKeyTest, PrivateKeysAreThoseOfOtherTools) {
  ASSERT_OK_AND_ASSIGN(const NoteSigner signer, NoteSigner::Parse(kPrivate));

  EXPECT_EQ(signer.verifier_key().ToString(), kPublic);
  EXPECT_EQ(signer.ToSecretText(), kPrivate);
}

TEST(NoteKeyTest, EveryPartAndEveryChangedBitOfAKeyIsRefused) {
  const auto refused = [](bool is_public, const std::string& text) {
    return is_public ? !VerifierKey::Parse(text).ok()
                     : !NoteSigner::Parse(text).ok();
  };
  for (const bool is_public : {true, false}) {
    const std::string whole(is_public ? kPublic : kPrivate);
    for (size_t begin = 0; begin < whole.size(); ++begin) {
      for (size_t size = 0; size <= whole.size() - begin; ++size) {
        if (size == whole.size()) continue;
        EXPECT_TRUE(refused(is_public, whole.substr(begin, size)));
      }
    }
    for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string changed = whole;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
      EXPECT_TRUE(refused(is_public, changed)) << changed;
    }
    EXPECT_TRUE(refused(is_public, whole + "\n"));
  }
}

// Both with the right id, as Go's tests have them.
TEST(NoteKeyTest, OtherLengthsAndTypesAreRefused) {
  EXPECT_THAT(
      VerifierKey::Parse("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq"
                         "/LDE4izWy10TWBADKEY=="),
      kRefused);
  EXPECT_THAT(
      VerifierKey::Parse("PeterNeumann+173116ae+"
                         "ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("is of type 101; only Ed25519, 1, is known")));
}

TEST(NoteKeyTest, NamesHaveNoSpacesAndNoPlus) {
  for (const std::string_view name :
       {"shop.example/log", "a", "h\xC3\xBCtte", "\xE2\x80\x94"}) {
    EXPECT_THAT(CheckKeyName(name), IsOk()) << name;
  }
  for (const std::string_view name :
       {"", "a b", "a+b", "a\tb", "a\n", "\xC2\xA0", "\xE3\x80\x80", "a\x01",
        "\x1B[2J", "\xE2\x80\xA8", "\xFF"}) {
    EXPECT_THAT(CheckKeyName(name), kRefused);
  }
  EXPECT_THAT(NoteSigner::Generate("a b"), kRefused);
  EXPECT_THAT(VerifierKey::Make("a+b", {}), kRefused);
}

TEST(NoteKeyTest, ANewKeySignsAndReadsBack) {
  ASSERT_OK_AND_ASSIGN(const NoteSigner signer,
                       NoteSigner::Generate("shop.example/log"));
  const NoteSignature signature = signer.Sign("text\n");

  ASSERT_OK_AND_ASSIGN(const NoteSigner back,
                       NoteSigner::Parse(signer.ToSecretText()));
  ASSERT_OK_AND_ASSIGN(const VerifierKey key,
                       VerifierKey::Parse(signer.verifier_key().ToString()));

  EXPECT_EQ(back.Sign("text\n"), signature);
  EXPECT_EQ(signature.key_name, "shop.example/log");
  EXPECT_EQ(signature.key_id, key.id());
  EXPECT_TRUE(key.Verify("text\n", signature.signature));
  EXPECT_FALSE(key.Verify("text", signature.signature));
}

TEST(NoteKeyTest, NoTwoNewKeysAreAlike) {
  ASSERT_OK_AND_ASSIGN(const NoteSigner one, NoteSigner::Generate("a"));
  ASSERT_OK_AND_ASSIGN(const NoteSigner other, NoteSigner::Generate("a"));
  EXPECT_NE(one.verifier_key(), other.verifier_key());
}

TEST(NoteKeyTest, AMovedSignerSignsAsBefore) {
  ASSERT_OK_AND_ASSIGN(NoteSigner from, NoteSigner::Parse(kPrivate));
  const NoteSignature signature = from.Sign("text\n");
  NoteSigner to = std::move(from);
  EXPECT_EQ(to.Sign("text\n"), signature);

  ASSERT_OK_AND_ASSIGN(NoteSigner other, NoteSigner::Generate("other"));
  other = std::move(to);
  EXPECT_EQ(other.Sign("text\n"), signature);
}

TEST(NoteKeyTest, NoMessageRepeatsASecret) {
  // A private key where a public one belongs, and private keys that are none.
  EXPECT_THAT(
      VerifierKey::Parse(kPrivate),
      StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("AYEKFALV"))));
  for (const std::string_view text :
       {"PRIVATE+KEY+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09+iUvxdXHKDFz",
        "PRIVATE+KEY+AYEKFALVFGyN", "AYEKFALVFGyNhPJEMzD1QIDr+Y7h"}) {
    EXPECT_THAT(NoteSigner::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         Not(HasSubstr("AYEKFALV"))));
  }
}

}  // namespace
}  // namespace daybook::audit
