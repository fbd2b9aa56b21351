// FoldView: the rows of a projection folded from the log, now and as of a
// moment, the same with any number of threads.

#include "daybook/replay/view_fold.h"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replay/row_changes.h"
#include "tests/replay/articles.h"
#include "tests/replay/cart.h"
#include "tests/testing/engines.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Added;
using testing::Articles;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Sku;
using testing::StatusIs;

class ViewFoldTest : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  ViewFoldTest() {
    StoreOptions options;
    options.clock = &clock_;
    engine_ = GetParam().make(options);
    EXPECT_OK(Articles::Events::Register(engine_->store()));
    first_ = engine_->store().Head();
  }

  EventStore& store() {
    GetParam().before_read(*engine_);
    return engine_->store();
  }
  // A minute passes after each.
  void Add(const std::string& sku, uint32_t quantity,
           std::string_view stream = "cart-1") {
    EXPECT_OK(Append(engine_->store(), stream, ExpectedRevision::Any(),
                     Added(sku, quantity)));
    clock_.Advance(absl::Minutes(1));
  }
  // Articles and how many of each, in the view's order.
  std::vector<std::string> Quantities(const FoldViewOptions& options = {}) {
    std::vector<std::string> all;
    const auto view = FoldView<Articles>(store(), options);
    EXPECT_OK(view);
    if (!view.ok()) return all;
    view->ForEach([&](const Articles::Key& key, const Articles::Row& row) {
      all.push_back(absl::StrCat(key.sku(), " ", row.quantity()));
    });
    return all;
  }

  testing::FakeClock clock_;
  std::unique_ptr<testing::Engine> engine_;
  Position first_;
};
DAYBOOK_FOR_EVERY_ENGINE(ViewFoldTest);

TEST_P(ViewFoldTest, RowsAreOrderedByKey) {
  Add("tea", 2);
  Add("milk", 1);
  Add("tea", 3, "cart-2");

  EXPECT_THAT(Quantities(), ElementsAre("milk 1", "tea 5"));
}

TEST_P(ViewFoldTest, AnEventMayRemoveItsRow) {
  Add("tea", 2);
  Add("tea", 0);
  Add("milk", 1);

  EXPECT_THAT(Quantities(), ElementsAre("milk 1"));
}

TEST_P(ViewFoldTest, AsOfAPositionNothingLaterIsInTheRows) {
  Add("tea", 2);
  Add("tea", 3);

  EXPECT_THAT(Quantities({.as_of = first_}), ElementsAre("tea 2"));
}

TEST_P(ViewFoldTest, AsOfATimeNothingLaterIsInTheRows) {
  Add("tea", 2);
  const absl::Time then = clock_.Now();
  Add("tea", 3);
  Add("tea", 4);

  EXPECT_THAT(Quantities({.as_of = then}), ElementsAre("tea 5"));
  EXPECT_THAT(Quantities({.as_of = then - absl::Hours(1)}), ElementsAre());
}

TEST_P(ViewFoldTest, OfEqualTimesAllAreInTheRows) {
  const absl::Time then = clock_.Now();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_OK(Append(engine_->store(), "cart-1", ExpectedRevision::Any(),
                     Added("tea", 1)));
  }
  clock_.Advance(absl::Seconds(1));
  Add("tea", 1);

  EXPECT_THAT(Quantities({.as_of = then}), ElementsAre("tea 1000"));
  EXPECT_THAT(Quantities({.as_of = then - absl::Microseconds(1)}),
              ElementsAre());
}

TEST_P(ViewFoldTest, EventsOfADeletedStreamStay) {
  Add("tea", 2);
  ASSERT_OK(engine_->store().DeleteStream("cart-1"));
  Add("tea", 3);

  EXPECT_THAT(Quantities(), ElementsAre("tea 5"));
}

TEST_P(ViewFoldTest, AnEventThatCantBeAppliedFailsTheFoldAndIsNamed) {
  Add("tea", 2);
  Add("tea", 9);

  EXPECT_THAT(
      FoldView<Articles>(store()),
      StatusIs(absl::StatusCode::kOutOfRange,
               HasSubstr(absl::StrCat("projection \"articles\", event at "
                                      "position ",
                                      first_.value() + 1,
                                      " of \"cart-1\": nine is too many"))));
}

TEST_P(ViewFoldTest, RowsAboveTheMemoryLimitAreAnError) {
  for (int i = 0; i < 100; ++i) Add(absl::StrCat("tea ", i), 1);

  EXPECT_THAT(FoldView<Articles>(store(), {.memory_bytes_max = 1000}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("more than 1000 bytes")));
}

TEST_P(ViewFoldTest, AFilterLeavesEventsOut) {
  Add("tea", 2);
  Add("tea", 3, "cart-2");

  const auto not_first = [](const EventView& event) {
    return event.stream != "cart-1";
  };

  EXPECT_THAT(Quantities({.where = not_first}), ElementsAre("tea 3"));
}

// The rows of any fold as bytes.
std::map<std::string, std::string> Bytes(const FoldedRows& rows) {
  std::map<std::string, std::string> bytes;
  for (const FoldedRow& row : rows.rows()) bytes[row.key] = EncodeRow(*row.row);
  return bytes;
}

TEST(ParallelFoldTest, RowsAreTheSameBytesWhateverTheNumberOfThreads) {
  const uint32_t seed = std::random_device()();
  RecordProperty("seed", absl::StrCat(seed));
  std::mt19937 random(seed);
  const auto store = EventStore::OpenInMemory();
  ASSERT_OK(Articles::Events::Register(*store));
  for (int i = 0; i < 300; ++i) {
    std::vector<NewEvent> events;
    for (int k = 0; k < 100; ++k) {
      const auto event = MakeEvent(
          *store, Added(absl::StrCat("tea ", random() % 50), random() % 8));
      ASSERT_OK(event);
      events.push_back(*event);
    }
    ASSERT_OK(store->Append(absl::StrCat("cart-", random() % 7),
                            ExpectedRevision::Any(), events));
  }
  const auto articles = MakeAnyProjection<Articles>();
  ASSERT_OK(articles);
  const auto one = FoldView(*store, **articles);
  ASSERT_OK(one);

  for (const int worker_count : {2, 3, 8}) {
    const auto many =
        FoldView(*store, **articles, {.worker_count = worker_count});

    ASSERT_OK(many);
    EXPECT_EQ(Bytes(*many), Bytes(*one))
        << worker_count << " threads, seed " << seed;
  }
}

TEST(ParallelFoldTest, LargeEventsAreDecodedAFewAtATime) {
  const auto store = EventStore::OpenInMemory();
  const std::string note(2 << 20, 'x');
  uint64_t total = 0;
  for (int i = 0; i < 40; ++i) {
    auto added = Added("tea", 1);
    (*added.mutable_notes())["note"] = note;
    ASSERT_OK(Append(*store, "cart-1", ExpectedRevision::Any(), added));
    ++total;
  }

  const auto view = FoldView<Articles>(*store, {.worker_count = 2});

  ASSERT_OK(view);
  ASSERT_TRUE(view->Get(Sku("tea")));
  EXPECT_EQ(view->Get(Sku("tea"))->quantity(), total);
}

}  // namespace
}  // namespace daybook
