// The golden store: a small one with everything in it that a store can hold.
//
// `write_golden_store FOLDER` writes it to disk; what it wrote is kept in
// tests/store/golden/format-N, and a test opens that with today's code and
// compares it with the same store made in memory. It is written once for each
// format and stays.

#ifndef DAYBOOK_TESTS_STORE_GOLDEN_STORE_H_
#define DAYBOOK_TESTS_STORE_GOLDEN_STORE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "tests/testing/fake_clock.h"

namespace daybook {

// Options under which two fillings are equal, and what they point to.
class GoldenOptions {
 public:
  GoldenOptions();
  const StoreOptions& get() const { return options_; }
  testing::FakeClock& clock() { return clock_; }

 private:
  testing::FakeClock clock_;
  std::unique_ptr<IdSource> ids_;
  StoreOptions options_;
};

absl::Status FillGoldenStore(EventStore& store, testing::FakeClock& clock);

// Everything that can be read of the golden store, as text.
std::string DescribeGoldenStore(EventStore& store);

}  // namespace daybook

#endif  // DAYBOOK_TESTS_STORE_GOLDEN_STORE_H_
