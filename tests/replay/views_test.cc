// Views: rows kept in the store, inline and behind the log, read, rebuilt and
// taken over.

#include "daybook/replay/views.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/replay/view_fold.h"
#include "daybook/store/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/articles.h"
#include "tests/replay/cart.h"
#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Added;
using testing::Articles;
using testing::ArticlesTwice;
using testing::ByQuantity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Sku;
using testing::StatusIs;

constexpr absl::Duration kSoon = absl::Seconds(30);

absl::Status Put(EventStore& store, const std::string& sku, uint32_t quantity,
                 std::string_view stream = "cart-1") {
  return Append(store, stream, ExpectedRevision::Any(), Added(sku, quantity))
      .status();
}

// Every row of a cursor as "article quantity".
template <typename Cursor>
std::vector<std::string> Lines(Cursor cursor) {
  std::vector<std::string> lines;
  while (cursor.Next()) {
    lines.push_back(
        absl::StrCat(cursor.key().sku(), " ", cursor.row().quantity()));
  }
  EXPECT_OK(cursor.status());
  return lines;
}

template <Projection P>
std::vector<std::string> Rows(Views& views, const AsOf& as_of = AsOf()) {
  const auto view = views.Read<P>(as_of);
  EXPECT_OK(view);
  if (!view.ok()) return {};
  return Lines(view->Scan());
}

// The stored rows of P are those of a fold from zero.
template <Projection P>
void ExpectEqualToFold(EventStore& store, Views& views) {
  const auto view = views.Read<P>();
  ASSERT_OK(view);
  const auto folded = FoldView<P>(
      store, {.as_of = Position(view->next_position().value() - 1)});
  ASSERT_OK(folded);
  auto cursor = view->Scan();
  size_t count = 0;
  while (cursor.Next()) {
    ++count;
    const auto row = folded->Get(cursor.key());
    ASSERT_TRUE(row) << cursor.key().ShortDebugString();
    EXPECT_EQ(cursor.row().SerializeAsString(), row->SerializeAsString());
  }
  ASSERT_OK(cursor.status());
  EXPECT_EQ(count, folded->size());
}

ViewStatus StatusOf(Views& views) {
  const auto all = views.Status();
  EXPECT_OK(all);
  return all.ok() && !all->empty() ? all->front() : ViewStatus();
}

class ViewsTest : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  ViewsTest() : engine_(GetParam().make(StoreOptions())) {}

  EventStore& store() { return engine_->store(); }
  bool persistent() const { return GetParam().persistent; }
  // Waits until the view has every event there is.
  void AwaitAll(Views& views) {
    ASSERT_OK(views.WaitFor("articles", store().Head().Previous(), kSoon));
  }

  std::unique_ptr<testing::Engine> engine_;
};
DAYBOOK_FOR_EVERY_ENGINE(ViewsTest);

// What holds of each mode.
class ViewModesTest : public ::testing::TestWithParam<
                          std::tuple<testing::EngineFactory, ViewMode>> {
 protected:
  ViewModesTest() : engine_(std::get<0>(GetParam()).make(StoreOptions())) {}

  EventStore& store() { return engine_->store(); }
  ViewMode mode() const { return std::get<1>(GetParam()); }
  void AwaitAll(Views& views) {
    ASSERT_OK(views.WaitFor("articles", store().Head().Previous(), kSoon));
  }

  std::unique_ptr<testing::Engine> engine_;
};
std::string ModeName(
    const ::testing::TestParamInfo<ViewModesTest::ParamType>& info) {
  constexpr const char* kModes[] = {"Live", "Inline", "Async"};
  return std::get<0>(info.param).name +
         kModes[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(
    All, ViewModesTest,
    ::testing::Combine(::testing::Values(testing::MemoryEngineFactory(),
                                         testing::RocksDbEngineFactory()),
                       ::testing::Values(ViewMode::kLive, ViewMode::kInline,
                                         ViewMode::kAsync)),
    ModeName);

TEST_P(ViewModesTest, RowsHaveTheEventsBeforeAndAfterItWasAdded) {
  ASSERT_OK(Put(store(), "tea", 2));
  Views views(store());
  ASSERT_OK(views.Add<Articles>(mode()));
  ASSERT_OK(Put(store(), "tea", 3));
  ASSERT_OK(Put(store(), "milk", 1));
  AwaitAll(views);

  EXPECT_THAT(Rows<Articles>(views), ElementsAre("milk 1", "tea 5"));
}

TEST_P(ViewModesTest, ARowIsReadByItsKey) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(mode()));
  ASSERT_OK(Put(store(), "tea", 2));
  AwaitAll(views);
  const auto view = views.Read<Articles>();
  ASSERT_OK(view);

  const auto tea = view->Get(Sku("tea"));
  const auto milk = view->Get(Sku("milk"));

  ASSERT_OK(tea);
  ASSERT_TRUE(*tea);
  EXPECT_EQ((*tea)->quantity(), 2);
  ASSERT_OK(milk);
  EXPECT_FALSE(*milk);
}

