// Snapshots never lie: whatever is wrong with one, it is counted and the events
// are read instead.

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replay/snapshot_record.h"
#include "store/protobuf.h"
#include "tests/replay/cart.h"
#include "tests/replay/snapshots_fixture.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::CountingCart;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::KeptLines;
using ::testing::SizeIs;
using Carts = Snapshots<CountingCart>;

constexpr int kLength = 25;
const SnapshotOptions kOptions{.event_count = 10};

class SnapshotDamageTest : public testing::SnapshotsFixture {
 protected:
  SnapshotDamageTest() {
    AddTea("cart-42", kLength);
    Carts carts(store(), "cart", kOptions);
    EXPECT_OK(carts.Fold("cart-42"));
    carts.Flush();
    const auto rows = store().ReadRows();
    EXPECT_OK(rows);
    const auto cursor = (*rows)->Scan(RowRange::OfPrefix(SnapshotPrefix()));
    EXPECT_TRUE(cursor->Next());
    key_ = cursor->key();
    value_ = cursor->value();
  }

  // Puts a row in place of all snapshots.
  void Plant(std::string_view key, std::string_view value) {
    RowBatch batch;
    batch.DeleteRange(RowRange::OfPrefix(SnapshotPrefix()));
    batch.Put(key, value);
    ASSERT_OK(store().WriteRows(batch));
  }
  v1::Snapshot Good() {
    const std::optional<v1::Snapshot> snapshot = DecodeSnapshot(key_, value_);
    EXPECT_TRUE(snapshot);
    return snapshot ? *snapshot : v1::Snapshot();
  }
  // Plants `snapshot` where its position says, with a checksum that is right.
  void Plant(const v1::Snapshot& snapshot) {
    const std::string key = SnapshotKey(SnapshotPrefix("cart", "cart-42"),
                                        Position(snapshot.position()));
    Plant(key, EncodeSnapshot(key, snapshot));
  }

  // What was planted is not used but counted, and a good one takes its place.
  template <Decider D = CountingCart>
  void ExpectIgnored(uint64_t SnapshotCounters::*reason) {
    Snapshots<D> carts(store(), "cart", kOptions);
    ExpectEqualToFold(carts, "cart-42");
    SnapshotCounters counters = carts.counters();
    EXPECT_EQ(counters.used, 0);
    EXPECT_EQ(std::exchange(counters.*reason, 0), 1);
    EXPECT_EQ(counters.other_fingerprint + counters.damaged +
                  counters.unparsable + counters.stream_changed,
              0);
    carts.Flush();
    EXPECT_EQ(carts.counters().written, 1);
    ExpectEqualToFold(carts, "cart-42");
    EXPECT_EQ(carts.counters().used, 1);
    EXPECT_THAT(List(), SizeIs(1));
  }

  std::string key_;
  std::string value_;
};
DAYBOOK_FOR_SNAPSHOT_ENGINES(SnapshotDamageTest);

TEST_P(SnapshotDamageTest, WhatIsNotDamagedIsUsed) {
  Plant(key_, value_);
  Plant(Good());

  Carts carts(store(), "cart", kOptions);

  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 0);
  EXPECT_EQ(carts.counters().used, 1);
}

TEST_P(SnapshotDamageTest, OneOfAnyOtherLengthIsNotUsed) {
  for (size_t length = 0; length < value_.size(); ++length) {
    SCOPED_TRACE(length);
    Plant(key_, value_.substr(0, length));
    ExpectIgnored(&SnapshotCounters::damaged);
  }
  Plant(key_, value_ + '\0');
  ExpectIgnored(&SnapshotCounters::damaged);
}

TEST_P(SnapshotDamageTest, OneWithAFlippedBitIsNotUsed) {
  // On disk some of them, all over the value.
  const size_t step = GetParam().persistent ? 13 : 1;
  for (size_t bit = 0; bit < 8 * value_.size(); bit += step) {
    SCOPED_TRACE(bit);
    std::string flipped = value_;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    Plant(key_, flipped);
    ExpectIgnored(&SnapshotCounters::damaged);
  }
}

TEST_P(SnapshotDamageTest, OneUnderTheKeyOfAnotherIsNotUsed) {
  Plant(SnapshotKey(SnapshotPrefix("cart", "cart-42"), Position(5)), value_);
  ExpectIgnored(&SnapshotCounters::damaged);
}

TEST_P(SnapshotDamageTest, OneThatDoesNotParseIsNotUsed) {
  v1::Snapshot snapshot = Good();
  snapshot.set_state("\xff\xff");
  Plant(snapshot);
  ExpectIgnored(&SnapshotCounters::unparsable);
}

