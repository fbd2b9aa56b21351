// A simulated shop: customers who come and go by the hour, from one seed. The
// same seed gives the same events, byte for byte.

#ifndef DAYBOOK_EXAMPLES_SHOP_SIMULATE_H_
#define DAYBOOK_EXAMPLES_SHOP_SIMULATE_H_

#include <atomic>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"

namespace shop {

// Time that passes when it is told to: StoreOptions::clock of the store.
class SimulatedClock final : public daybook::Clock {
 public:
  // The morning of Monday, the 6th of January 2025, in UTC.
  static absl::Time Begin() { return absl::FromUnixSeconds(1'736'143'200); }

  absl::Time Now() override { return Begin() + passed(); }
  absl::Duration Monotonic() override { return passed(); }
  void Advance(absl::Duration duration) {
    passed_micros_ += absl::ToInt64Microseconds(duration);
  }

 private:
  absl::Duration passed() const {
    return absl::Microseconds(passed_micros_.load());
  }

  std::atomic<int64_t> passed_micros_ = 0;
};

struct SimulationOptions {
  // The last visit may add a few more.
  uint64_t event_count = 1'000'000;
  uint64_t seed = 1;
};

struct SimulationReport {
  uint64_t visits = 0;
  uint64_t orders = 0;
  // Because something was sold out, or by customers who changed their mind.
  uint64_t cancelled = 0;
  uint64_t coupons_redeemed = 0;
  uint64_t coupons_refused = 0;
};

// Lets customers visit an empty store, which was opened with `clock`, until it
// has the events. Everything they do is a transaction, as it would be in a real
// shop; its speed is up to the store's durability.
absl::StatusOr<SimulationReport> Simulate(daybook::EventStore& store,
                                          SimulatedClock& clock,
                                          const SimulationOptions& options);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_SIMULATE_H_
