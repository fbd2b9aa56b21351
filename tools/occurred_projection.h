// A projection that passes over events which lie outside of bounds that only
// the event itself can tell: those on when it happened.

#ifndef DAYBOOK_TOOLS_OCCURRED_PROJECTION_H_
#define DAYBOOK_TOOLS_OCCURRED_PROJECTION_H_

#include <memory>

#include "daybook/projections/any_projection.h"
#include "tools/bounds.h"

namespace daybook::tools {

std::shared_ptr<const AnyProjection> OnlyWithin(
    Bounds bounds, std::shared_ptr<const AnyProjection> projection);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_OCCURRED_PROJECTION_H_