TEST_P(SnapshotDamageTest, OneWithoutAnEventsIdIsNotUsed) {
  v1::Snapshot snapshot = Good();
  snapshot.set_event_id("short");
  Plant(snapshot);
  ExpectIgnored(&SnapshotCounters::damaged);
}

// Counts everything twice.
struct CartOfTomorrow {
  using State = CountingCart::State;
  using Events = CountingCart::Events;
  static constexpr int kRevision = 2;

  template <typename Event>
  static void Evolve(State& cart, const Event& event) {
    CountingCart::Evolve(cart, event);
    CountingCart::Evolve(cart, event);
  }
};

TEST_P(SnapshotDamageTest, OneOfAnOlderRevisionOfTheDeciderIsNotUsed) {
  ExpectIgnored<CartOfTomorrow>(&SnapshotCounters::other_fingerprint);
}

// Did not know yet that carts are opened.
struct CartWithFewerEvents {
  using State = CountingCart::State;
  using Events = EventSet<tests::v1::ItemAdded>;
  static constexpr int kRevision = 1;

  static void Evolve(State& cart, const tests::v1::ItemAdded& added) {
    CountingCart::Evolve(cart, added);
  }
};

TEST_P(SnapshotDamageTest,
       OneOfOtherEventsIsNotUsedThoughNobodyRaisedARevision) {
  ExpectIgnored<CartWithFewerEvents>(&SnapshotCounters::other_fingerprint);
}

// The same with another state.
struct SmallCart : testing::SmallCart {};

TEST_P(SnapshotDamageTest, OneOfAnotherStateIsNotUsed) {
  ExpectIgnored<SmallCart>(&SnapshotCounters::other_fingerprint);
}

TEST_P(SnapshotDamageTest, OneAboveTheHeadIsNotUsed) {
  v1::Snapshot snapshot = Good();
  snapshot.set_position(snapshot.position() + 1'000);
  snapshot.set_revision(snapshot.revision() + 1'000);
  Plant(snapshot);
  ExpectIgnored(&SnapshotCounters::stream_changed);
}

TEST_P(SnapshotDamageTest, OneWhoseEventIsAnotherIsNotUsed) {
  for (const int part : {0, 1, 2, 3}) {
    v1::Snapshot snapshot = Good();
    if (part == 0) snapshot.set_event_id(std::string(16, 'x'));
    if (part == 1) snapshot.set_position(snapshot.position() - 1);
    if (part == 2) snapshot.set_revision(snapshot.revision() - 1);
    if (part == 3) snapshot.set_first_revision(7);
    Plant(snapshot);
    ExpectIgnored(&SnapshotCounters::stream_changed);
  }
}

TEST_P(SnapshotDamageTest, OlderOneIsUsedInPlaceOfADamagedOne) {
  AddTea("cart-42", 15);
  {
    Carts carts(store(), "cart", kOptions);
    ASSERT_OK(carts.Fold("cart-42"));
  }
  ASSERT_THAT(List(), SizeIs(2));
  RowBatch batch;
  batch.Put(SnapshotKey(SnapshotPrefix("cart", "cart-42"), List()[1].position),
            "damaged");
  ASSERT_OK(store().WriteRows(batch));

  Carts carts(store(), "cart", kOptions);
  EXPECT_EQ(ExpectEqualToFold(carts, "cart-42"), 15);
  EXPECT_EQ(carts.counters().used, 1);
  EXPECT_EQ(carts.counters().damaged, 1);
}

TEST_P(SnapshotDamageTest, EachKindIsSaid) {
  KeptLines lines;
  SnapshotOptions options = kOptions;
  options.logger = &lines;
  Carts carts(store(), "cart", options);
  Plant(key_, "damaged");

  ASSERT_OK(carts.Fold("cart-42"));

  EXPECT_THAT(lines.lines(),
              ElementsAre("snapshots of \"cart\" for \"cart-42\": not used, it "
                          "is damaged (1 so far)"));
}

TEST_P(SnapshotDamageTest, QueryOfTheSameHashIsNotTaken) {
  const Query tea{.items = {{.tags = {"sku:tea"}}}};
  const Query milk{.items = {{.tags = {"sku:milk"}}}};
  Carts carts(store(), "cart", kOptions);
  const std::string key =
      SnapshotKey(SnapshotPrefix("cart", ToProto(milk)), Position(7));
  v1::Snapshot snapshot = Good();
  *snapshot.mutable_query() = ToProto(tea);
  Plant(key, EncodeSnapshot(key, snapshot));

  EXPECT_EQ(ExpectEqualToFold(carts, milk), 0);
  EXPECT_EQ(carts.counters().damaged, 1);
}

}  // namespace
}  // namespace daybook
