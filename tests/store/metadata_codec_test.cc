#include "store/metadata_codec.h"

#include "daybook/v1/metadata.pb.h"
#include "gtest/gtest.h"
#include "store/protobuf.h"

namespace daybook {
namespace {

Metadata Full() {
  Metadata metadata;
  metadata.correlation_id = "correlation";
  metadata.causation_id = "causation";
  metadata.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-01-01";
  metadata.tracestate = "vendor=1";
  metadata.actor = std::string(300, 'x');
  metadata.fields = {
      {"", ""}, {"b", ""}, {"a", std::string(200, 'y')}, {"\xc3\xa9", "z"}};
  return metadata;
}

// As Protobuf itself writes it.
std::string EncodeWithProtobuf(const Metadata& metadata) {
  v1::EventMetadata message;
  message.set_correlation_id(metadata.correlation_id);
  message.set_causation_id(metadata.causation_id);
  message.set_traceparent(metadata.traceparent);
  message.set_tracestate(metadata.tracestate);
  message.set_actor(metadata.actor);
  for (const auto& [key, value] : metadata.fields) {
    (*message.mutable_fields())[key] = value;
  }
  return DeterministicBytes(message);
}

TEST(MetadataCodecTest, WritesWhatProtobufWrites) {
  EXPECT_EQ(EncodeMetadata(Full()), EncodeWithProtobuf(Full()));
  Metadata one;
  one.tracestate = "t";
  EXPECT_EQ(EncodeMetadata(one), EncodeWithProtobuf(one));
}

TEST(MetadataCodecTest, ReadsBackWhatItWrote) {
  EXPECT_EQ(DecodeMetadata(EncodeMetadata(Full())), Full());
}

TEST(MetadataCodecTest, EmptyMetadataAreNoBytes) {
  EXPECT_EQ(EncodeMetadata(Metadata()), "");
  EXPECT_EQ(EncodedMetadataSize(Metadata()), 0u);
  EXPECT_EQ(DecodeMetadata(""), Metadata());
}

TEST(MetadataCodecTest, SizeIsKnownWithoutWriting) {
  Metadata metadata = Full();
  EXPECT_EQ(EncodedMetadataSize(metadata), EncodeMetadata(metadata).size());
  for (const size_t size : {1, 120, 127, 128, 16'383, 16'384}) {
    metadata.fields["sized"] = std::string(size, 'x');
    EXPECT_EQ(EncodedMetadataSize(metadata), EncodeMetadata(metadata).size());
  }
}

TEST(MetadataCodecTest, BytesThatAreNoMetadataDontDecode) {
  EXPECT_EQ(DecodeMetadata("\xff"), std::nullopt);
  const std::string encoded = EncodeMetadata(Full());
  EXPECT_EQ(DecodeMetadata(encoded.substr(0, encoded.size() - 1)),
            std::nullopt);
}

TEST(MetadataCodecTest, FieldsOfLaterVersionsAreSkipped) {
  const std::string later = std::string("\x3a\x03new") + "\x40\x01";
  EXPECT_EQ(DecodeMetadata(later + EncodeMetadata(Full())), Full());
}

TEST(CorrelationIdTest, IsFoundWithoutDecodingTheRest) {
  const std::string encoded = EncodeMetadata(Full());
  const std::string_view found = CorrelationIdOf(encoded);
  EXPECT_EQ(found, "correlation");
  EXPECT_GE(found.data(), encoded.data());
  EXPECT_LT(found.data(), encoded.data() + encoded.size());
}

TEST(CorrelationIdTest, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(CorrelationIdOf(""), "");
  Metadata metadata = Full();
  metadata.correlation_id = "";
  EXPECT_EQ(CorrelationIdOf(EncodeMetadata(metadata)), "");
  EXPECT_EQ(CorrelationIdOf("\xff"), "");
  EXPECT_EQ(CorrelationIdOf("\x0a\x7fshort"), "");
}

TEST(CorrelationIdTest, IsFoundBehindOtherFields) {
  Metadata metadata;
  metadata.correlation_id = "c";
  const std::string later = std::string("\x3a\x03new") + "\x40\x01";
  EXPECT_EQ(CorrelationIdOf(later + EncodeMetadata(metadata)), "c");
}

}  // namespace
}  // namespace daybook
