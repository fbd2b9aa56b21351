#include "daybook/audit/hash.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace daybook::audit {
namespace {

// FIPS 180-4's examples.
TEST(HashTest, Sha256IsTheStandards) {
  EXPECT_EQ(Sha256({"abc"}).ToHex(),
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256({"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"})
                .ToHex(),
            "248d6a61d20638b8e5c026930c3e6039"
            "a33ce45964ff2167f6ecedd419db06c1");
}

TEST(HashTest, PartsAreHashedAsOneText) {
  EXPECT_EQ(Sha256({"a", "", "bc"}), Sha256({"abc"}));
  EXPECT_EQ(Sha256({}), Sha256({""}));
}

TEST(HashTest, LeavesNodesAndNothingAreHashedAsRfc6962Says) {
  EXPECT_EQ(LeafHash("x"), Sha256({std::string_view("\0x", 2)}));
  const Hash left = LeafHash("left");
  const Hash right = LeafHash("right");
  EXPECT_EQ(NodeHash(left, right), Sha256({"\x01", left.view(), right.view()}));
  EXPECT_EQ(EmptyRoot(), Sha256({""}));
}

TEST(HashTest, ANodeIsNoLeafOfItsHalves) {
  const Hash left = LeafHash("left");
  const Hash right = LeafHash("right");
  const std::string both = std::string(left.view()) + std::string(right.view());
  EXPECT_NE(NodeHash(left, right), LeafHash(both));
  EXPECT_NE(NodeHash(left, right), NodeHash(right, left));
}

TEST(HashTest, TextAndBytesReadBack) {
  const Hash hash = Sha256({"abc"});
  EXPECT_EQ(Hash::FromBytes(hash.view()), hash);
  EXPECT_EQ(Hash::FromBase64(hash.ToBase64()), hash);
  EXPECT_EQ(hash.ToBase64(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST(HashTest, OnlyThirtyTwoBytesAreOne) {
  EXPECT_FALSE(Hash::FromBytes("").has_value());
  EXPECT_FALSE(Hash::FromBytes(std::string(31, 'x')).has_value());
  EXPECT_FALSE(Hash::FromBytes(std::string(33, 'x')).has_value());
}

TEST(HashTest, Base64IsReadInItsOneFormOnly) {
  const std::string text = Hash().ToBase64();
  ASSERT_EQ(text, std::string(43, 'A') + "=");
  ASSERT_TRUE(Hash::FromBase64(text).has_value());

  EXPECT_FALSE(Hash::FromBase64(std::string(43, 'A')).has_value());
  EXPECT_FALSE(Hash::FromBase64(text + "\n").has_value());
  EXPECT_FALSE(Hash::FromBase64(" " + text).has_value());
  EXPECT_FALSE(Hash::FromBase64(text + "=").has_value());
  // Two bits at its end are of no byte.
  EXPECT_FALSE(Hash::FromBase64(std::string(42, 'A') + "B=").has_value());
  // The alphabet for URLs, and the padding Abseil takes beside it.
  EXPECT_FALSE(Hash::FromBase64(std::string(42, '_') + "8=").has_value());
  EXPECT_FALSE(Hash::FromBase64(std::string(43, 'A') + ".").has_value());
}

TEST(HashTest, ManyThreadsHashAtOnce) {
  const Hash expected = Sha256({"abc"});
  std::vector<std::thread> threads;
  std::vector<int> wrong(8);
  threads.reserve(wrong.size());
  for (int& count : wrong) {
    threads.emplace_back([&count, &expected] {
      for (int i = 0; i < 1000; ++i) count += Sha256({"a", "bc"}) != expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(8));
}

// A store that closes as the program ends hashes then.
TEST(HashTest, AStaticObjectsDestructorMayHash) {
  EXPECT_EXIT(
      {
        struct HashesLate {
          ~HashesLate() {
            const bool same = Sha256({"abc"}).ToHex().starts_with("ba7816bf");
            std::_Exit(same ? 7 : 8);
          }
        };
        static const HashesLate late;
        Sha256({"abc"});
        std::exit(0);
      },
      ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace daybook::audit
