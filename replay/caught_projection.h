// A projection's own code, which may throw: an error as any other that it
// gives, so that the row is parked or the view stops.

#ifndef DAYBOOK_REPLAY_CAUGHT_PROJECTION_H_
#define DAYBOOK_REPLAY_CAUGHT_PROJECTION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/any_projection.h"
#include "daybook/store/event.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"

namespace daybook {

// AnyProjection::Prepare(), and kUnknown for what it threw.
absl::Status PrepareCaught(const AnyProjection& projection,
                           const EventView& event,
                           google::protobuf::Arena* arena,
                           PreparedEvent* prepared);

// AnyProjection::Apply(), likewise.
absl::StatusOr<RowFate> ApplyCaught(const AnyProjection& projection,
                                    const PreparedEvent& prepared, size_t key,
                                    google::protobuf::Message* row);

// AnyProjection::IndexKey(), likewise.
absl::StatusOr<std::optional<std::string>> IndexKeyCaught(
    const AnyProjection& projection, size_t i, std::string_view key,
    const google::protobuf::Message& row);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_CAUGHT_PROJECTION_H_
