// The bytes of store/FORMAT.md, made by the code: what the page says is what
// is written.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "daybook/store/event.h"
#include "gtest/gtest.h"
#include "store/body.h"
#include "store/checksum.h"
#include "store/chunk.h"
#include "store/index.h"
#include "tests/testing/pages.h"

namespace daybook {
namespace {

using testing::HexDump;

std::string FormatPage() { return testing::SourceText("store/FORMAT.md"); }

struct Example {
  std::string body;
  AppendHeader append;
  EventHead head;
};

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
  return example;
}

TEST(Format, WorkedExampleIsWhatTheCodeWrites) {
  const Example example = TheExample();
  ChunkBuilder builder(ChunkKind::kLog);

  builder.Add(example.append, example.head, example.body,
              Checksum(example.body));

  const std::string dump = HexDump(builder.Finish());
  EXPECT_NE(FormatPage().find(dump), std::string::npos)
      << "the page must have:\n"
      << dump;
}

TEST(Format, WorkedExampleReadsBack) {
  const Example example = TheExample();
  ChunkBuilder builder(ChunkKind::kLog);
  builder.Add(example.append, example.head, example.body,
              Checksum(example.body));
  const std::string chunk = builder.Finish();

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
  EXPECT_EQ(absl::ToUnixMicros(event.recorded_at), 1'735'689'600'000'000);
}

TEST(Format, AnyFlippedBitOfAChunkIsNoticed) {
  const Example example = TheExample();
  ChunkBuilder builder(ChunkKind::kLog);
  builder.Add(example.append, example.head, example.body,
              Checksum(example.body));
  const std::string whole = builder.Finish();

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
  const Example example = TheExample();
  ChunkBuilder builder(ChunkKind::kLog);
  builder.Add(example.append, example.head, example.body,
              Checksum(example.body));
  const std::string whole = builder.Finish();

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
  EXPECT_EQ(EncodeHead({Position(3), 3, Position(7)}),
            std::string("\x00\x03\x03\x07", 4));
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
