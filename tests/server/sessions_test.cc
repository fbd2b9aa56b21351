// What a client asks of one moment of the store comes some at a time, and is
// the same as all at once.

#include "server/sessions.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::Gt;

class TreeSessionTest : public ::testing::Test {
 protected:
  // Events of two streams, in turn.
  void Append(int count) {
    AppendRequest request;
    for (int i = 0; i < count; ++i) {
      request.events.push_back({i % 2 == 0 ? "a" : "b", {.type = "t"}});
    }
    ASSERT_OK(store_->Append(request));
  }
  // The positions of a stream's leaves, as a client reads them.
  std::vector<uint64_t> ReadStream(const std::string& stream) {
    return ReadStream(session_, stream);
  }
  std::vector<uint64_t> ReadStream(TreeSession& session,
                                   const std::string& stream) {
    v1::ReadTreeRequest request;
    request.mutable_leaves()->set_stream(stream);
    std::vector<uint64_t> positions;
    bool more = true;
    for (reply_count_ = 0; more; ++reply_count_) {
      v1::ReadTreeReply reply;
      EXPECT_OK(session.Answer(&request, &reply));
      EXPECT_FALSE(reply.has_error());
      for (const v1::ReadTreeReply::Leaf& leaf : reply.leaves()) {
        positions.push_back(leaf.position());
        request.mutable_leaves()->set_from(leaf.position() + 1);
      }
      more = reply.more();
    }
    return positions;
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  TreeSession session_{*store_};
  int reply_count_ = 0;
};

TEST_F(TreeSessionTest, GivesTheLeavesOfAStreamInSeveralReplies) {
  constexpr int kCount = 10'000;
  Append(kCount);
  v1::ReadTreeReply opened;
  ASSERT_OK(session_.Answer(nullptr, &opened));
  for (const int first : {0, 1, 0}) {
    std::vector<uint64_t> expected;
    for (int i = first; i < kCount; i += 2) expected.push_back(i);
    EXPECT_EQ(ReadStream(first == 0 ? "a" : "b"), expected);
    EXPECT_THAT(reply_count_, Gt(2));
  }
  EXPECT_EQ(ReadStream("nothing"), std::vector<uint64_t>());
}

// However long the stream is, few of its positions are in memory.
TEST_F(TreeSessionTest, GivesTheLeavesOfAStreamAFewPositionsAtATime) {
  constexpr int kCount = 100;
  Append(kCount);
  std::vector<uint64_t> expected;
  for (int i = 0; i < kCount; i += 2) expected.push_back(i);
  for (const int positions_max : {1, 7, 49, 50, 51}) {
    TreeSession session(*store_, positions_max);
    v1::ReadTreeReply opened;
    ASSERT_OK(session.Answer(nullptr, &opened));
    EXPECT_EQ(ReadStream(session, "a"), expected);
    // Back to where it began.
    EXPECT_EQ(ReadStream(session, "a"), expected);
    EXPECT_EQ(reply_count_, (50 + positions_max - 1) / positions_max);
  }
}

}  // namespace
}  // namespace daybook
