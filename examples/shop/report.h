// What `shopctl report` prints: sales now and half-way, and whether the view
// that was kept is the one that a rebuild makes.

#ifndef DAYBOOK_EXAMPLES_SHOP_REPORT_H_
#define DAYBOOK_EXAMPLES_SHOP_REPORT_H_

#include <ostream>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"

namespace shop {

// Errors: kDataLoss if the views differ; what the views return.
absl::Status Report(daybook::EventStore& store, int worker_count,
                    std::ostream& out);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_REPORT_H_