TEST_P(ViewModesTest, RowsAreScannedByRangeAndBackward) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(mode()));
  for (const char* sku : {"a", "b", "c", "d"}) ASSERT_OK(Put(store(), sku, 1));
  AwaitAll(views);
  const auto view = views.Read<Articles>();
  ASSERT_OK(view);

  EXPECT_THAT(Lines(view->ScanRange(Sku("b"), Sku("c"))),
              ElementsAre("b 1", "c 1"));
  EXPECT_THAT(Lines(view->ScanRange(Sku("c"), Sku("b"))), IsEmpty());
  EXPECT_THAT(Lines(view->ScanPrefix(Sku("d"), 1)), ElementsAre("d 1"));
  EXPECT_THAT(Lines(view->Scan(Direction::kBackward)),
              ElementsAre("d 1", "c 1", "b 1", "a 1"));
}

TEST_P(ViewModesTest, AnIndexFindsRowsAsTheyAreNow) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(mode()));
  ASSERT_OK(Put(store(), "tea", 2));
  ASSERT_OK(Put(store(), "milk", 3));
  ASSERT_OK(Put(store(), "salt", 1));  // not in the index
  ASSERT_OK(Put(store(), "tea", 3));   // from 2 to 5
  ASSERT_OK(Put(store(), "soap", 3));
  ASSERT_OK(Put(store(), "sugar", 5));
  ASSERT_OK(Put(store(), "sugar", 0));  // removed
  AwaitAll(views);
  const auto view = views.Read<Articles>();
  ASSERT_OK(view);
  tests::v1::QuantityKey three;
  three.set_quantity(3);
  tests::v1::QuantityKey two;
  two.set_quantity(2);

  EXPECT_THAT(Lines(view->Find<ByQuantity>(three)),
              ElementsAre("milk 3", "soap 3"));
  EXPECT_THAT(Lines(view->Find<ByQuantity>(two)), IsEmpty());
  EXPECT_THAT(Lines(view->Find<ByQuantity>(two, 0)),
              ElementsAre("milk 3", "soap 3", "tea 5"));
}

TEST_P(ViewModesTest, AViewThatWasReadStaysAsItWas) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(mode()));
  ASSERT_OK(Put(store(), "tea", 2));
  AwaitAll(views);
  const auto before = views.Read<Articles>();
  ASSERT_OK(before);

  ASSERT_OK(Put(store(), "tea", 3));
  ASSERT_OK(Put(store(), "milk", 1));
  AwaitAll(views);

  EXPECT_THAT(Lines(before->Scan()), ElementsAre("tea 2"));
}

TEST_P(ViewModesTest, AsOfAMomentRowsAreThoseOfThen) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(mode()));
  ASSERT_OK(Put(store(), "tea", 2));
  const Position then = store().Head().Previous();
  ASSERT_OK(Put(store(), "tea", 3));
  AwaitAll(views);

  EXPECT_THAT(Rows<Articles>(views, then), ElementsAre("tea 2"));
}

TEST_P(ViewModesTest, TwoOfOneNameAreRefused) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(mode()));

  EXPECT_THAT(views.Add<ArticlesTwice>(mode()),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("\"articles\" was added before")));
}

