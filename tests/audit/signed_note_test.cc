// The known notes are those of Go's golang.org/x/mod/sumdb/note.

#include "daybook/audit/signed_note.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;

const std::string kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string kPeter =
    "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuG"
    "UgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const std::string kEnoch =
    "\xE2\x80\x94 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiO"
    "Hp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

VerifierKey PeterKey() {
  return *VerifierKey::Parse(
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
}
VerifierKey EnochKey() {
  return *VerifierKey::Parse(
      "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop");
}
NoteSigner Peter() {
  return *NoteSigner::Parse(
      "PRIVATE+KEY+PeterNeumann+c74f20a3+"
      "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
}

std::vector<std::string> Names(
    const absl::StatusOr<std::vector<const VerifierKey*>>& keys) {
  std::vector<std::string> names;
  for (const VerifierKey* key : *keys) names.push_back(key->name());
  return names;
}

const auto kMalformed = StatusIs(absl::StatusCode::kInvalidArgument);

TEST(SignedNoteTest, IsSignedAsOtherToolsDo) {
  EXPECT_THAT(FormatNote({kText, {Peter().Sign(kText)}}),
              IsOkAndHolds(kText + "\n" + kPeter));
}

TEST(SignedNoteTest, TellsWhichTrustedKeysSigned) {
  ASSERT_OK_AND_ASSIGN(const SignedNote note,
                       ParseNote(kText + "\n" + kPeter + kEnoch));
  const std::vector<VerifierKey> peter = {PeterKey()};
  const std::vector<VerifierKey> both = {EnochKey(), PeterKey()};

  EXPECT_EQ(note.text, kText);
  EXPECT_THAT(Names(VerifyNote(note, peter)), ElementsAre("PeterNeumann"));
  EXPECT_THAT(Names(VerifyNote(note, both)),
              ElementsAre("PeterNeumann", "EnochRoot"));
}

TEST(SignedNoteTest, WithoutASignatureByATrustedKeyNothingIsKnown) {
  ASSERT_OK_AND_ASSIGN(const SignedNote note,
                       ParseNote(kText + "\n" + kPeter + kEnoch));
  EXPECT_THAT(VerifyNote(note, {}),
              StatusIs(absl::StatusCode::kUnauthenticated,
                       HasSubstr("\"PeterNeumann\" (c74f20a3)")));

  // The same name with another key is another key.
  ASSERT_OK_AND_ASSIGN(const NoteSigner other,
                       NoteSigner::Generate("PeterNeumann"));
  const std::vector<VerifierKey> trusted = {other.verifier_key()};
  EXPECT_THAT(VerifyNote(note, trusted),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST(SignedNoteTest, AWrongSignatureByATrustedKeyRefusesTheNote) {
  ASSERT_OK_AND_ASSIGN(SignedNote note,
                       ParseNote(kText + "\n" + kPeter + kEnoch));
  const std::vector<VerifierKey> both = {PeterKey(), EnochKey()};
  const SignedNote good = note;

  note.text[0] = 'i';
  EXPECT_THAT(VerifyNote(note, both),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("PeterNeumann")));

  // Also when another trusted one is right.
  note = good;
  note.signatures[1].signature[0] ^= 1;
  EXPECT_THAT(VerifyNote(note, both),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("EnochRoot")));

  note = good;
  note.signatures[1].signature += "x";
  EXPECT_THAT(VerifyNote(note, both), StatusIs(absl::StatusCode::kDataLoss));
}

// Ids have 32 bits: of some hundred thousand keys two share one.
TEST(SignedNoteTest, TwoTrustedKeysOfOneNameAndIdAreRefused) {
  std::map<uint32_t, VerifierKey> keys;
  std::vector<VerifierKey> alike;
  VerifierKey::Bytes bytes = {};
  while (alike.empty()) {
    for (uint8_t& byte : bytes) {
      if (++byte != 0) break;
    }
    ASSERT_OK_AND_ASSIGN(const VerifierKey key,
                         VerifierKey::Make("shop", bytes));
    const auto [other, added] = keys.emplace(key.id(), key);
    if (!added) alike = {other->second, key};
  }
  const SignedNote note = {kText, {{"shop", alike[0].id(), "signature"}}};

  EXPECT_THAT(VerifyNote(note, alike),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("two trusted keys are called \"shop\"")));
}

TEST(SignedNoteTest, AKeyThatSignedTwiceCountsOnce) {
  ASSERT_OK_AND_ASSIGN(const SignedNote note,
                       ParseNote(kText + "\n" + kPeter + kPeter));
  const std::vector<VerifierKey> twice = {PeterKey(), PeterKey()};
  EXPECT_THAT(Names(VerifyNote(note, twice)), ElementsAre("PeterNeumann"));
}

TEST(SignedNoteTest, ReadsBackAsItWas) {
  for (const std::string& text :
       {kText, std::string("\n"), std::string("a\n\nb\n"),
        std::string("\n\n\n")}) {
    const SignedNote note = {text, {Peter().Sign(text), {"b", 7, "x"}}};
    ASSERT_OK_AND_ASSIGN(const std::string bytes, FormatNote(note));
    EXPECT_THAT(ParseNote(bytes), IsOkAndHolds(note));
  }
}

TEST(SignedNoteTest, MalformedOnesAreRefused) {
  const std::string signed_text = kText + "\n";
  const auto refuse = [](const std::string& bytes) {
    EXPECT_THAT(ParseNote(bytes), kMalformed) << bytes;
  };
  refuse("");
  refuse(kText);
  refuse(signed_text);
  refuse(signed_text + kPeter.substr(0, kPeter.size() - 1));
  refuse("\x01" + signed_text + kPeter);
  refuse("\xFF" + signed_text + kPeter);
  refuse("\r\n" + signed_text + kPeter);
  refuse(signed_text + kPeter + "Unexpected line.\n");
  refuse(signed_text + kPeter + "\n");
  refuse(signed_text + "\n" + kPeter + "\n" + kText);
  // A hyphen, no space, two spaces, none after the name.
  refuse(signed_text + "-" + kPeter.substr(3));
  refuse(signed_text + "\xE2\x80\x94" + kPeter.substr(4));
  refuse(signed_text + "\xE2\x80\x94 " + kPeter.substr(3));
  refuse(signed_text + "\xE2\x80\x94 Peter\n");
  refuse(signed_text + "\xE2\x80\x94 Peter \n");
  refuse(signed_text + "\xE2\x80\x94 Pe+er " + kPeter.substr(17));
  // A key id and no more, less, and base64 that is not strict.
  refuse(signed_text + "\xE2\x80\x94 Peter x08gow==\n");
  refuse(signed_text + "\xE2\x80\x94 Peter x08g\n");
  refuse(signed_text + "\xE2\x80\x94 Peter x08go/Z=\n");
  refuse(signed_text + "\xE2\x80\x94 Peter x08go/ZJ kuBS\n");
}

TEST(SignedNoteTest, TextsThatNoNoteCanHaveAreNotWritten) {
  const NoteSignature signature = Peter().Sign(kText);
  for (const std::string& text :
       {std::string(), std::string("no end"), std::string("\t\n"),
        std::string("\xFF\n"), std::string("a\r\n")}) {
    EXPECT_THAT(FormatNote({text, {signature}}), kMalformed) << text;
  }
  EXPECT_THAT(FormatNote({kText, {}}), kMalformed);
  EXPECT_THAT(FormatNote({kText, {{"a b", 1, "x"}}}), kMalformed);
  EXPECT_THAT(FormatNote({kText, {{"a", 1, ""}}}), kMalformed);
}

TEST(SignedNoteTest, SixteenSignaturesArePlentyAndAHundredAndOneTooMany) {
  std::string bytes = kText + "\n";
  for (int i = 0; i < 100; ++i) bytes += kPeter;
  EXPECT_THAT(ParseNote(bytes), IsOk());
  EXPECT_THAT(ParseNote(bytes + kPeter), kMalformed);
  EXPECT_THAT(ParseNote(std::string(kNoteBytesMax, 'a') + bytes), kMalformed);

  const std::vector<NoteSignature> many(101, Peter().Sign(kText));
  EXPECT_THAT(FormatNote({kText, many}), kMalformed);
}

}  // namespace
}  // namespace daybook::audit
