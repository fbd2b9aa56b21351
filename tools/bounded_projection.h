// A projection for a command: it passes over events outside of bounds, which
// may be on when they happened and so can't be looked up, and fails once the
// command is interrupted.

#ifndef DAYBOOK_TOOLS_BOUNDED_PROJECTION_H_
#define DAYBOOK_TOOLS_BOUNDED_PROJECTION_H_

#include <memory>

#include "daybook/projections/any_projection.h"
#include "tools/bounds.h"

namespace daybook::tools {

// Errors of its Prepare(): those of `projection`, and kCancelled.
std::shared_ptr<const AnyProjection> OnlyWithin(
    Bounds bounds, std::shared_ptr<const AnyProjection> projection);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_BOUNDED_PROJECTION_H_
