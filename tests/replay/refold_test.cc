// Refold: rows that are not what their events make of them are found, and where
// they went wrong.

#include "daybook/replay/refold.h"

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "daybook/replay/snapshots.h"
#include "daybook/replay/views.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replay/view_catalog.h"
#include "replay/view_keys.h"
#include "tests/replay/articles.h"
#include "tests/replay/cart.h"
#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Added;
using testing::Articles;
using testing::ArticlesTwice;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Sku;
using testing::StatusIs;

// Its Apply depends on more than its arguments.
struct Fickle : Articles {
  static inline std::atomic<uint32_t> mood = 0;
  static absl::StatusOr<RowFate> Apply(Row& row,
                                       const tests::v1::ItemAdded& added,
                                       const EventInfo& event) {
    tests::v1::ItemAdded moody = added;
    if (added.sku() == "tea") moody.set_quantity(added.quantity() + mood);
    return Articles::Apply(row, moody, event);
  }
};

class RefoldTest : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  RefoldTest() : engine_(GetParam().make(StoreOptions())) {}

  EventStore& store() { return engine_->store(); }
  Position Put(const std::string& sku, uint32_t quantity) {
    const auto appended = Append(store(), "cart-1", ExpectedRevision::Any(),
                                 Added(sku, quantity));
    EXPECT_OK(appended);
    return store().Head().Previous();
  }
  template <Projection P>
  void Keep(ViewMode mode) {
    Views views(store());
    ASSERT_OK(views.Add<P>(mode));
    ASSERT_OK(
        views.WaitFor(P::kName, store().Head().Previous(), absl::Seconds(30)));
  }
  template <Projection P>
  RefoldReport Check(const RefoldOptions& options = {}) {
    const auto report = Refold(store(), *MakeAnyProjection<P>(), options);
    EXPECT_OK(report);
    return report.ok() ? *report : RefoldReport();
  }

  std::unique_ptr<testing::Engine> engine_;
};
DAYBOOK_FOR_EVERY_ENGINE(RefoldTest);

TEST_P(RefoldTest, RowsThatAreWhatTheirEventsMakeAreFine) {
  for (uint32_t i = 0; i < 100; ++i) Put(absl::StrCat("tea ", i % 10), i % 9);
  Keep<Articles>(ViewMode::kInline);

  const RefoldReport report = Check<Articles>();

  EXPECT_EQ(report.difference_count, 0);
  EXPECT_GT(report.compared_count, 0);
  EXPECT_EQ(report.next_position, store().Head());
}

TEST_P(RefoldTest, AnApplyThatDependsOnMoreThanItsArgumentsIsFound) {
  Fickle::mood = 0;
  Put("milk", 1);
  Put("tea", 1);
  {
    Views views(store());
    ASSERT_OK(views.Add<Fickle>(ViewMode::kInline));
    Put("tea", 2);
    Fickle::mood = 1;
    Put("tea", 3);
    Put("tea", 4);
  }
  Fickle::mood = 0;

  const RefoldReport report = Check<Fickle>();

  ASSERT_EQ(report.difference_count, 1);
  const RefoldDifference& difference = report.differences.front();
  EXPECT_EQ(difference.key_json, R"({"sku":"tea"})");
  EXPECT_THAT(difference.stored_json.value_or(""),
              HasSubstr(R"("quantity":"12")"));
  EXPECT_THAT(difference.folded_json.value_or(""),
              HasSubstr(R"("quantity":"10")"));
}

TEST_P(RefoldTest, ARowThatMissedEventsIsFoundWithTheFirstOfThem) {
  Put("tea", 1);
  Keep<Articles>(ViewMode::kAsync);
  const auto rows = store().ReadRows();
  ASSERT_OK(rows);
  const auto record = ReadViewRecord(**rows, "articles");
  ASSERT_OK(record);
  std::string key = RowPrefix(record->serving());
  EncodeRowKey(Sku("tea"), &key);
  const auto before = (*rows)->Get(key);
  ASSERT_OK(before);
  const Position missed = Put("tea", 2);
  Put("tea", 3);
  Keep<Articles>(ViewMode::kAsync);
  RowBatch batch;
  batch.Put(key, **before);
  ASSERT_OK(store().WriteRows(batch));

  const RefoldReport report = Check<Articles>();

  ASSERT_EQ(report.difference_count, 1);
  EXPECT_EQ(report.differences.front().first_event, missed);
}

