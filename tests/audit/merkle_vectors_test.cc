// The known answers of github.com/transparency-dev/merkle for RFC 6962 trees
// and their subtrees: 518 proofs, of which few hold.

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_proof.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/shell.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/testing/test_data.h"

namespace daybook::audit {
namespace {

namespace fs = std::filesystem;

using testing::IsOk;

// One of the files.
class Vector {
 public:
  explicit Vector(nlohmann::json json) : json_(std::move(json)) {}

  bool want_error() const { return json_["wantErr"]; }
  uint64_t Number(std::string_view name) const {
    return json_[std::string(name)];
  }
  Hash HashOf(std::string_view name) {
    return ToHash(json_[std::string(name)]);
  }
  std::vector<Hash> Proof() {
    std::vector<Hash> proof;
    if (json_["proof"].is_null()) return proof;
    for (const auto& text : json_["proof"]) proof.push_back(ToHash(text));
    return proof;
  }

  // Whether there was one among them that is no hash of 32 bytes, which nothing
  // here can be called with. A proof that must hold may have such roots, which
  // are then only compared: filled up with zeros they are as equal as before.
  bool had_no_hash() const { return had_no_hash_; }

 private:
  Hash ToHash(const std::string& base64) {
    std::string bytes;
    EXPECT_TRUE(absl::Base64Unescape(base64, &bytes)) << base64;
    if (!Hash::FromBytes(bytes).has_value()) had_no_hash_ = true;
    bytes.resize(Hash::kSize);
    return *Hash::FromBytes(bytes);
  }

  const nlohmann::json json_;
  bool had_no_hash_ = false;
};

class MerkleVectorsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    DAYBOOK_TEST_DATA_OR_SKIP(data, "merkle-vectors");
    const std::string archive =
        (data / "transparency-dev-merkle-testdata.tar.gz").string();
    ASSERT_EQ(testing::RunInShell("tar -xzf '" + archive + "' -C '" +
                                  folder_.File("") + "'")
                  .status,
              0);
  }

  // Calls `verify` with each vector of a kind; returns how many there are.
  template <typename Verify>
  int CheckAll(std::string_view kind, Verify verify) {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(
             fs::path(folder_.File("testdata")) / kind)) {
      if (entry.path().extension() != ".json") continue;
      ++count;
      std::ifstream in(entry.path());
      Vector vector(nlohmann::json::parse(in));
      const absl::Status verified = verify(vector);
      if (vector.want_error()) {
        EXPECT_TRUE(vector.had_no_hash() || !verified.ok()) << entry.path();
      } else {
        EXPECT_THAT(verified, IsOk()) << entry.path();
      }
    }
    return count;
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(MerkleVectorsTest, InclusionIsAsTheySay) {
  EXPECT_EQ(CheckAll("inclusion",
                     [](Vector& vector) {
                       return VerifyInclusion(
                           vector.Number("leafIdx"), vector.Number("treeSize"),
                           vector.HashOf("leafHash"), vector.Proof(),
                           vector.HashOf("root"));
                     }),
            98);
}

TEST_F(MerkleVectorsTest, ConsistencyIsAsTheySay) {
  EXPECT_EQ(CheckAll("consistency",
                     [](Vector& vector) {
                       return VerifyConsistency(
                           vector.Number("size1"), vector.HashOf("root1"),
                           vector.Number("size2"), vector.HashOf("root2"),
                           vector.Proof());
                     }),
            98);
}

TEST_F(MerkleVectorsTest, SubtreeInclusionIsAsTheySay) {
  EXPECT_EQ(CheckAll("subtreeinclusion",
                     [](Vector& vector) {
                       return VerifySubtreeInclusion(
                           vector.Number("leafIdx"), vector.Number("start"),
                           vector.Number("end"), vector.HashOf("leafHash"),
                           vector.Proof(), vector.HashOf("root"));
                     }),
            204);
}

TEST_F(MerkleVectorsTest, SubtreeConsistencyIsAsTheySay) {
  EXPECT_EQ(CheckAll("subtreeconsistency",
                     [](Vector& vector) {
                       return VerifySubtreeConsistency(
                           vector.Number("start"), vector.Number("end"),
                           vector.Number("size"), vector.HashOf("root1"),
                           vector.HashOf("root2"), vector.Proof());
                     }),
            118);
}

}  // namespace
}  // namespace daybook::audit
