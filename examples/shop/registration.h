// What the shop has, by name: for the command line, and for a store that keeps
// its views.

#ifndef DAYBOOK_EXAMPLES_SHOP_REGISTRATION_H_
#define DAYBOOK_EXAMPLES_SHOP_REGISTRATION_H_

#include "absl/status/status.h"
#include "daybook/projections/registry.h"
#include "daybook/replay/views.h"

namespace shop {

void RegisterShop(daybook::Registry& registry);

// Errors: as Views::Add().
absl::Status KeepViews(daybook::Views& views);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_REGISTRATION_H_
