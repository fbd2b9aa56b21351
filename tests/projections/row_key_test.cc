// Row keys: messages as bytes that sort as their fields do.

#include "daybook/projections/row_key.h"

#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/keys.pb.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;
using tests::v1::AnyKey;

AnyKey RandomKey(std::mt19937& random) {
  // Few values, so that fields are often equal, and those that sort badly as
  // text among them.
  const auto number = [&] {
    constexpr int64_t kNumbers[] = {INT64_MIN, -256, -1, 0, 1, 255, INT64_MAX};
    return kNumbers[random() % std::size(kNumbers)];
  };
  const auto text = [&] {
    std::string drawn;
    for (uint32_t i = random() % 4; i > 0; --i) {
      constexpr char kCharacters[] = {'\0', '\1', 'a', '\xff'};
      drawn.push_back(kCharacters[random() % 4]);
    }
    return drawn;
  };
  AnyKey key;
  key.set_text(text());
  key.set_small(static_cast<int32_t>(number()));
  key.set_large(number());
  key.set_unsigned_small(static_cast<uint32_t>(number()));
  key.set_unsigned_large(static_cast<uint64_t>(number()));
  key.set_flag(random() % 2 == 0);
  key.set_kind(random() % 2 == 0 ? AnyKey::KIND_NEGATIVE : AnyKey::KIND_NONE);
  key.set_bytes(text());
  return key;
}

auto Fields(const AnyKey& key) {
  return std::make_tuple(key.text(), key.small(), key.large(),
                         key.unsigned_small(), key.unsigned_large(), key.flag(),
                         static_cast<int>(key.kind()), key.bytes());
}

std::string Encode(const AnyKey& key) {
  std::string bytes;
  EncodeRowKey(key, &bytes);
  return bytes;
}

TEST(RowKeyTest, BytesSortAsFieldsDo) {
  const uint32_t seed = std::random_device()();
  std::mt19937 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const AnyKey a = RandomKey(random);
    const AnyKey b = RandomKey(random);

    ASSERT_EQ(Encode(a) < Encode(b), Fields(a) < Fields(b))
        << a.ShortDebugString() << " and " << b.ShortDebugString() << ", seed "
        << seed;
  }
}

TEST(RowKeyTest, WhatWasEncodedIsDecodedAndTheRestIsLeft) {
  const uint32_t seed = std::random_device()();
  std::mt19937 random(seed);
  for (int i = 0; i < 2'000; ++i) {
    const AnyKey key = RandomKey(random);
    const std::string bytes = Encode(key) + "rest";
    std::string_view left = bytes;
    AnyKey decoded;

    ASSERT_TRUE(DecodeRowKey(&left, &decoded)) << "seed " << seed;

    ASSERT_EQ(Fields(decoded), Fields(key)) << "seed " << seed;
    ASSERT_EQ(left, "rest") << "seed " << seed;
  }
}

TEST(RowKeyTest, CutBytesDoNotDecode) {
  std::mt19937 random(1);
  const std::string bytes = Encode(RandomKey(random));
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string_view cut = std::string_view(bytes).substr(0, size);
    AnyKey decoded;

    EXPECT_FALSE(DecodeRowKey(&cut, &decoded)) << size;
  }
}

TEST(RowKeyTest, KeysThatAgreeInTheirFirstFieldsBeginAlike) {
  AnyKey a;
  a.set_text("tea");
  a.set_small(-5);
  a.set_large(1);
  AnyKey b = a;
  b.set_large(-1);
  std::string prefix;

  EncodeRowKeyPrefix(a, 2, &prefix);

  EXPECT_TRUE(Encode(a).starts_with(prefix));
  EXPECT_TRUE(Encode(b).starts_with(prefix));
  b.set_small(5);
  EXPECT_FALSE(Encode(b).starts_with(prefix));
}

TEST(RowKeyTest, AFieldThatDoesNotSortIsRefusedAndNamed) {
  EXPECT_OK(CheckRowKey(*AnyKey::descriptor()));
  EXPECT_THAT(CheckRowKey(*tests::v1::KeyWithDouble::descriptor()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("KeyWithDouble.price can't be in a row's "
                                 "key")));
  EXPECT_THAT(CheckRowKey(*tests::v1::KeyWithList::descriptor()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("KeyWithList.names")));
  EXPECT_THAT(CheckRowKey(*tests::v1::KeyWithOptional::descriptor()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("KeyWithOptional.name")));
  EXPECT_THAT(CheckRowKey(*tests::v1::KeyWithMessage::descriptor()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("KeyWithMessage.key")));
}

}  // namespace
}  // namespace daybook