// --- Inline ------------------------------------------------------------------

TEST_P(ViewsTest, WhoAppendedReadsItInAnInlineViewAtOnce) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kInline));
  for (uint32_t i = 1; i <= 100; ++i) {
    ASSERT_OK(Put(store(), "tea", 1));

    const auto view = views.Read<Articles>();
    ASSERT_OK(view);
    const auto tea = view->Get(Sku("tea"));
    ASSERT_OK(tea);
    ASSERT_TRUE(*tea);
    EXPECT_EQ((*tea)->quantity(), i);
  }
}

TEST_P(ViewsTest, AnInlineApplyThatFailsRefusesItsOwnAppendOnly) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kInline));
  ASSERT_OK(Put(store(), "tea", 1));
  const Position head = store().Head();

  const absl::Status refused = Put(store(), "tea", 9);

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kOutOfRange,
                                HasSubstr("nine is too many")));
  EXPECT_EQ(GetAppendOutcome(refused), AppendOutcome::kNotAppended);
  EXPECT_EQ(store().Head(), head);
  ASSERT_OK(Put(store(), "tea", 2));
  EXPECT_THAT(Rows<Articles>(views), ElementsAre("tea 3"));
}

TEST_P(ViewsTest, AnInlineViewCantBeAddedOverAnEventThatItRefuses) {
  ASSERT_OK(Put(store(), "tea", 9));
  Views views(store());

  EXPECT_THAT(
      views.Add<Articles>(ViewMode::kInline),
      StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("nine is too many")));

  ASSERT_OK(Put(store(), "tea", 9));
  EXPECT_THAT(views.Read<Articles>(), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(ViewsTest, AnInlineViewIsAddedWhileManyAppend) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> appenders;
  for (int i = 0; i < 4; ++i) {
    appenders.emplace_back([&, i] {
      while (!stop) {
        EXPECT_OK(Put(store(), absl::StrCat("tea ", i), 1));
      }
    });
  }
  while (store().Head() < Position(200)) absl::SleepFor(absl::Milliseconds(1));
  Views views(store());

  EXPECT_OK(views.Add<Articles>(ViewMode::kInline));

  const Position then = store().Head();
  while (store().Head() < Position(then.value() + 200)) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_OK(views.Rebuild("articles", {}));
  stop = true;
  for (std::thread& appender : appenders) appender.join();
  ExpectEqualToFold<Articles>(store(), views);
  EXPECT_EQ(StatusOf(views).next_position, store().Head());
}

// --- Async -------------------------------------------------------------------

TEST_P(ViewsTest, AnAsyncViewParksARowThatFailsAndOthersGoOn) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  ASSERT_OK(Put(store(), "tea", 1));
  ASSERT_OK(Put(store(), "tea", 9));
  const Position failed = store().Head().Previous();
  ASSERT_OK(Put(store(), "tea", 2));
  ASSERT_OK(Put(store(), "milk", 1));
  AwaitAll(views);

  EXPECT_THAT(Rows<Articles>(views), ElementsAre("milk 1", "tea 1"));
  const auto parked = views.Parked("articles");
  ASSERT_OK(parked);
  ASSERT_EQ(parked->size(), 1);
  EXPECT_EQ(parked->front().key_json, R"({"sku":"tea"})");
  EXPECT_EQ(parked->front().position, failed);
  EXPECT_EQ(parked->front().stream, "cart-1");
  EXPECT_THAT(parked->front().cause,
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("nine")));
  EXPECT_EQ(StatusOf(views).parked_count, 1);
}

TEST_P(ViewsTest, AParkedRowStaysParkedWhereItsEventFailsAgain) {
  Views views(store());
  ASSERT_OK(Put(store(), "tea", 1));
  ASSERT_OK(Put(store(), "tea", 9));
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  ASSERT_OK(Put(store(), "tea", 2));
  AwaitAll(views);

  EXPECT_THAT(views.Resume("articles"),
              StatusIs(absl::StatusCode::kOutOfRange));

  EXPECT_THAT(Rows<Articles>(views), ElementsAre("tea 1"));
  EXPECT_EQ(StatusOf(views).parked_count, 1);
}

