// Listing and dropping snapshots, without their deciders.

#include "daybook/replay/snapshot_list.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replay/snapshot_record.h"
#include "tests/replay/cart.h"
#include "tests/replay/snapshots_fixture.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::CountingCart;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SnapshotListTest : public testing::SnapshotsFixture {
 protected:
  SnapshotListTest() {
    AddTea("cart-1", 5);
    AddTea("cart-2", 6);
    for (const char* name : {"a", "b"}) {
      Snapshots<CountingCart> carts(store(), name, {.event_count = 1});
      EXPECT_OK(carts.Fold("cart-1"));
      EXPECT_OK(carts.Fold("cart-2"));
      EXPECT_OK(carts.Fold(tea_));
    }
  }

  // "decider stream" of each.
  std::vector<std::string> Names(const SnapshotFilter& filter = {}) {
    std::vector<std::string> names;
    for (const SnapshotInfo& info : List(filter)) {
      names.push_back(info.decider + " " +
                      (info.stream.empty() ? "query" : info.stream));
    }
    return names;
  }

  const Query tea_{.items = {{.types = {"t", "cart.item-added"},
                              .tags = {"sku:tea"},
                              .category = ""},
                             {.correlation_id = "c-9"}}};
};
DAYBOOK_FOR_SNAPSHOT_ENGINES(SnapshotListTest);

TEST_P(SnapshotListTest, EachIsShownWithWhatItIs) {
  const auto decider = MakeAnyDecider<CountingCart>("a");
  ASSERT_OK(decider);
  const auto cart = Fold<CountingCart>(store(), "cart-2");
  ASSERT_OK(cart);

  const std::vector<SnapshotInfo> infos =
      List({.decider = "a", .stream = "cart-2"});

  ASSERT_THAT(infos, SizeIs(1));
  EXPECT_EQ(infos[0].decider, "a");
  EXPECT_EQ(infos[0].stream, "cart-2");
  EXPECT_EQ(infos[0].position, cart->place.position);
  EXPECT_EQ(infos[0].revision, Revision(5));
  EXPECT_EQ(infos[0].event_count, 6);
  EXPECT_EQ(infos[0].fingerprint, (*decider)->fingerprint());
  EXPECT_EQ(infos[0].recorded_at,
            store().ReadEvent(*cart->place.position)->recorded_at);
  EXPECT_FALSE(infos[0].query);
  EXPECT_FALSE(infos[0].damaged);
}

TEST_P(SnapshotListTest, QueryIsShownAsItWasAsked) {
  const std::vector<SnapshotInfo> infos = List({.decider = "b"});

  ASSERT_THAT(infos, SizeIs(3));
  // Streams come last: 'q' is below 's'.
  ASSERT_TRUE(infos[0].query);
  EXPECT_EQ(ToProto(*infos[0].query).SerializeAsString(),
            ToProto(tea_).SerializeAsString());
  EXPECT_FALSE(infos[0].revision);
}

TEST_P(SnapshotListTest, FiltersAreByDeciderAndByStream) {
  EXPECT_THAT(Names(), ElementsAre("a query", "a cart-1", "a cart-2", "b query",
                                   "b cart-1", "b cart-2"));
  EXPECT_THAT(Names({.decider = "b"}),
              ElementsAre("b query", "b cart-1", "b cart-2"));
  EXPECT_THAT(Names({.stream = "cart-1"}), ElementsAre("a cart-1", "b cart-1"));
  EXPECT_THAT(Names({.decider = "a", .stream = "cart-1"}),
              ElementsAre("a cart-1"));
  EXPECT_THAT(Names({.decider = "c"}), IsEmpty());
  EXPECT_THAT(Names({.stream = "cart"}), IsEmpty());
}

TEST_P(SnapshotListTest, DroppedAreThoseOfTheFilterAndNoOthers) {
  ASSERT_OK(DropSnapshots(store(), {.decider = "b", .stream = "cart-1"}));
  EXPECT_THAT(Names({.stream = "cart-1"}), ElementsAre("a cart-1"));

  ASSERT_OK(DropSnapshots(store(), {.stream = "cart-2"}));
  EXPECT_THAT(Names(), ElementsAre("a query", "a cart-1", "b query"));

  ASSERT_OK(DropSnapshots(store(), {.decider = "a"}));
  EXPECT_THAT(Names(), ElementsAre("b query"));

  ASSERT_OK(DropSnapshots(store(), {}));
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_P(SnapshotListTest, DroppingLeavesRowsThatAreNoSnapshots) {
  RowBatch batch;
  batch.Put("\x05x", "below");
  batch.Put("\x07x", "above");
  ASSERT_OK(store().WriteRows(batch));

  ASSERT_OK(DropSnapshots(store(), {}));

  const auto rows = store().ReadRows();
  ASSERT_OK(rows);
  EXPECT_TRUE((*rows)->Get("\x05x")->has_value());
  EXPECT_TRUE((*rows)->Get("\x07x")->has_value());
}

TEST_P(SnapshotListTest, DamagedOneIsShownAsSuch) {
  const std::string key =
      SnapshotKey(SnapshotPrefix("c", "cart-9"), Position(3));
  RowBatch batch;
  batch.Put(key, "damaged");
  ASSERT_OK(store().WriteRows(batch));

  const std::vector<SnapshotInfo> infos = List({.decider = "c"});

  ASSERT_THAT(infos, SizeIs(1));
  EXPECT_TRUE(infos[0].damaged);
  EXPECT_EQ(infos[0].stream, "cart-9");
  EXPECT_EQ(infos[0].position, Position(3));
}

}  // namespace
}  // namespace daybook
