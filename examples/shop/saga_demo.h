// An order that goes well and one for each way in which one does not, as a
// story.

#ifndef DAYBOOK_EXAMPLES_SHOP_SAGA_DEMO_H_
#define DAYBOOK_EXAMPLES_SHOP_SAGA_DEMO_H_

#include <ostream>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"

namespace shop {

// Has them placed and carried out, and tells what the log says of each. On a
// store that has them already, it only tells; where it was cut off, it goes on.
absl::Status ShowSaga(daybook::EventStore& store, std::ostream& out);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_SAGA_DEMO_H_
