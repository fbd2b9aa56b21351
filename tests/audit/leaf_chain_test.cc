#include "daybook/audit/leaf_chain.h"

#include <string>
#include <string_view>
#include <vector>

#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/tile.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

// Leaves of "cart-1" at positions 10, 20 and so on.
std::vector<Leaf> Leaves(uint64_t count) {
  std::vector<Leaf> leaves;
  for (uint64_t revision = 0; revision < count; ++revision) {
    Leaf leaf;
    leaf.revision = revision;
    leaf.position = leaf.append_first_position = 10 * (revision + 1);
    leaf.stream = "cart-1";
    leaf.type = "t";
    leaves.push_back(leaf);
  }
  return leaves;
}

// Each naming the one before.
void Link(std::vector<Leaf>* leaves) {
  for (size_t i = 1; i < leaves->size(); ++i) {
    std::string bytes;
    EncodeLeaf((*leaves)[i - 1], &bytes);
    (*leaves)[i].previous_in_stream = LeafHash(bytes);
  }
}

std::string ChainOf(const std::vector<Leaf>& leaves) {
  std::string chain;
  BeginLeafChain(&chain);
  for (const Leaf& leaf : leaves) {
    std::string bytes;
    EncodeLeaf(leaf, &bytes);
    AppendToLeafChain(bytes, &chain);
  }
  return chain;
}

void ExpectRefused(const std::string& chain, const std::string& why) {
  EXPECT_THAT(ParseLeafChain(chain),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
}

TEST(LeafChainTest, ReadsBack) {
  std::vector<Leaf> leaves = Leaves(3);
  Link(&leaves);
  const std::string chain = ChainOf(leaves);

  EXPECT_TRUE(IsLeafChain(chain));
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string_view> read,
                       ParseLeafChain(chain));
  ASSERT_EQ(read.size(), 3u);
  EXPECT_THAT(ParseLeaf(read[2]), testing::IsOkAndHolds(leaves[2]));
}

TEST(LeafChainTest, OfNothingIsNone) {
  ExpectRefused(ChainOf({}), "no leaves");
  ExpectRefused("", "does not begin");
  EXPECT_FALSE(IsLeafChain("daybook leaf v1\n"));
}

TEST(LeafChainTest, BeginsWithTheFirstEvent) {
  std::vector<Leaf> leaves = Leaves(3);
  Link(&leaves);
  leaves.erase(leaves.begin());

  ExpectRefused(ChainOf(leaves), "revision 1 where 0 belongs");
}

TEST(LeafChainTest, LeavesNothingOut) {
  std::vector<Leaf> leaves = Leaves(3);
  Link(&leaves);
  leaves.erase(leaves.begin() + 1);

  ExpectRefused(ChainOf(leaves), "revision 2 where 1 belongs");
}

TEST(LeafChainTest, IsOfOneStream) {
  std::vector<Leaf> leaves = Leaves(2);
  leaves[1].stream = "cart-2";
  Link(&leaves);

  ExpectRefused(ChainOf(leaves), "of the stream");
}

TEST(LeafChainTest, GoesForward) {
  std::vector<Leaf> leaves = Leaves(2);
  leaves[1].position = leaves[1].append_first_position = 10;
  Link(&leaves);

  ExpectRefused(ChainOf(leaves), "not behind");
}

TEST(LeafChainTest, NamesEachLeafBefore) {
  std::vector<Leaf> leaves = Leaves(2);
  leaves[1].previous_in_stream = LeafHash("another");

  ExpectRefused(ChainOf(leaves), "another leaf");
}

TEST(LeafChainTest, AnyCutIsRefused) {
  std::vector<Leaf> leaves = Leaves(2);
  Link(&leaves);
  const std::string chain = ChainOf(leaves);
  const size_t one = ChainOf({leaves[0]}).size();

  for (size_t size = 0; size < chain.size(); ++size) {
    if (size == one) continue;  // That is the chain of the first.
    EXPECT_THAT(ParseLeafChain(std::string_view(chain).substr(0, size)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
}

TEST(AppendEntryTest, HasItsSizeInTwoBytesBeforeIt) {
  std::string bytes;
  AppendEntry("abc", &bytes);
  AppendEntry(std::string(258, 'x'), &bytes);

  EXPECT_EQ(bytes, std::string("\0\3abc\1\2", 7) + std::string(258, 'x'));
}

}  // namespace
}  // namespace daybook::audit
