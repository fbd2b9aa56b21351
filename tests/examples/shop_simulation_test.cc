// The simulated shop: the same seed gives the same events, and the views that
// were kept meanwhile are what the events fold to.

#include <memory>
#include <sstream>
#include <string>

#include "absl/time/time.h"
#include "daybook/replay/refold.h"
#include "daybook/replay/views.h"
#include "examples/shop/cart_contents.h"
#include "examples/shop/registration.h"
#include "examples/shop/report.h"
#include "examples/shop/sales.h"
#include "examples/shop/simulate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace shop {
namespace {

using daybook::EventStore;
using daybook::EventView;
using daybook::testing::StatusIs;
using ::testing::HasSubstr;

// A store that was simulated on, with the clock that it was opened with.
class SimulatedStore {
 public:
  SimulatedStore(uint64_t events, uint64_t seed)
      : ids_(daybook::IdSource::Seeded(seed)),
        engine_(daybook::testing::RocksDbEngineFactory().make(
            {.durability = daybook::Durability::None(),
             .clock = &clock_,
             .id_source = ids_.get()})) {
    daybook::Views views(store());
    EXPECT_OK(KeepViews(views));
    const auto report =
        Simulate(store(), clock_, {.event_count = events, .seed = seed});
    EXPECT_OK(report);
    if (report.ok()) report_ = *report;
    EXPECT_OK(views.WaitFor(SalesBySkuAndHour::kName, store().Head().Previous(),
                            absl::Seconds(60)));
  }

  EventStore& store() { return engine_->store(); }
  const SimulationReport& report() const { return report_; }
  SimulatedClock& clock() { return clock_; }

  std::string Log() {
    std::ostringstream log;
    auto cursor = store().ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) {
      log << event.position << event.stream << event.type << event.payload
          << event.id.ToString() << event.recorded_at << "\n";
    }
    return log.str();
  }

 private:
  SimulatedClock clock_;
  std::unique_ptr<daybook::IdSource> ids_;
  std::unique_ptr<daybook::testing::Engine> engine_;
  SimulationReport report_;
};

TEST(SimulationTest, TheSameSeedGivesTheSameLog) {
  SimulatedStore a(3'000, 7);
  SimulatedStore b(3'000, 7);
  SimulatedStore c(3'000, 8);

  EXPECT_EQ(a.Log(), b.Log());
  EXPECT_NE(a.Log(), c.Log());
}

TEST(SimulationTest, HasAsManyEventsAsAskedForAndHardlyMore) {
  SimulatedStore shop(3'000, 1);

  EXPECT_GE(shop.store().Head().value(), 3'000);
  EXPECT_LT(shop.store().Head().value(), 3'100);
  EXPECT_GT(shop.report().orders, 0);
}

TEST(SimulationTest, IsForAnEmptyStore) {
  SimulatedStore shop(1'000, 1);

  EXPECT_THAT(Simulate(shop.store(), shop.clock(), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(SimulationTest, LeavesViewsThatAreWhatTheEventsFoldTo) {
  SimulatedStore shop(20'000, 3);

  for (const auto& projection :
       {*daybook::MakeAnyProjection<CartContents>(),
        *daybook::MakeAnyProjection<SalesBySkuAndHour>()}) {
    const auto report = daybook::Refold(shop.store(), projection);
    ASSERT_OK(report);
    EXPECT_EQ(report->next_position, shop.store().Head());
    EXPECT_GT(report->compared_count, 100);
    EXPECT_EQ(report->difference_count, 0);
  }
}

TEST(SimulationTest, TheReportShowsThatKeptAndRebuiltRowsAgree) {
  SimulatedStore shop(5'000, 3);
  std::ostringstream out;

  EXPECT_OK(Report(shop.store(), /*worker_count=*/2, out));

  EXPECT_THAT(out.str(), HasSubstr("sales now"));
  EXPECT_THAT(out.str(), HasSubstr("half-way"));
  EXPECT_THAT(out.str(), HasSubstr("byte for byte the same"));
}

}  // namespace
}  // namespace shop
