// The bytes of store/FORMAT.md, made by the code: what the page says is what
// is written.

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>

#include "daybook/store/event.h"
#include "gtest/gtest.h"
#include "store/body.h"
#include "store/checksum.h"
#include "store/chunk.h"
#include "store/coding.h"
#include "store/event_leaf.h"
#include "store/index.h"
#include "store/log_tree.h"
#include "tests/testing/pages.h"

namespace daybook {
namespace {

using testing::HexDump;

std::string FormatPage() { return testing::SourceText("store/FORMAT.md"); }

struct Example {
  std::string body;
  AppendHeader append;
  EventHead head;
  EventAudit audit;
  // The leaf before in the stream.
  audit::Hash previous;
};

// A chunk of the one event, with `audit` or without.
std::string ChunkOf(const Example& example, const EventAudit* audit) {
  ChunkBuilder builder(ChunkKind::kLog);
  builder.Add(example.append, example.head, example.body,
              Checksum(example.body), audit);
  return builder.Finish();
}

std::string ChunkOf(const Example& example) {
  return ChunkOf(example, &example.audit);
}

template <size_t kSize>
std::array<uint8_t, kSize> BytesFrom(uint8_t first) {
  std::array<uint8_t, kSize> bytes;
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

Example TheExample() {
  Example example;
  NewEvent event;
  event.type = "item-added";
  event.payload = "\x0a\x03tea";
  event.content_type = "application/x-protobuf";
  event.tags = {"sku:tea"};
  event.schema = SchemaHash(0x9f86d081884c7d65);
  EncodeBody(event, *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91"),
             &example.body);
  example.append.first_position = Position(7);
  example.append.count = 1;
  example.append.recorded_at_micros = 1'735'689'600'000'000;
  example.append.key = "k1";
  for (uint8_t i = 0; i < 16; ++i) {
    example.append.fingerprint[i] = static_cast<uint8_t>(0xf0 + i);
  }
  example.head = {Position(7),  Revision(2), "cart-42",
                  "item-added", "/shop",     "application/x-protobuf"};
  example.audit.payload_salt = BytesFrom<audit::kSaltSize>(0xa0);
  example.audit.metadata_salt = BytesFrom<audit::kSaltSize>(0xb0);
  example.previous = audit::Hash(BytesFrom<audit::Hash::kSize>(0xc0));
  const std::string chunk = ChunkOf(example);
  ChunkReader reader;
  EventView read;
  EXPECT_EQ(reader.Parse(chunk), nullptr);
  EXPECT_EQ(reader.Read(0, &read), nullptr);
  example.audit.leaf =
      LeafMaker()
          .HashOf(read, reader.AppendOf(0), example.audit, example.previous)
          .value();
  return example;
}

TEST(Format, WorkedExampleIsWhatTheCodeWrites) {
  const std::string dump = HexDump(ChunkOf(TheExample()));

  EXPECT_NE(FormatPage().find(dump), std::string::npos)
      << "the page must have:\n"
      << dump;
}

TEST(Format, WorkedExampleReadsBack) {
  const Example example = TheExample();
  const std::string chunk = ChunkOf(example);

  ChunkReader reader;
  EventView event;
  ASSERT_EQ(reader.Parse(chunk), nullptr);
  ASSERT_EQ(reader.Read(0, &event), nullptr);

  EXPECT_EQ(event.position, Position(7));
  EXPECT_EQ(event.revision, Revision(2));
  EXPECT_EQ(event.stream, "cart-42");
  EXPECT_EQ(event.payload, "\x0a\x03tea");
  EXPECT_EQ(event.schema, SchemaHash(0x9f86d081884c7d65));
  EXPECT_TRUE(event.tags.Contains("sku:tea"));
  EXPECT_EQ(event.append.key, "k1");
  EXPECT_EQ(reader.StreamOf(0), "cart-42");
  ASSERT_TRUE(reader.has_audits());
  EXPECT_EQ(reader.Audit(0), example.audit);
  EXPECT_EQ(absl::ToUnixMicros(event.recorded_at), 1'735'689'600'000'000);
}

TEST(Format, AChunkWithoutAuditsIsOfFormat0) {
  const std::string chunk = ChunkOf(TheExample(), nullptr);

  ChunkReader reader;
  EventView event;
  ASSERT_EQ(reader.Parse(chunk), nullptr);
  ASSERT_EQ(reader.Read(0, &event), nullptr);

  EXPECT_EQ(chunk[0], 0);
  EXPECT_FALSE(reader.has_audits());
  EXPECT_EQ(event.payload, "\x0a\x03tea");
}

TEST(Format, AnyFlippedBitOfAChunkIsNoticed) {
  const std::string whole = ChunkOf(TheExample());

  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    ChunkReader reader;
    EventView event;
    const bool noticed =
        reader.Parse(damaged) != nullptr || reader.Read(0, &event) != nullptr;
    EXPECT_TRUE(noticed) << "bit " << bit;
  }
}

TEST(Format, AnyCutOfAChunkIsNoticed) {
  const std::string whole = ChunkOf(TheExample());

  for (size_t size = 0; size < whole.size(); ++size) {
    ChunkReader reader;
    EXPECT_NE(reader.Parse(std::string_view(whole).substr(0, size)), nullptr)
        << "cut to " << size;
  }
}

TEST(Format, RowsOfTheIndexAreAsThePageSays) {
  const uint64_t positions[] = {7, 300, 301};

  EXPECT_EQ(EncodePositions(positions, 3),
            std::string("\x00\x03\x07\xa5\x02\x01", 6));
  const audit::Hash leaf(BytesFrom<audit::Hash::kSize>(0xc0));
  EXPECT_EQ(EncodeHead({Position(3), 3, Position(7), leaf}),
            std::string("\x01\x03\x03\x07") + std::string(leaf.view()));
}

TEST(Format, PositionsThatDoNotRiseAreRefused) {
  std::vector<uint64_t> positions;
  // 7 twice, and one that wraps around.
  EXPECT_FALSE(
      DecodePositions(std::string_view("\x00\x02\x07\x00", 4), &positions));
  std::string wraps("\x00\x02\x07", 3);
  PutVarint(&wraps, UINT64_MAX);
  EXPECT_FALSE(DecodePositions(wraps, &positions));
}

TEST(Format, RowsOfTheTreeAreAsThePageSays) {
  const audit::Hash root(BytesFrom<audit::Hash::kSize>(0xc0));

  EXPECT_EQ(TreeTileKey({.level = 1, .index = 2}),
            std::string("\x01\x00\x00\x00\x00\x00\x00\x00\x02", 9));
  EXPECT_EQ(kTreeHeadKey, "head");
  EXPECT_EQ(EncodeTreeHead({300, root}),
            std::string("\x01\x2c\x01\x00\x00\x00\x00\x00\x00", 9) +
                std::string(root.view()));
}

TEST(Format, RulesOfAStreamReadBack) {
  StreamRules rules;
  rules.metadata.max_count = 10;
  rules.metadata.json = R"({"owner":"shop"})";
  rules.deleted_before = Revision(7);
  rules.tombstoned = true;

  StreamRules back;
  ASSERT_TRUE(DecodeRules(EncodeRules(rules), &back));

  EXPECT_EQ(back, rules);
}

}  // namespace
}  // namespace daybook
