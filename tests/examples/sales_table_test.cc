// The sales of a shop in SQLite: interrupted anywhere, by an error or by
// kill -9, no sale is lost and none counts twice.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include "examples/sqlite_sink/sales_table.h"

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/projections/typed_event.h"
#include "daybook/replay/sink.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/examples/shop_events.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace shop {
namespace {

using daybook::EventStore;
using daybook::ExpectedRevision;
using daybook::Position;
using daybook::testing::ChildProcess;
using daybook::testing::Draw;
using daybook::testing::FaultRun;
using daybook::testing::OneIn;
using daybook::testing::Random;
using daybook::testing::TemporaryFolder;

constexpr int kSkuCount = 5;

// Passes everything on to a table, and fails now and then, half-way through a
// batch or where it would be committed.
class FailingSink final : public daybook::Sink {
 public:
  FailingSink(daybook::Sink& sink, Random& random)
      : sink_(sink), random_(random) {}

  absl::StatusOr<Position> NextPosition() override {
    return sink_.NextPosition();
  }
  absl::Status Begin() override { return sink_.Begin(); }
  absl::Status Write(const daybook::EventView& event) override {
    if (OneIn(random_, 40)) return absl::AbortedError("half-way");
    return sink_.Write(event);
  }
  absl::Status Commit(Position next_position) override {
    if (OneIn(random_, 4)) return absl::AbortedError("before the commit");
    absl::Status status = sink_.Commit(next_position);
    if (OneIn(random_, 4)) return absl::AbortedError("after the commit");
    return status;
  }

 private:
  daybook::Sink& sink_;
  Random& random_;
};

class SalesTableTest : public ::testing::Test {
 protected:
  // Sales of a few articles, and cancellations; what remains is `sold_`.
  void Sell(int count) {
    const auto store =
        EventStore::Open(store_, {.durability = daybook::Durability::None()});
    ASSERT_OK(store);
    for (int i = 0; i < count; ++i) {
      const std::string sku =
          absl::StrCat("sku-", Draw(run_.random(), kSkuCount));
      const auto quantity = static_cast<uint32_t>(Draw(run_.random(), 9));
      const bool is_sale = !OneIn(run_.random(), 5);
      const auto appended =
          is_sale ? daybook::Append(**store, "order-1", ExpectedRevision::Any(),
                                    Sold(sku, quantity, 100))
                  : daybook::Append(**store, "order-1", ExpectedRevision::Any(),
                                    NotSold(sku, quantity, 100));
      ASSERT_OK(appended);
      sold_[sku] += is_sale ? int64_t{quantity} : -int64_t{quantity};
    }
  }
  void ExpectEverySaleOnce() {
    const auto table = SalesTable::Open(database_);
    ASSERT_OK(table);
    for (const auto& [sku, quantity] : sold_) {
      EXPECT_THAT((*table)->QuantityOf(sku),
                  daybook::testing::IsOkAndHolds(quantity))
          << sku << "\n"
          << run_.Replay();
    }
  }

  FaultRun run_;
  const TemporaryFolder folder_;
  const std::string store_ = folder_ / "store";
  const std::string database_ = folder_ / "sales.db";
  std::map<std::string, int64_t> sold_;
};

TEST_F(SalesTableTest, ErrorsAnywhereLoseNothingAndDoubleNothing) {
  Sell(2'000);
  const auto store = EventStore::Open(store_, {});
  ASSERT_OK(store);
  const auto sales = SalesTable::Events::ToQuery();
  ASSERT_OK(sales);
  int failed = 0;

  // A new table each time: as a new process finds it.
  for (bool is_done = false; !is_done;) {
    const auto table = SalesTable::Open(database_);
    ASSERT_OK(table);
    FailingSink sink(**table, run_.random());
    const size_t batch = 1 + Draw(run_.random(), 50);
    is_done =
        daybook::RunSink(**store, *sales, sink, {.batch_count_max = batch})
            .ok();
    failed += is_done ? 0 : 1;
  }

  ExpectEverySaleOnce();
  EXPECT_GT(failed, 10);
}

// --- kill -9 -----------------------------------------------------------------

int DeliverUntilKilled(const std::map<std::string, std::string>& arguments) {
  const auto store = EventStore::Open(arguments.at("store"), {});
  const auto table = SalesTable::Open(arguments.at("database"));
  const auto sales = SalesTable::Events::ToQuery();
  if (!store.ok() || !table.ok() || !sales.ok()) return 2;
  return daybook::RunSink(**store, *sales, **table, {.batch_count_max = 3}).ok()
             ? 0
             : 3;
}
const bool kDeliverRegistered =
    daybook::testing::RegisterChild("deliver", DeliverUntilKilled);

TEST_F(SalesTableTest, Kill9AnywhereLosesNothingAndDoublesNothing) {
  int killed = 0;

  while (run_.More()) {
    Sell(300);
    // Longer and longer, so that it comes to an end on any machine.
    uint64_t patience = 40;
    for (bool is_done = false; !is_done;) {
      ChildProcess child("deliver",
                         {{"store", store_}, {"database", database_}},
                         folder_ / "output");
      const absl::Time until =
          absl::Now() + absl::Milliseconds(Draw(run_.random(), patience += 10));
      while (absl::Now() < until && !child.HasEnded()) {
        absl::SleepFor(absl::Milliseconds(1));
      }
      if (child.HasEnded()) {
        ASSERT_EQ(child.Wait(), 0) << child.Output();
        is_done = true;
      } else {
        child.Kill();
        child.Wait();
        ++killed;
      }
    }
    ExpectEverySaleOnce();
  }
  run_.Report(absl::StrCat(killed, " kills"));
}

}  // namespace
}  // namespace shop
