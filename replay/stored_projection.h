// A projection as a store knows it: the types of its keys and rows, without the
// code that makes them.

#ifndef DAYBOOK_REPLAY_STORED_PROJECTION_H_
#define DAYBOOK_REPLAY_STORED_PROJECTION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/projections/any_projection.h"
#include "daybook/v1/view.pb.h"

namespace daybook {

// The types of `table`'s rows; Prepare() and Apply() give kFailedPrecondition.
// Errors: kDataLoss if they can't be made of its descriptors.
absl::StatusOr<std::shared_ptr<const AnyProjection>> MakeStoredProjection(
    const std::string& name, const v1::ViewTable& table);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_STORED_PROJECTION_H_
