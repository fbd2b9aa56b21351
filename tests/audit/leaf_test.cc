#include "daybook/audit/leaf.h"

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;

Leaf TheLeaf() {
  Leaf leaf;
  leaf.position = 7;
  leaf.revision = 2;
  leaf.recorded_at_micros = 1'735'689'600'000'000;
  leaf.append_first_position = 6;
  leaf.append_count = 3;
  leaf.stream = "cart-42";
  leaf.type = "item-added";
  leaf.event_id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  leaf.content_type = "application/json";
  leaf.schema_hash = 0x9f86d081884c7d65;
  leaf.previous_in_stream = LeafHash("before");
  leaf.payload_commitment = LeafHash("payload");
  leaf.metadata_commitment = LeafHash("metadata");
  return leaf;
}

std::string Encoded(const Leaf& leaf) {
  std::string bytes;
  EncodeLeaf(leaf, &bytes);
  return bytes;
}

TEST(LeafTest, ReadsBack) {
  EXPECT_THAT(ParseLeaf(Encoded(TheLeaf())), IsOkAndHolds(TheLeaf()));
}

TEST(LeafTest, ReadsBackWithTheLargestAndSmallestValues) {
  Leaf leaf;
  leaf.position = leaf.revision = std::numeric_limits<uint64_t>::max();
  leaf.append_first_position = 0;
  leaf.append_count = std::numeric_limits<uint64_t>::max();
  EXPECT_THAT(CheckLeaf(leaf), StatusIs(absl::StatusCode::kInvalidArgument));
  leaf.position = leaf.revision = std::numeric_limits<uint64_t>::max() - 1;
  leaf.recorded_at_micros = std::numeric_limits<int64_t>::min();
  leaf.previous_in_stream = LeafHash("before");
  EXPECT_THAT(ParseLeaf(Encoded(leaf)), IsOkAndHolds(leaf));
  EXPECT_THAT(ParseLeaf(Encoded(Leaf())), IsOkAndHolds(Leaf()));
}

TEST(LeafTest, IsAppendedToWhatIsThere) {
  std::string bytes = "before";
  EncodeLeaf(TheLeaf(), &bytes);
  EXPECT_EQ(bytes, "before" + Encoded(TheLeaf()));
}

TEST(LeafTest, EveryFieldCounts) {
  std::set<std::string> seen = {Encoded(TheLeaf())};
  const auto expect_other = [&](auto change) {
    Leaf leaf = TheLeaf();
    change(leaf);
    ASSERT_THAT(CheckLeaf(leaf), IsOk());
    EXPECT_TRUE(seen.insert(Encoded(leaf)).second);
  };
  expect_other([](Leaf& leaf) { leaf.position = 8; });
  expect_other([](Leaf& leaf) { leaf.revision = 3; });
  expect_other([](Leaf& leaf) { ++leaf.recorded_at_micros; });
  expect_other([](Leaf& leaf) { leaf.append_first_position = 7; });
  expect_other([](Leaf& leaf) { leaf.append_count = 2; });
  expect_other([](Leaf& leaf) { leaf.stream = "cart-4"; });
  expect_other([](Leaf& leaf) { leaf.type = "item-adde"; });
  expect_other([](Leaf& leaf) { leaf.event_id[15] = 0; });
  expect_other([](Leaf& leaf) { leaf.content_type = ""; });
  expect_other([](Leaf& leaf) { leaf.schema_hash = 0; });
  expect_other([](Leaf& leaf) { leaf.previous_in_stream = LeafHash(""); });
  expect_other([](Leaf& leaf) { leaf.payload_commitment = Hash(); });
  expect_other([](Leaf& leaf) { leaf.metadata_commitment = Hash(); });
  expect_other([](Leaf& leaf) { leaf.producer_signature = "signed"; });
  // What one field loses, the next gains.
  expect_other([](Leaf& leaf) {
    leaf.stream = "cart-42i";
    leaf.type = "tem-added";
  });
}

// No two encodings are one leaf, and no leaf has two: whatever bytes are read,
// they are what is written.
TEST(LeafTest, WhatIsReadIsWrittenAlike) {
  const std::string whole = Encoded(TheLeaf());
  int read = 0;
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const absl::StatusOr<Leaf> leaf = ParseLeaf(changed);
    if (!leaf.ok()) {
      EXPECT_THAT(leaf, StatusIs(absl::StatusCode::kInvalidArgument));
      continue;
    }
    ++read;
    EXPECT_NE(*leaf, TheLeaf()) << "bit " << bit;
    EXPECT_EQ(Encoded(*leaf), changed) << "bit " << bit;
  }
  // Times, names, ids and hashes may be any.
  EXPECT_GT(read, 1'000);
}

TEST(LeafTest, OneThatIsSignedReadsBack) {
  Leaf leaf = TheLeaf();
  leaf.producer_signature = std::string_view("sig\0ned", 7);

  EXPECT_TRUE(Encoded(leaf).starts_with("daybook leaf v2\n"));
  EXPECT_THAT(ParseLeaf(Encoded(leaf)), IsOkAndHolds(leaf));
  const std::string whole = Encoded(leaf);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(ParseLeaf(whole.substr(0, size)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << "cut to " << size;
  }
}

TEST(LeafTest, OneThatIsSignedByNobodyIsRefused) {
  Leaf leaf = TheLeaf();
  std::string bytes = Encoded(leaf);
  bytes.replace(bytes.find("v1"), 2, "v2");

  EXPECT_THAT(ParseLeaf(bytes), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseLeaf(bytes + std::string(4, '\0')),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("one with a signature, and has none")));
}

TEST(LeafTest, AnyCutAndAnyMoreIsRefused) {
  const std::string whole = Encoded(TheLeaf());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(ParseLeaf(whole.substr(0, size)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << "cut to " << size;
  }
  EXPECT_THAT(ParseLeaf(whole + std::string(1, '\0')),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("1 bytes follow its end")));
}

TEST(LeafTest, WhatNoEventCanHaveIsRefused) {
  const auto refuse = [](auto change, std::string_view why) {
    Leaf leaf = TheLeaf();
    change(leaf);
    EXPECT_THAT(CheckLeaf(leaf), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr(std::string(why))));
  };
  refuse([](Leaf& leaf) { leaf.append_first_position = 8; },
         "position 7 is not of an append of 3 from 8");
  refuse([](Leaf& leaf) { leaf.append_first_position = 4; },
         "not of an append");
  refuse([](Leaf& leaf) { leaf.append_count = 0; }, "not of an append");
  refuse([](Leaf& leaf) { leaf.revision = 8; }, "revision 8 at position 7");
  refuse([](Leaf& leaf) { leaf.revision = 0; },
         "there is one before revision 0");
  refuse([](Leaf& leaf) { leaf.previous_in_stream = Hash(); },
         "there is none before revision 2");
}

TEST(LeafTest, OneThatFitsNoEntryBundleIsRefused) {
  Leaf leaf = TheLeaf();
  const std::string name(kLeafBytesMax - Encoded(leaf).size() + 7, 'x');
  leaf.stream = name;
  EXPECT_THAT(ParseLeaf(Encoded(leaf)), IsOkAndHolds(leaf));
  const std::string longer = name + "x";
  leaf.stream = longer;
  EXPECT_THAT(CheckLeaf(leaf), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("above 65535")));
}

}  // namespace
}  // namespace daybook::audit