// Throws at nines.
struct Hasty : Articles {
  static absl::StatusOr<RowFate> Apply(Row& row,
                                       const tests::v1::ItemAdded& added,
                                       const EventInfo& event) {
    if (added.quantity() == 9) throw std::out_of_range("nine is too many");
    return Articles::Apply(row, added, event);
  }
};

TEST_P(ViewsTest, WhatAProjectionThrowsIsAnErrorLikeOthers) {
  {
    Views views(store());
    ASSERT_OK(views.Add<Hasty>(ViewMode::kInline));
    ASSERT_OK(Put(store(), "tea", 1));
    EXPECT_THAT(Put(store(), "tea", 9),
                StatusIs(absl::StatusCode::kUnknown,
                         HasSubstr("threw: nine is too many")));
    ASSERT_OK(Put(store(), "tea", 2));
    EXPECT_THAT(Rows<Hasty>(views), ElementsAre("tea 3"));
  }
  ASSERT_OK(Put(store(), "tea", 9));
  EXPECT_THAT(FoldView<Hasty>(store(), {.worker_count = 2}),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("nine")));
}

TEST_P(ViewsTest, ARowThatAnAsyncViewThrowsAtIsParked) {
  Views views(store());
  ASSERT_OK(views.Add<Hasty>(ViewMode::kAsync));
  ASSERT_OK(Put(store(), "tea", 9));
  ASSERT_OK(Put(store(), "milk", 1));
  AwaitAll(views);

  EXPECT_THAT(Rows<Hasty>(views), ElementsAre("milk 1"));
  EXPECT_EQ(StatusOf(views).parked_count, 1);
}

// Refuses nines until it is told not to.
struct Choosy : Articles {
  static inline std::atomic<bool> relents = false;
  static absl::StatusOr<RowFate> Apply(Row& row,
                                       const tests::v1::ItemAdded& added,
                                       const EventInfo& event) {
    tests::v1::ItemAdded eaten = added;
    if (relents && added.quantity() == 9) eaten.set_quantity(7);
    return Articles::Apply(row, eaten, event);
  }
};

TEST_P(ViewsTest, AParkedRowThatIsResumedHasAllItMissed) {
  Choosy::relents = false;
  Views views(store());
  ASSERT_OK(views.Add<Choosy>(ViewMode::kAsync));
  for (const uint32_t quantity : {1, 9, 2, 9}) {
    ASSERT_OK(Put(store(), "tea", quantity));
  }
  AwaitAll(views);
  ASSERT_THAT(Rows<Choosy>(views), ElementsAre("tea 1"));

  Choosy::relents = true;
  EXPECT_OK(views.Resume("articles"));

  EXPECT_THAT(Rows<Choosy>(views), ElementsAre("tea 17"));
  EXPECT_EQ(StatusOf(views).parked_count, 0);
  ASSERT_OK(Put(store(), "tea", 1));
  AwaitAll(views);
  EXPECT_THAT(Rows<Choosy>(views), ElementsAre("tea 18"));
}