TEST_P(RefoldTest, RowsThatAreMissingOrTooManyAreFound) {
  Put("tea", 1);
  Put("milk", 1);
  Keep<Articles>(ViewMode::kAsync);
  const auto rows = store().ReadRows();
  ASSERT_OK(rows);
  const auto record = ReadViewRecord(**rows, "articles");
  ASSERT_OK(record);
  std::string tea = RowPrefix(record->serving());
  EncodeRowKey(Sku("tea"), &tea);
  std::string salt = RowPrefix(record->serving());
  EncodeRowKey(Sku("salt"), &salt);
  RowBatch batch;
  batch.Delete(tea);
  batch.Put(salt, "");
  ASSERT_OK(store().WriteRows(batch));

  const RefoldReport report = Check<Articles>();

  ASSERT_EQ(report.differences.size(), 2);
  EXPECT_EQ(report.differences[0].key_json, R"({"sku":"salt"})");
  EXPECT_FALSE(report.differences[0].folded_json);
  EXPECT_FALSE(report.differences[0].first_event);
  EXPECT_EQ(report.differences[1].key_json, R"({"sku":"tea"})");
  EXPECT_FALSE(report.differences[1].stored_json);
}

TEST_P(RefoldTest, RowsThatAreParkedAreComparedAsTheyStand) {
  Put("tea", 1);
  Put("tea", 9);
  Put("tea", 1);
  Put("milk", 1);
  Keep<Articles>(ViewMode::kAsync);

  EXPECT_EQ(Check<Articles>().difference_count, 0);
}

TEST_P(RefoldTest, ASampleLooksAtAPartOfTheRowsAlwaysTheSame) {
  for (uint32_t i = 0; i < 400; ++i) Put(absl::StrCat("tea ", i), 1);
  Keep<Articles>(ViewMode::kAsync);

  const RefoldReport tenth = Check<Articles>({.sample = 0.1});
  const RefoldReport again =
      Check<Articles>({.sample = 0.1, .worker_count = 2});

  EXPECT_GT(tenth.compared_count, 10);
  EXPECT_LT(tenth.compared_count, 100);
  EXPECT_EQ(again.compared_count, tenth.compared_count);
  EXPECT_EQ(tenth.difference_count, 0);
}

// What a cart was before somebody changed it and left its kRevision as it was.
struct DoubleCart : testing::Cart {
  using Cart::Evolve;
  static void Evolve(State& cart, const tests::v1::ItemAdded& added) {
    (*cart.mutable_quantities())[added.sku()] += 2 * added.quantity();
    cart.set_changes(cart.changes() + 1);
  }
};

TEST_P(RefoldTest, SnapshotsThatAreWhatTheirEventsMakeAreFine) {
  for (uint32_t i = 0; i < 30; ++i) Put("tea", 1);
  Snapshots<testing::Cart> carts(store(), "cart", {.event_count = 10});
  ASSERT_OK(carts.Fold("cart-1"));
  carts.Flush();
  const auto cart = MakeAnyDecider<testing::Cart>("cart");
  ASSERT_OK(cart);

  const auto report = RefoldSnapshots(store(), **cart);

  ASSERT_OK(report);
  EXPECT_EQ(report->compared_count, 1);
  EXPECT_EQ(report->difference_count, 0);
  EXPECT_EQ(report->passed_over_count, 0);
}

TEST_P(RefoldTest, AStaleRevisionIsFoundInItsSnapshots) {
  const Position first = Put("tea", 1);
  for (uint32_t i = 0; i < 29; ++i) Put("tea", 1);
  Snapshots<DoubleCart> carts(store(), "cart", {.event_count = 10});
  ASSERT_OK(carts.Fold("cart-1"));
  carts.Flush();
  const auto cart = MakeAnyDecider<testing::Cart>("cart");
  ASSERT_OK(cart);

  const auto report = RefoldSnapshots(store(), **cart);

  ASSERT_OK(report);
  ASSERT_EQ(report->differences.size(), 1);
  const SnapshotDifference& difference = report->differences.front();
  EXPECT_EQ(difference.stream, "cart-1");
  EXPECT_EQ(difference.first_event, first);
  EXPECT_THAT(difference.stored_json, HasSubstr(R"("tea":60)"));
  EXPECT_THAT(difference.folded_json, HasSubstr(R"("tea":30)"));
}

TEST_P(RefoldTest, SnapshotsThatAreNeverUsedArePassedOver) {
  for (uint32_t i = 0; i < 30; ++i) Put("tea", 1);
  {
    Snapshots<testing::Cart> carts(store(), "cart", {.event_count = 10});
    ASSERT_OK(carts.Fold("cart-1"));
  }
  ASSERT_OK(store().DeleteStream("cart-1"));
  Put("tea", 1);
  const auto cart = MakeAnyDecider<testing::Cart>("cart");
  ASSERT_OK(cart);

  const auto report = RefoldSnapshots(store(), **cart);

  ASSERT_OK(report);
  EXPECT_EQ(report->compared_count, 0);
  EXPECT_EQ(report->passed_over_count, 1);
}

TEST_P(RefoldTest, WithoutRowsOfThisVersionThereIsNothingToCompare) {
  Put("tea", 1);
  EXPECT_THAT(Refold(store(), *MakeAnyProjection<Articles>()),
              StatusIs(absl::StatusCode::kNotFound));

  Keep<Articles>(ViewMode::kAsync);

  EXPECT_THAT(Refold(store(), *MakeAnyProjection<ArticlesTwice>()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("of version 1, not 2")));
}

}  // namespace
}  // namespace daybook
