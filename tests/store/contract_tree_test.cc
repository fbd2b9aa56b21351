// The audit tree: what of it every engine shows, and that proofs from it hold.

#include <vector>

#include "daybook/audit/leaf.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/tree_head.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using audit::Hash;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TreeContractTest : public EventStoreContractTest {
 protected:
  void SetUp() override { options_.tree_heads = TreeHeadOptions::OnDemand(); }

  std::unique_ptr<TreeReader> ReadTree() { return Value(reader().ReadTree()); }
  // Copies of leaves, in the order they are shown in.
  static std::vector<std::string> LeavesOf(TreeReader& tree) {
    std::vector<std::string> leaves;
    EXPECT_OK(tree.VisitLeaves(
        Position(0), Position(tree.state().size), [&](const StoredLeaf& leaf) {
          EXPECT_EQ(leaf.position.value(), leaves.size());
          leaves.emplace_back(leaf.bytes);
          return true;
        }));
    return leaves;
  }
  static std::vector<std::string> StreamLeavesOf(TreeReader& tree,
                                                 std::string_view stream) {
    std::vector<std::string> leaves;
    EXPECT_OK(tree.VisitStream(stream, [&](const StoredLeaf& leaf) {
      leaves.emplace_back(leaf.bytes);
      return true;
    }));
    return leaves;
  }
};
DAYBOOK_FOR_EVERY_ENGINE(TreeContractTest);

TEST_P(TreeContractTest, OfAnEmptyStoreIsEmpty) {
  EXPECT_THAT(store().Tree(), IsOkAndHolds(TreeState()));
  EXPECT_THAT(LeavesOf(*ReadTree()), IsEmpty());
}

TEST_P(TreeContractTest, LeavesSayWhatEventsAre) {
  AppendRequest request = MakeRequest({{"a", "1"}, {"b", "2"}, {"a", "3"}});
  request.key = "k";
  Append(request);

  const std::vector<std::string> leaves = LeavesOf(*ReadTree());
  const std::vector<Event> events = ReadLog();
  ASSERT_THAT(leaves, SizeIs(events.size()));
  for (size_t i = 0; i < leaves.size(); ++i) {
    const audit::Leaf leaf = Value(audit::ParseLeaf(leaves[i]));
    EXPECT_EQ(leaf.position, i);
    EXPECT_EQ(leaf.revision, events[i].revision.value());
    EXPECT_EQ(leaf.stream, events[i].stream);
    EXPECT_EQ(leaf.type, events[i].type);
    EXPECT_EQ(leaf.event_id, events[i].id.bytes());
    EXPECT_EQ(leaf.append_first_position, 0u);
    EXPECT_EQ(leaf.append_count, 3u);
  }
}

TEST_P(TreeContractTest, SaltsOpenTheCommitmentOfAPayload) {
  Append("a", {"1"});

  const std::unique_ptr<TreeReader> tree = ReadTree();
  ASSERT_OK(
      tree->VisitLeaves(Position(0), Position(1), [](const StoredLeaf& stored) {
        EXPECT_EQ(audit::CommitPayload(stored.payload_salt, "payload of 1"),
                  Value(audit::ParseLeaf(stored.bytes)).payload_commitment);
        return true;
      }));
}

TEST_P(TreeContractTest, ProvesEveryEventUnderEveryLaterHead) {
  AppendCounted("a", 20);
  AppendCounted("b", 20);

  const std::unique_ptr<TreeReader> tree = ReadTree();
  const std::vector<std::string> leaves = LeavesOf(*tree);
  const audit::MerkleProver prover(tree->state().size, tree->tiles());
  for (uint64_t size = 1; size <= leaves.size(); ++size) {
    const Hash root = Value(prover.Root(size));
    for (uint64_t at = 0; at < size; ++at) {
      EXPECT_OK(audit::VerifyInclusion(at, size, audit::LeafHash(leaves[at]),
                                       Value(prover.ProveInclusion(at, size)),
                                       root));
    }
  }
}

TEST_P(TreeContractTest, AReaderShowsTheTreeOfItsMoment) {
  Append("a", {"1"});
  const TreeState before = Value(store().Tree());
  const std::unique_ptr<TreeReader> tree = ReadTree();
  Append("a", {"2"});

  EXPECT_EQ(tree->state(), before);
  EXPECT_THAT(LeavesOf(*tree), SizeIs(1));
}

