// Folds with snapshots are compared with folds from zero, while streams grow,
// are deleted and truncated at random. DAYBOOK_SEED gives a run back.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/replay/snapshots_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"

namespace daybook {
namespace {

using testing::Added;
using testing::CountingCart;
using ::testing::Ge;
using testing::Opened;
using testing::SeededRandom;

class SnapshotsModelTest : public testing::SnapshotsFixture {
 protected:
  // One random change of a random stream.
  void Change() {
    const std::string stream = "cart-" + std::to_string(random_.Below(3));
    switch (random_.Below(12)) {
      case 0:
        // Not there, or deleted already.
        store().DeleteStream(stream).IgnoreError();
        return;
      case 1: {
        const auto info = store().GetStream(stream);
        if (!info.ok() || !info->last_revision) return;
        ASSERT_OK(store().SetStreamMetadata(
            stream, {.truncate_before = Revision(
                         random_.Below(info->last_revision->value() + 3))}));
        return;
      }
      case 2:
        ASSERT_OK(store().SetStreamMetadata(
            stream, {.max_count = 1 + random_.Below(9)}));
        return;
      case 3:
      case 4:
        ASSERT_OK(store().SetStreamMetadata(stream, {}));
        return;
      case 5:
        ASSERT_OK(Append(store(), stream, ExpectedRevision::Any(),
                         Opened(random_.Text("abc", 3))));
        return;
      default:
        for (uint64_t i = random_.Below(8); i > 0; --i) {
          ASSERT_OK(Append(store(), stream, ExpectedRevision::Any(),
                           Added(random_.Text("ab", 1), 1)));
        }
    }
  }
  AsOf Moment() {
    if (random_.OneIn(2) || store().Head() == Position(0)) return AsOf();
    const Position position(random_.Below(store().Head().value()));
    if (random_.OneIn(2)) return position;
    return store().ReadEvent(position)->recorded_at;
  }

  SeededRandom random_;
};
DAYBOOK_FOR_SNAPSHOT_ENGINES(SnapshotsModelTest);

TEST_P(SnapshotsModelTest, EveryFoldIsThatFromZero) {
  const Query tea{.items = {{.tags = {"sku:a"}}}};
  uint64_t used = 0;
  for (int round = 0; round < 8; ++round) {
    Snapshots<CountingCart> carts(store(), "cart",
                                  {.event_count = 1 + random_.Below(6),
                                   .kept_count = 1 + random_.Below(5)});
    for (int step = 0; step < 60; ++step) {
      Change();
      const AsOf as_of = Moment();
      for (const char* stream : {"cart-0", "cart-1", "cart-2"}) {
        ExpectEqualToFold(carts, stream, as_of);
      }
      ExpectEqualToFold(carts, tea, as_of);
      if (random_.OneIn(3)) carts.Flush();
      if (HasFailure()) return;
    }
    used += carts.counters().used;
    if (round % 2 == 1) engine_->Reopen();
  }
  EXPECT_THAT(used, Ge(100));
}

}  // namespace
}  // namespace daybook