TEST_P(ViewsTest, WaitingForAnEventThatNeverComesEndsAtTheDeadline) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  ASSERT_OK(Put(store(), "tea", 1));
  AwaitAll(views);

  EXPECT_THAT(views.WaitFor("articles", store().Head(), absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(views.WaitFor("prices", Position(0), kSoon),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(ViewsTest, StatusSaysWhatAViewHasAndWhatItLacks) {
  ASSERT_OK(Put(store(), "tea", 1));
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  AwaitAll(views);

  const ViewStatus status = StatusOf(views);

  EXPECT_EQ(status.name, "articles");
  EXPECT_EQ(status.mode, ViewMode::kAsync);
  EXPECT_EQ(status.state, ViewState::kRunning);
  EXPECT_EQ(status.version, 1);
  EXPECT_EQ(status.next_position, store().Head());
  EXPECT_EQ(status.lag_events, 0);
  EXPECT_EQ(status.lag, absl::ZeroDuration());
  EXPECT_THAT(status.kept_versions, ElementsAre(1));
}

// --- Rebuilding --------------------------------------------------------------

TEST_P(ViewsTest, ARebuildWithAnyNumberOfThreadsGivesTheSameRows) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  for (uint32_t i = 0; i < 500; ++i) {
    ASSERT_OK(Put(store(), absl::StrCat("tea ", i % 37), 1 + i % 7));
  }
  AwaitAll(views);
  const std::vector<std::string> before = Rows<Articles>(views);
  for (const int worker_count : {1, 2, 8}) {
    Position done;
    const RebuildOptions options{.worker_count = worker_count,
                                 .progress = [&](const RebuildProgress& now) {
                                   done = now.done;
                                   return true;
                                 }};

    EXPECT_OK(views.Rebuild("articles", options));

    EXPECT_EQ(done, store().Head());
    EXPECT_EQ(Rows<Articles>(views), before) << worker_count << " threads";
    ExpectEqualToFold<Articles>(store(), views);
  }
}

TEST_P(ViewsTest, ARebuildThatDoesNotFitInMemoryIsDoneInTheStore) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  for (uint32_t i = 0; i < 200; ++i) {
    ASSERT_OK(Put(store(), absl::StrCat("tea ", i % 100), 2));
  }
  AwaitAll(views);

  EXPECT_OK(views.Rebuild("articles", {.memory_bytes_max = 1000}));

  ExpectEqualToFold<Articles>(store(), views);
  tests::v1::QuantityKey four;
  four.set_quantity(4);
  const auto view = views.Read<Articles>();
  ASSERT_OK(view);
  EXPECT_EQ(Lines(view->Find<ByQuantity>(four)).size(), 100);
}

TEST_P(ViewsTest, ARebuildThatIsCancelledLeavesEverythingAsItWas) {
  ASSERT_OK(Put(store(), "tea", 1));
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  AwaitAll(views);

  EXPECT_THAT(views.Rebuild("articles",
                            {.progress = [](const auto&) { return false; }}),
              StatusIs(absl::StatusCode::kCancelled));

  EXPECT_THAT(Rows<Articles>(views), ElementsAre("tea 1"));
  EXPECT_THAT(StatusOf(views).kept_versions, ElementsAre(1));
  EXPECT_OK(views.Rebuild("articles", {}));
}

TEST_P(ViewsTest, AppendsAndReadsGoOnWhileAViewIsRebuilt) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  for (int i = 0; i < 50; ++i) ASSERT_OK(Put(store(), "tea", 1));
  AwaitAll(views);
  uint64_t appended = 50;
  const RebuildOptions options{.progress = [&](const RebuildProgress&) {
    // In the middle of it.
    EXPECT_OK(Put(store(), "tea", 1));
    ++appended;
    EXPECT_OK(views.WaitFor("articles", store().Head().Previous(), kSoon));
    EXPECT_THAT(Rows<Articles>(views),
                ElementsAre(absl::StrCat("tea ", appended)));
    return true;
  }};

  EXPECT_OK(views.Rebuild("articles", options));

  EXPECT_GT(appended, 50);
  AwaitAll(views);
  EXPECT_THAT(Rows<Articles>(views),
              ElementsAre(absl::StrCat("tea ", appended)));
}

TEST_P(ViewsTest, AViewThatIsBeingBuiltIsNotRebuilt) {
  for (const ViewMode mode : {ViewMode::kInline, ViewMode::kAsync}) {
    Views views(store());
    ASSERT_OK(Put(store(), "tea", 1));
    ASSERT_OK(views.Add<Articles>(mode));
    AwaitAll(views);
    absl::Status second;
    const RebuildOptions options{.progress = [&](const RebuildProgress&) {
      second = views.Rebuild("articles", {});
      return true;
    }};

    EXPECT_OK(views.Rebuild("articles", options));

    EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("is being built already")));
    ExpectEqualToFold<Articles>(store(), views);
  }
}

TEST_P(ViewsTest, DroppingOldRowsLeavesThoseThatAreBeingBuilt) {
  Views views(store());
  ASSERT_OK(Put(store(), "tea", 1));
  ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
  AwaitAll(views);
  const RebuildOptions options{.progress = [&](const RebuildProgress&) {
    EXPECT_OK(views.Drop("articles"));
    return true;
  }};

  EXPECT_OK(views.Rebuild("articles", options));

  EXPECT_THAT(Rows<Articles>(views), ElementsAre("tea 1"));
}

