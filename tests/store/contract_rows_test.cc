// Rows: batches, ranges, snapshots, loading, limits.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Row = std::pair<std::string, std::string>;
using Rows = std::vector<Row>;

Rows Scan(const RowReader& reader, const RowRange& range = {},
          Direction direction = Direction::kForward) {
  Rows rows;
  const std::unique_ptr<RowCursor> cursor = reader.Scan(range, direction);
  while (cursor->Next()) rows.emplace_back(cursor->key(), cursor->value());
  EXPECT_OK(cursor->status());
  return rows;
}

RowBatch Puts(const Rows& rows) {
  RowBatch batch;
  for (const auto& [key, value] : rows) batch.Put(key, value);
  return batch;
}

class RowsTest : public EventStoreContractTest {
 protected:
  std::unique_ptr<RowReader> Read() { return Value(reader().ReadRows()); }
  Rows All() { return Scan(*Read()); }
  void Write(const Rows& rows) { EXPECT_OK(store().WriteRows(Puts(rows))); }
  std::unique_ptr<RowLoader> Load() { return Value(store().LoadRows()); }
};

DAYBOOK_FOR_EVERY_ENGINE(RowsTest);

TEST_P(RowsTest, ANewStoreHasNone) {
  EXPECT_THAT(All(), IsEmpty());
  EXPECT_THAT(Read()->Get("a"), IsOkAndHolds(std::nullopt));
}

TEST_P(RowsTest, ABatchIsDoneInItsOrder) {
  Write({{"a", "old"}, {"b", "old"}, {"c", "old"}});
  RowBatch batch;
  batch.Put("a", "1");
  batch.Put("a", "2");
  batch.Delete("b");
  batch.DeleteRange({"c", "d"});
  batch.Put("c", "3");
  batch.Put("d", "4");
  batch.Delete("d");

  ASSERT_OK(store().WriteRows(batch));

  EXPECT_THAT(All(), ElementsAre(Row("a", "2"), Row("c", "3")));
}

TEST_P(RowsTest, AnEmptyBatchChangesNothing) {
  EXPECT_OK(store().WriteRows(RowBatch()));

  EXPECT_THAT(All(), IsEmpty());
}

TEST_P(RowsTest, ValuesMayBeEmptyAndHoldAnyBytes) {
  const std::string bytes("\x80\0\xff", 3);
  Write({{bytes, bytes}, {"e", ""}});

  EXPECT_THAT(All(), ElementsAre(Row("e", ""), Row(bytes, bytes)));
  EXPECT_THAT(Read()->Get("e"), IsOkAndHolds(std::optional<std::string>("")));
}

TEST_P(RowsTest, RangesHoldTheirBeginAndNotTheirEndInBothDirections) {
  Write({{"a", "1"}, {"b", "2"}, {"ba", "3"}, {"c", "4"}});
  const std::unique_ptr<RowReader> rows = Read();
  const Row a("a", "1"), b("b", "2"), ba("ba", "3"), c("c", "4");
  const auto backward = Direction::kBackward;

  EXPECT_THAT(Scan(*rows, {"b", "c"}), ElementsAre(b, ba));
  EXPECT_THAT(Scan(*rows, {"b", "c"}, backward), ElementsAre(ba, b));
  EXPECT_THAT(Scan(*rows, {"b", ""}), ElementsAre(b, ba, c));
  EXPECT_THAT(Scan(*rows, {"", "b"}), ElementsAre(a));
  EXPECT_THAT(Scan(*rows, {"", ""}, backward), ElementsAre(c, ba, b, a));
  EXPECT_THAT(Scan(*rows, RowRange::OfPrefix("b")), ElementsAre(b, ba));
  EXPECT_THAT(Scan(*rows, {"b", "b"}), IsEmpty());
  EXPECT_THAT(Scan(*rows, {"c", "a"}), IsEmpty());
  EXPECT_THAT(Scan(*rows, {"d", ""}, backward), IsEmpty());
}

TEST_P(RowsTest, APrefixOfHighestBytesIsARangeToo) {
  Write({{"\xfe", "1"}, {"\xff", "2"}, {"\xff\xff", "3"}});

  EXPECT_THAT(Scan(*Read(), RowRange::OfPrefix("\xff")),
              ElementsAre(Row("\xff", "2"), Row("\xff\xff", "3")));
}

TEST_P(RowsTest, DeletingARangeLeavesItsEndAndWhatComesLater) {
  Write({{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}});
  RowBatch batch;
  batch.DeleteRange({"b", "d"});
  batch.DeleteRange({"d", "a"});

  ASSERT_OK(store().WriteRows(batch));
  Write({{"bb", "5"}});

  EXPECT_THAT(All(), ElementsAre(Row("a", "1"), Row("bb", "5"), Row("d", "4")));
}

TEST_P(RowsTest, ARangeWithoutAnEndIsDeletedWhole) {
  Write({{"\x01", "1"}, {std::string(kRowKeyBytesMax, '\xff'), "2"}});
  RowBatch batch;
  batch.DeleteRange({});

  ASSERT_OK(store().WriteRows(batch));

  EXPECT_THAT(All(), IsEmpty());
}

TEST_P(RowsTest, AReaderSeesTheRowsAsTheyWereWhenItWasMade) {
  Write({{"a", "1"}, {"b", "1"}});
  const std::unique_ptr<RowReader> before = Value(store().ReadRows());
  const std::unique_ptr<RowCursor> cursor =
      before->Scan({}, Direction::kForward);
  ASSERT_TRUE(cursor->Next());
  RowBatch batch;
  batch.Put("a", "2");
  batch.DeleteRange({"b", ""});
  batch.Put("c", "2");

  ASSERT_OK(store().WriteRows(batch));

  EXPECT_THAT(Scan(*before), ElementsAre(Row("a", "1"), Row("b", "1")));
  EXPECT_THAT(before->Get("b"), IsOkAndHolds(std::optional<std::string>("1")));
  ASSERT_TRUE(cursor->Next());
  EXPECT_EQ(cursor->key(), "b");
  EXPECT_FALSE(cursor->Next());
}

