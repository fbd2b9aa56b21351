// The example of the README is run, and is the one that the page has.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/audit/commitment.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/audit/tlog_proof.h"
#include "daybook/audit/tree_head.h"
#include "gtest/gtest.h"
#include "tests/audit/memory_log.h"
#include "tests/testing/pages.h"
#include "tests/testing/status_matchers.h"

namespace daybook::audit {
namespace {

using testing::IsOk;

// The tiles of a log that has no complete ones yet.
class Tiles final : public TileSource {
 public:
  explicit Tiles(const TileEdge& edge) : edge_(edge) {}
  absl::Status ReadTile(const TileId& tile, std::span<Hash> hashes) override {
    if (edge_.Read(tile, hashes)) return absl::OkStatus();
    return absl::NotFoundError(TilePath(tile));
  }

 private:
  const TileEdge& edge_;
};

TEST(Readme, TheExampleProvesALeaf) {
  std::vector<NoteSigner> signers;
  signers.push_back(*NoteSigner::Generate("shop.example/log"));
  const std::vector<VerifierKey> keys = {signers[0].verifier_key()};
  TileEdge edge = MemoryLog(5).edge();
  Tiles tiles(edge);
  const auto keep_tile = [](const TileId&, std::span<const Hash>) {};
  const Salt salt = RandomSalt();
  const std::string_view payload = "tea";
  Leaf leaf;
  leaf.position = leaf.append_first_position = edge.size();

  // [README]
  leaf.payload_commitment = CommitPayload(salt, payload);  // by who appends
  std::string bytes;
  EncodeLeaf(leaf, &bytes);  // by who commits
  edge.Append(LeafHash(bytes), keep_tile);
  const TreeHead head = {"shop.example/log", edge.size(), edge.Root()};
  auto note = SignTreeHead(head, signers);

  const MerkleProver prover(edge.size(), tiles);  // later, for an auditor
  TlogProof proof = {.extra = bytes, .index = leaf.position};
  proof.hashes = *prover.ProveInclusion(leaf.position, edge.size());
  proof.signed_head = *note;

  auto proven =  // there, with nothing but the log's name and key
      VerifyTlogProof(proof, LeafHash(proof.extra), "shop.example/log", keys);
  // [/README]

  ASSERT_THAT(proven, IsOk());
  EXPECT_EQ(*proven, head);
}

TEST(Readme, TheExampleIsTheOneThatIsRun) {
  const std::string part =
      testing::ReadmePart(testing::SourceText("tests/audit/readme_test.cc"));

  ASSERT_FALSE(part.empty());
  EXPECT_NE(
      testing::SourceText("audit/README.md").find("```cpp\n" + part + "```"),
      std::string::npos)
      << "the page must have:\n"
      << part;
}

}  // namespace
}  // namespace daybook::audit
