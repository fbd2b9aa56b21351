// How snapshots lie among a store's rows. Grammar: store/FORMAT.md.

#ifndef DAYBOOK_REPLAY_SNAPSHOT_RECORD_H_
#define DAYBOOK_REPLAY_SNAPSHOT_RECORD_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/store/numbers.h"
#include "daybook/store/query.h"
#include "daybook/v1/snapshot.pb.h"

namespace daybook {

inline constexpr size_t kSnapshotNameBytesMax = 256;
// What the value of a snapshot's row has at most beside state and query.
inline constexpr size_t kSnapshotOverheadBytesMax = 256;

v1::SnapshotQuery ToProto(const Query& query);
Query FromProto(const v1::SnapshotQuery& query);

// What the keys of all snapshots begin with; of one decider; and of its states
// of one stream or query. REQUIRES: no NUL in a name.
std::string SnapshotPrefix();
std::string SnapshotPrefix(std::string_view decider);
std::string SnapshotPrefix(std::string_view decider, std::string_view stream);
std::string SnapshotPrefix(std::string_view decider,
                           const v1::SnapshotQuery& query);
// The key of the state after the event at `position`; `prefix` is of a stream
// or a query.
std::string SnapshotKey(std::string_view prefix, Position position);

// What a key says.
struct SnapshotKeyParts {
  std::string_view decider;
  // Empty for a query.
  std::string_view stream;
  Position position;
};
// Nothing if `key` is none of a snapshot.
std::optional<SnapshotKeyParts> ParseSnapshotKey(std::string_view key);

// The row's value. It bears a checksum of itself and of `key`.
std::string EncodeSnapshot(std::string_view key, const v1::Snapshot& snapshot);
// Nothing if the bytes are not those that were written under `key`.
std::optional<v1::Snapshot> DecodeSnapshot(std::string_view key,
                                           std::string_view value);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_SNAPSHOT_RECORD_H_