TEST_P(RowsTest, LoadedRowsAppearTogetherOverOlderOnes) {
  Write({{"a", "old"}, {"b", "old"}, {"z", "old"}});
  {
    const std::unique_ptr<RowReader> before = Value(store().ReadRows());
    const std::unique_ptr<RowLoader> loader = Load();
    ASSERT_OK(loader->Add("b", "new"));
    ASSERT_OK(loader->Add("c", "new"));
    EXPECT_THAT(before->Get("c"), IsOkAndHolds(std::nullopt));

    ASSERT_OK(loader->Finish());

    EXPECT_THAT(before->Get("b"),
                IsOkAndHolds(std::optional<std::string>("old")));
  }
  Write({{"c", "newer"}});
  EXPECT_THAT(All(), ElementsAre(Row("a", "old"), Row("b", "new"),
                                 Row("c", "newer"), Row("z", "old")));
}

TEST_P(RowsTest, ManyLoadsAndBatchesInTurnKeepTheLastOfEachKey) {
  Rows expected;
  for (int key = 0; key < 50; ++key) {
    expected.emplace_back(absl::StrCat("k", 100 + key), "");
  }
  for (int round = 0; round < 12; ++round) {
    const std::unique_ptr<RowLoader> loader = Load();
    RowBatch batch;
    for (int key = 0; key < 50; ++key) {
      std::string& value = expected[key].second;
      value = absl::StrCat(round, "/", key);
      if ((key + round) % 3 == 0) {
        ASSERT_OK(loader->Add(expected[key].first, value));
      } else {
        batch.Put(expected[key].first, value);
      }
    }
    ASSERT_OK(store().WriteRows(batch));
    ASSERT_OK(loader->Finish());
  }

  EXPECT_EQ(All(), expected);
}

TEST_P(RowsTest, AnUnfinishedLoadAddsNothing) {
  ASSERT_OK(Load()->Add("a", "1"));

  EXPECT_THAT(All(), IsEmpty());
}

TEST_P(RowsTest, LoadingNothingIsFine) {
  EXPECT_OK(Load()->Finish());

  EXPECT_THAT(All(), IsEmpty());
}

TEST_P(RowsTest, LoadingOutOfOrderIsRefused) {
  std::unique_ptr<RowLoader> loader = Load();
  ASSERT_OK(loader->Add("b", "1"));

  EXPECT_THAT(loader->Add("b", "2"), StatusIs(kInvalidArgument));
  EXPECT_THAT(loader->Finish(), StatusIs(kInvalidArgument));
  loader.reset();
  EXPECT_THAT(All(), IsEmpty());
}

TEST_P(RowsTest, KeysAndValuesAtTheLimitAreKept) {
  const Row largest(std::string(kRowKeyBytesMax, 'k'),
                    std::string(kRowValueBytesMax, 'v'));
  Write({largest});

  EXPECT_TRUE(All() == Rows{largest});
}

TEST_P(RowsTest, WhatExceedsALimitIsRefusedAndNamed) {
  const auto refused = [&](const RowBatch& batch, std::string_view what) {
    EXPECT_THAT(store().WriteRows(batch),
                StatusIs(kInvalidArgument, HasSubstr(std::string(what))));
  };
  refused(Puts({{"", "1"}}), "change 0: row key is empty");
  refused(Puts({{std::string("\0a", 2), "1"}}), "begins with a byte 0");
  refused(Puts({{"a", "1"}, {std::string(kRowKeyBytesMax + 1, 'k'), ""}}),
          "change 1: row key is 4097 bytes, the limit is 4096");
  refused(Puts({{"a", std::string(kRowValueBytesMax + 1, 'v')}}),
          "row value is 16777217 bytes, the limit is 16777216");
  RowBatch range;
  range.DeleteRange({"a", std::string(kRowKeyBytesMax + 1, 'k')});
  refused(range, "the limit is 4096");
  RowBatch large;
  for (int i = 0; i < 5; ++i) {
    large.Put(absl::StrCat("k", i), std::string(kRowValueBytesMax, 'v'));
  }
  refused(large, "the limit is 67108864");

  EXPECT_THAT(Load()->Add("", "1"), StatusIs(kInvalidArgument));
  EXPECT_THAT(All(), IsEmpty());
}

TEST_P(RowsTest, RowsAndEventsKnowNothingOfEachOther) {
  Append("s", {"e"});
  Write({{"a", "1"}});
  Append("s", {"f"});

  EXPECT_THAT(Types(ReadLog()), ElementsAre("e", "f"));
  EXPECT_THAT(All(), ElementsAre(Row("a", "1")));
}

TEST_P(RowsTest, AClosedStoreRefusesThem) {
  ASSERT_OK(store().Close(absl::Minutes(1)));

  EXPECT_THAT(store().ReadRows(), StatusIs(kUnavailable));
  EXPECT_THAT(store().WriteRows(Puts({{"a", "1"}})), StatusIs(kUnavailable));
  EXPECT_THAT(store().LoadRows(), StatusIs(kUnavailable));
}

TEST_P(RowsTest, CloseWaitsForReaders) {
  std::unique_ptr<RowReader> rows = Value(store().ReadRows());

  EXPECT_THAT(store().Close(absl::Milliseconds(1)),
              StatusIs(kDeadlineExceeded));
  rows.reset();
}

}  // namespace
}  // namespace daybook
