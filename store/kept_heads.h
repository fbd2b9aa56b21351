// The heads of a store's audit tree that were kept, which its log must continue
// to be opened.

#ifndef DAYBOOK_STORE_KEPT_HEADS_H_
#define DAYBOOK_STORE_KEPT_HEADS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/store/audit.h"
#include "daybook/store/options.h"
#include "store/rocks_db.h"
#include "store/store_folder.h"

namespace daybook {

// For messages.
inline constexpr char kHeadTablePlace[] = "the store's table of heads";

// Compares the tree over `log`, whose edge is `edge`, with the last head in the
// log's table, with HEAD, and with the copies that `options` name; changes
// nothing. Gives the larger of the first two. A HEAD that can't be read is told
// to the logger, and HeadKeeper replaces it; a copy that can't be is refused,
// as it may be a file of something else, and so is one of the log that this
// store, which is `identity`, is a branch of. Errors: as EventStore::Open().
absl::StatusOr<std::optional<KeptTreeHead>> CheckKeptHeads(
    const RocksDb& log, const audit::TileEdge& edge,
    const std::string& store_folder, const StoreIdentity& identity,
    const StoreOptions& options);

// The same for a store that is to be made, before anything is:
// kFailedPrecondition where a file for copies has a head of events, which are
// another log's.
absl::Status CheckCopiesOfNewStore(const TreeHeadOptions& options);

// kFailedPrecondition if the head `kept` in the file `copy` is of the log that
// the store is a branch of: it would be lost.
absl::Status CheckNotOfParent(const StoreIdentity& identity,
                              const std::string& copy,
                              const KeptTreeHead& kept);

}  // namespace daybook

#endif  // DAYBOOK_STORE_KEPT_HEADS_H_
