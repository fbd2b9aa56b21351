#include "store/run.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/body.h"
#include "store/checksum.h"

namespace daybook {
namespace {

// Events of one stream, and what a run needs to know of each.
class Stream {
 public:
  // Every third event begins an append of three, positions have gaps, and
  // types change now and then.
  explicit Stream(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      NewEvent event;
      event.payload = "payload " + std::to_string(i);
      if (i % 4 == 0) event.tags = {"sku:tea"};
      bodies_.emplace_back();
      EncodeBody(event, EventId(), &bodies_.back());
    }
  }
  size_t size() const { return bodies_.size(); }
  Position PositionOf(size_t i) const {
    return Position(1000 + 7 * (i / 3) + i % 3);
  }
  std::string_view TypeOf(size_t i) const { return i % 5 < 3 ? "added" : ""; }

  std::string Run() const {
    RunBuilder builder;
    for (size_t i = 0; i < size(); ++i) {
      AppendHeader append;
      append.first_position = PositionOf(i - i % 3);
      append.count = 3;
      append.recorded_at_micros =
          1'735'689'600'000'000 + static_cast<int64_t>(i / 3);
      builder.Add(append,
                  {PositionOf(i), Revision(40 + i), "cart-42", TypeOf(i),
                   "/shop", "application/json"},
                  bodies_[i], Checksum(bodies_[i]));
    }
    return std::string(builder.Finish());
  }

 private:
  std::vector<std::string> bodies_;
};

class RunTest : public ::testing::TestWithParam<size_t> {};

TEST_P(RunTest, ReadsBackWhatWasAdded) {
  const Stream stream(GetParam());
  const std::string run = stream.Run();

  RunReader reader;
  ASSERT_EQ(reader.Parse(run), nullptr);

  EXPECT_EQ(reader.first_revision(), 40);
  ASSERT_EQ(reader.count(), stream.size());
  for (uint32_t i = 0; i < reader.count(); ++i) {
    EventView event;
    ASSERT_EQ(reader.Read(i, &event), nullptr);
    EXPECT_EQ(event.position, stream.PositionOf(i));
    EXPECT_EQ(event.revision, Revision(40 + i));
    EXPECT_EQ(event.type, stream.TypeOf(i));
    EXPECT_EQ(event.source, "/shop");
    EXPECT_EQ(event.content_type, "application/json");
    EXPECT_EQ(event.payload, "payload " + std::to_string(i));
    EXPECT_EQ(event.tags.size(), i % 4 == 0 ? 1 : 0);
    EXPECT_EQ(event.append.first_position, stream.PositionOf(i - i % 3));
    EXPECT_EQ(event.append.count, 3);
    EXPECT_EQ(absl::ToUnixMicros(event.recorded_at),
              1'735'689'600'000'000 + i / 3);
  }
}

TEST_P(RunTest, NoFlippedBitGoesUnnoticed) {
  const std::string whole = Stream(GetParam()).Run();

  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    RunReader reader;
    bool noticed = reader.Parse(damaged) != nullptr;
    for (uint32_t i = 0; !noticed && i < reader.count(); ++i) {
      EventView event;
      noticed = reader.Read(i, &event) != nullptr;
    }
    EXPECT_TRUE(noticed) << "bit " << bit;
  }
}

TEST_P(RunTest, NoCutGoesUnnoticed) {
  const std::string whole = Stream(GetParam()).Run();

  for (size_t size = 0; size < whole.size(); ++size) {
    RunReader reader;
    EXPECT_NE(reader.Parse(std::string_view(whole).substr(0, size)), nullptr)
        << "cut to " << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, RunTest,
                         ::testing::Values(1, 2, kShortRunCountMax,
                                           kShortRunCountMax + 1, 40));

TEST(RunTest, OfOneEventCostsLittleMoreThanItsBodyAndNames) {
  const std::string body(300, 'b');
  RunBuilder builder;
  AppendHeader append;
  append.first_position = Position(9'000'000);
  append.count = 1;
  append.recorded_at_micros = 1'735'689'600'000'000;
  builder.Add(append,
              {Position(9'000'000), Revision(90), "cart-42", "item-added",
               "/shop", "application/json"},
              body, Checksum(body));

  const size_t names =
      std::string_view("item-added/shopapplication/json").size();
  EXPECT_LE(builder.Finish().size(), body.size() + names + 36);
}

}  // namespace
}  // namespace daybook