TEST_P(TreeContractTest, LeavesOfAStreamNameOneAnother) {
  Append("a", {"1"});
  Append("b", {"2"});
  Append("a", {"3", "4"});

  const std::vector<std::string> leaves = StreamLeavesOf(*ReadTree(), "a");
  ASSERT_THAT(leaves, SizeIs(3));
  EXPECT_EQ(Value(audit::ParseLeaf(leaves[0])).previous_in_stream, Hash());
  EXPECT_EQ(Value(audit::ParseLeaf(leaves[1])).previous_in_stream,
            audit::LeafHash(leaves[0]));
  EXPECT_EQ(Value(audit::ParseLeaf(leaves[2])).previous_in_stream,
            audit::LeafHash(leaves[1]));
}

TEST_P(TreeContractTest, LeavesOfAStreamAreShownAfterItIsDeleted) {
  Append("a", {"1", "2"});
  ASSERT_OK(store().DeleteStream("a"));

  EXPECT_THAT(StreamLeavesOf(*ReadTree(), "a"), SizeIs(2));
  EXPECT_THAT(StreamLeavesOf(*ReadTree(), "none"), IsEmpty());
}

TEST_P(TreeContractTest, AVisitEndsWhereItsVisitorSays) {
  AppendCounted("a", 5);

  int seen = 0;
  ASSERT_OK(ReadTree()->VisitLeaves(
      Position(0), Position(5), [&](const StoredLeaf&) { return ++seen < 3; }));
  EXPECT_EQ(seen, 3);
}

TEST_P(TreeContractTest, LeavesAreReadFromTheMiddle) {
  Append("a", {"1"});
  Append("b", {"2"});
  Append("a", {"3"});
  const std::vector<std::string> all = LeavesOf(*ReadTree());

  std::vector<std::string> middle;
  ASSERT_OK(ReadTree()->VisitLeaves(Position(2), Position(3),
                                    [&](const StoredLeaf& leaf) {
                                      middle.emplace_back(leaf.bytes);
                                      return true;
                                    }));
  EXPECT_THAT(middle, ElementsAre(all[2]));
}

TEST_P(TreeContractTest, CheckGivesTheTreeItEndedAt) {
  AppendCounted("a", 10);
  const TreeState ten = Value(store().Tree());
  AppendCounted("b", 10);

  EXPECT_THAT(reader().CheckTree(Position(0), Position(10)), IsOkAndHolds(ten));
  EXPECT_THAT(reader().CheckTree(Position(3), Position(10)), IsOkAndHolds(ten));
  EXPECT_THAT(reader().CheckTree(Position(10), Position(10)),
              IsOkAndHolds(ten));
  EXPECT_THAT(reader().CheckTree(Position(0), Position(21)),
              StatusIs(kInvalidArgument));
  EXPECT_THAT(reader().CheckTree(Position(2), Position(1)),
              StatusIs(kInvalidArgument));
}

TEST_P(TreeContractTest, AHeadIsOfTheTreeAndIsKept) {
  Append("a", {"1"});

  const KeptTreeHead head = Value(store().MakeTreeHead());

  const TreeState tree = Value(store().Tree());
  EXPECT_EQ(head.head.size, tree.size);
  EXPECT_EQ(head.head.root, tree.root);
  EXPECT_FALSE(head.is_signed);
  EXPECT_THAT(audit::ParseTreeHead(head.text), IsOkAndHolds(head.head));
  const std::vector<KeptTreeHead> kept = Value(store().TreeHeads());
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].text, head.text);
}

TEST_P(TreeContractTest, OneHeadIsMadeWhereNothingWasAppended) {
  Append("a", {"1"});
  const std::string first = Value(store().MakeTreeHead()).text;

  EXPECT_EQ(Value(store().MakeTreeHead()).text, first);
  EXPECT_THAT(store().TreeHeads(), IsOkAndHolds(SizeIs(1)));
}

TEST_P(TreeContractTest, NothingOfItWorksOnceClosed) {
  ASSERT_OK(store().Close(absl::Minutes(1)));

  EXPECT_THAT(store().Tree(), StatusIs(kUnavailable));
  EXPECT_THAT(store().ReadTree(), StatusIs(kUnavailable));
  EXPECT_THAT(store().CheckTree(Position(0), Position(0)),
              StatusIs(kUnavailable));
  EXPECT_THAT(store().MakeTreeHead(), StatusIs(kUnavailable));
  EXPECT_THAT(store().TreeHeads(), StatusIs(kUnavailable));
}

}  // namespace
}  // namespace daybook
