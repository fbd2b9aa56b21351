// What was committed last is kept for who follows, and never without bound.

#include "store/recent_chunks.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "store/body.h"
#include "store/checksum.h"
#include "store/chunk.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::IsOk;

// A chunk of one event at `position`.
std::string ChunkAt(uint64_t position, size_t payload_size) {
  NewEvent event;
  event.payload.assign(payload_size, 'p');
  std::string body;
  EncodeBody(event, EventId(), &body);
  ChunkBuilder builder(ChunkKind::kLog);
  AppendHeader append;
  append.first_position = Position(position);
  append.count = 1;
  builder.Add(append,
              {.position = Position(position),
               .revision = Revision(0),
               .stream = "s",
               .type = "t",
               .source = "",
               .content_type = ""},
              body, Checksum(body));
  return builder.Finish();
}

class RecentChunksTest : public ::testing::Test {
 protected:
  void Publish(uint64_t position, size_t payload_size = 10) {
    std::vector<std::pair<uint64_t, std::string>> chunks;
    chunks.emplace_back(position, ChunkAt(position, payload_size));
    recent_.Publish(Position(position), &chunks);
  }
  bool Has(uint64_t position) {
    return recent_.Find(Position(position)) != nullptr;
  }

  RecentChunks recent_;
};

TEST_F(RecentChunksTest, GivesTheEventsOfAChunk) {
  recent_.Join();
  Publish(7);
  const auto chunk = recent_.Find(Position(7));
  ASSERT_NE(chunk, nullptr);
  ASSERT_OK_AND_ASSIGN(const auto events, chunk->Events());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].position, Position(7));
  EXPECT_EQ(events[0].payload, std::string(10, 'p'));
}

TEST_F(RecentChunksTest, KnowsNoPositionInAGap) {
  recent_.Join();
  Publish(7);
  Publish(9);
  EXPECT_FALSE(Has(6));
  EXPECT_TRUE(Has(7));
  EXPECT_FALSE(Has(8));
  EXPECT_TRUE(Has(9));
  EXPECT_FALSE(Has(10));
}

TEST_F(RecentChunksTest, KeepsSomeMegabytesAndNoMore) {
  recent_.Join();
  constexpr uint64_t kCount = 200;
  for (uint64_t i = 0; i < kCount; ++i) Publish(i, 1 << 20);
  uint64_t kept = 0;
  for (uint64_t i = 0; i < kCount; ++i) kept += Has(i) ? 1 : 0;
  EXPECT_GE(kept, 1u);
  EXPECT_LE(kept, 8u);
  EXPECT_TRUE(Has(kCount - 1));
}

TEST_F(RecentChunksTest, ManySmallEventsCountByWhatTheyTakeDecoded) {
  recent_.Join();
  constexpr uint64_t kCount = 100'000;
  for (uint64_t i = 0; i < kCount; ++i) Publish(i, 1);
  uint64_t kept = 0;
  for (uint64_t i = 0; i < kCount; ++i) kept += Has(i) ? 1 : 0;
  EXPECT_LE(kept * sizeof(EventView), 8u << 20);
}

TEST_F(RecentChunksTest, WhenTheLastOneLeavesAllIsForgotten) {
  EXPECT_FALSE(recent_.wanted());
  recent_.Join();
  recent_.Join();
  Publish(7);
  recent_.Leave();
  EXPECT_TRUE(recent_.wanted());
  EXPECT_TRUE(Has(7));
  recent_.Leave();
  EXPECT_FALSE(recent_.wanted());
  EXPECT_FALSE(Has(7));
}

TEST_F(RecentChunksTest, DamageIsToldOfToEveryone) {
  recent_.Join();
  std::vector<std::pair<uint64_t, std::string>> chunks;
  chunks.emplace_back(7, "no chunk");
  recent_.Publish(Position(7), &chunks);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(recent_.Find(Position(7))->Events(),
                testing::StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace daybook
