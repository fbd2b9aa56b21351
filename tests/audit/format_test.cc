// The bytes of audit/FORMAT.md, made by the code: what the page says is what is
// hashed.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/audit/commitment.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/producer_signature.h"
#include "gtest/gtest.h"
#include "tests/testing/pages.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using testing::HexDump;
using testing::IsOkAndHolds;

void ExpectOnPage(const std::string& text) {
  EXPECT_NE(testing::SourceText("audit/FORMAT.md").find(text),
            std::string::npos)
      << "the page must have:\n"
      << text;
}

// `first`, and each byte one more than the one before.
template <size_t size>
std::array<uint8_t, size> RisingFrom(uint8_t first) {
  std::array<uint8_t, size> bytes;
  for (uint8_t& byte : bytes) byte = first++;
  return bytes;
}

const Salt kPayloadSalt = RisingFrom<kSaltSize>(0xa0);
const Salt kMetadataSalt = RisingFrom<kSaltSize>(0xb0);
constexpr std::string_view kPayload = R"({"sku":"tea"})";

std::string TheMetadata() {
  const std::array<uint8_t, 16> fingerprint = RisingFrom<16>(0xf0);
  const std::vector<std::string_view> tags = {"sku:tea", "till:3"};
  const std::vector<std::pair<std::string_view, std::string_view>> fields = {
      {"ip", "10.0.0.7"}, {"note", ""}};
  LeafMetadata metadata;
  metadata.source = "/shop";
  metadata.actor = "anna";
  metadata.correlation_id = "c-1";
  metadata.tags = tags;
  metadata.occurred_at_micros = 1'735'689'599'000'000;
  metadata.append_key = "k1";
  metadata.append_fingerprint = {
      reinterpret_cast<const char*>(fingerprint.data()), fingerprint.size()};
  metadata.fields = fields;
  std::string bytes;
  EncodeLeafMetadata(metadata, &bytes);
  return bytes;
}

Leaf TheLeaf() {
  Leaf leaf;
  leaf.position = 7;
  leaf.revision = 2;
  leaf.recorded_at_micros = 1'735'689'600'000'000;
  leaf.append_first_position = 7;
  leaf.append_count = 1;
  leaf.stream = "cart-42";
  leaf.type = "item-added";
  // 0190163d-8694-739b-aea5-966c26f8ad91
  leaf.event_id = {0x01, 0x90, 0x16, 0x3d, 0x86, 0x94, 0x73, 0x9b,
                   0xae, 0xa5, 0x96, 0x6c, 0x26, 0xf8, 0xad, 0x91};
  leaf.content_type = "application/json";
  leaf.schema_hash = 0x9f86d081884c7d65;
  leaf.previous_in_stream = Hash(RisingFrom<Hash::kSize>(0xc0));
  leaf.payload_commitment = CommitPayload(kPayloadSalt, kPayload);
  leaf.metadata_commitment = CommitMetadata(kMetadataSalt, TheMetadata());
  return leaf;
}

std::string TheSignature() {
  const NoteSigner signer = *NoteSigner::Parse(
      "PRIVATE+KEY+PeterNeumann+c74f20a3+"
      "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
  const ProducerStatement statement = StatementOf(TheLeaf());
  return SignStatements(signer, "shop.example/log", {&statement, 1})->front();
}

TEST(FormatTest, TheMetadataIsWhatTheCodeWrites) {
  ExpectOnPage(HexDump(TheMetadata()));
}

TEST(FormatTest, TheLeafIsWhatTheCodeWrites) {
  std::string bytes;
  EncodeLeaf(TheLeaf(), &bytes);

  ExpectOnPage(HexDump(bytes));
  EXPECT_THAT(ParseLeaf(bytes), IsOkAndHolds(TheLeaf()));
}

TEST(FormatTest, TheHashesAreWhatTheCodeMakes) {
  std::string bytes;
  EncodeLeaf(TheLeaf(), &bytes);

  ExpectOnPage("payload commitment   " + TheLeaf().payload_commitment.ToHex());
  ExpectOnPage("metadata commitment  " + TheLeaf().metadata_commitment.ToHex());
  ExpectOnPage("leaf hash            " + LeafHash(bytes).ToHex());
}

TEST(FormatTest, TheStatementAndItsSignatureAreWhatTheCodeMakes) {
  std::string statement;
  EncodeStatement("shop.example/log", StatementOf(TheLeaf()), &statement);

  ExpectOnPage(HexDump(statement));
  ExpectOnPage(HexDump(TheSignature()));
}

TEST(FormatTest, TheSignedLeafIsWhatTheCodeWrites) {
  const std::string signature = TheSignature();
  Leaf leaf = TheLeaf();
  leaf.producer_signature = signature;
  std::string bytes;
  EncodeLeaf(leaf, &bytes);

  std::string as_said;
  EncodeLeaf(TheLeaf(), &as_said);
  as_said.replace(as_said.find("v1"), 2, "v2");
  as_said += std::string("\0\0\0\x69", 4) + signature;
  EXPECT_EQ(bytes, as_said);
  ExpectOnPage("signed leaf hash     " + LeafHash(bytes).ToHex());
  EXPECT_THAT(ParseLeaf(bytes), IsOkAndHolds(leaf));
}

}  // namespace
}  // namespace daybook::audit