TEST_P(ViewsTest, ManyWhoRebuildAtOnceNeverLoseAView) {
  for (const ViewMode mode : {ViewMode::kInline, ViewMode::kAsync}) {
    for (int i = 0; i < 50; ++i) ASSERT_OK(Put(store(), "tea", 1));
    Views views(store());
    ASSERT_OK(views.Add<Articles>(mode));
    std::vector<std::thread> rebuilders;
    for (int i = 0; i < 4; ++i) {
      rebuilders.emplace_back([&] {
        for (int round = 0; round < 10; ++round) {
          const absl::Status rebuilt = views.Rebuild("articles", {});
          EXPECT_TRUE(rebuilt.ok() || absl::IsFailedPrecondition(rebuilt))
              << rebuilt;
          const auto view = views.Read<Articles>();
          // The first rows of an async one may still be on their way.
          EXPECT_TRUE(view.ok() || absl::IsUnavailable(view.status()))
              << view.status();
        }
      });
    }
    for (std::thread& rebuilder : rebuilders) rebuilder.join();
    AwaitAll(views);
    ExpectEqualToFold<Articles>(store(), views);
  }
}

TEST_P(ViewsTest, ALiveViewHasNothingToRebuild) {
  Views views(store());
  ASSERT_OK(views.Add<Articles>(ViewMode::kLive));

  EXPECT_THAT(views.Rebuild("articles", {}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

// --- From one program to the next --------------------------------------------

TEST_P(ViewsTest, RowsAreTakenOverAndGoOn) {
  for (const ViewMode mode : {ViewMode::kInline, ViewMode::kAsync}) {
    {
      Views views(store());
      ASSERT_OK(views.Add<Articles>(mode));
      ASSERT_OK(Put(store(), "tea", 1));
      AwaitAll(views);
    }
    ASSERT_OK(Put(store(), "tea", 2));  // while nobody keeps the view
    if (persistent()) engine_->Reopen();

    Views views(store());
    ASSERT_OK(views.Add<Articles>(mode));
    AwaitAll(views);

    ExpectEqualToFold<Articles>(store(), views);
  }
}

TEST_P(ViewsTest, RowsOfAnotherVersionAreBuiltAnewAndTheOldOnesKept) {
  ASSERT_OK(Put(store(), "tea", 1));
  {
    Views views(store());
    ASSERT_OK(views.Add<Articles>(ViewMode::kAsync));
    AwaitAll(views);
  }
  Views views(store());

  ASSERT_OK(views.Add<ArticlesTwice>(ViewMode::kAsync));
  AwaitAll(views);

  EXPECT_THAT(Rows<ArticlesTwice>(views), ElementsAre("tea 2"));
  EXPECT_THAT(StatusOf(views).kept_versions, ElementsAre(1, 2));
  EXPECT_OK(views.Drop("articles"));
  EXPECT_THAT(StatusOf(views).kept_versions, ElementsAre(2));
  EXPECT_THAT(Rows<ArticlesTwice>(views), ElementsAre("tea 2"));
}

TEST_P(ViewsTest, AViewThatNobodyKeepsIsDroppedAsAWhole) {
  ASSERT_OK(Put(store(), "tea", 1));
  {
    Views views(store());
    ASSERT_OK(views.Add<Articles>(ViewMode::kInline));
    EXPECT_THAT(views.Drop("articles", /*all=*/true),
                StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  Views views(store());

  EXPECT_OK(views.Drop("articles", /*all=*/true));

  EXPECT_THAT(views.Drop("articles", /*all=*/true),
              StatusIs(absl::StatusCode::kNotFound));
  const auto rows = store().ReadRows();
  ASSERT_OK(rows);
  // All that is left is the number of the last table.
  const auto cursor = (*rows)->Scan({});
  size_t count = 0;
  while (cursor->Next()) ++count;
  EXPECT_OK(cursor->status());
  EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace daybook
