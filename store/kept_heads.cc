#include "store/kept_heads.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/check_tree.h"
#include "store/head_file.h"
#include "store/head_table.h"
#include "store/log_tree.h"
#include "store/removal_ledger.h"
#include "store/status_macros.h"
#include "store/status_message.h"

namespace daybook {
namespace {

// Says what to do with a copy of a head of the log as it was before it was cut.
absl::Status CheckNotExplained(const RocksDb& log, const NamedTree& head,
                               const TreeState& tree) {
  RemovalLedger ledger;
  DAYBOOK_RETURN_IF_ERROR(
      ledger.TakeAll(log, Position(0), Position(tree.size)));
  const auto found = ledger.Explain(head.tree);
  if (!found.has_value()) return absl::OkStatus();
  const DeclaredRemoval& removal = ledger.removals()[found->removal];
  return absl::FailedPreconditionError(absl::StrCat(
      head.place, " has a head of ", head.tree.size,
      " events, of the log before a recovery cut it to ", removal.kept.value(),
      " (position ", removal.position.value(), " of $operations says so): ",
      "compare them with `audit verify --against ", head.place,
      "`, then move that file away, or have `recover --head-copy ", head.place,
      " --yes` do it"));
}

}  // namespace

absl::Status CheckNotOfParent(const StoreIdentity& identity,
                              const std::string& copy,
                              const KeptTreeHead& kept) {
  const std::vector<std::string>& parents = identity.branched_from;
  if (std::ranges::find(parents, kept.head.origin) == parents.end()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      copy, " has a head of the log \"", kept.head.origin,
      "\", which this store is a branch of: leave it to that one, and name "
      "another file for copies of the branch's heads, or none"));
}

absl::Status CheckCopiesOfNewStore(const TreeHeadOptions& options) {
  for (const std::string& copy : options.copies) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> kept,
                             ReadHeadFile(copy));
    // Every log goes on from the head of an empty one.
    if (!kept.has_value() || kept->head.size == 0) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        copy, " has a head of the log \"", kept->head.origin, "\" with ",
        kept->head.size,
        " events, and a new store is another log: name another file for copies "
        "of its heads, or none"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<KeptTreeHead>> CheckKeptHeads(
    const RocksDb& log, const audit::TileEdge& edge,
    const std::string& store_folder, const StoreIdentity& identity,
    const StoreOptions& options) {
  LogTiles tiles(log, edge);
  const TreeState tree = {edge.size(), edge.Root()};
  std::optional<KeptTreeHead> last;
  const auto take = [&](const KeptTreeHead& kept, const std::string& place) {
    if (!last.has_value() || kept.head.size > last->head.size ||
        (kept.head.size == last->head.size &&
         SignatureCount(kept) >= SignatureCount(*last))) {
      last = kept;
    }
    return CheckContinues({place, {kept.head.size, kept.head.root}}, tree,
                          tiles);
  };
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> in_table,
                           ReadLastHead(log));
  if (in_table.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(take(*in_table, kHeadTablePlace));
  }
  const std::string head_file = HeadFilePath(store_folder);
  const absl::StatusOr<std::optional<KeptTreeHead>> in_file =
      ReadHeadFile(head_file);
  if (!in_file.ok()) {
    if (options.logger != nullptr) {
      options.logger->Log(LogLevel::kWarning, in_file.status().ToString());
    }
  } else if (in_file->has_value()) {
    DAYBOOK_RETURN_IF_ERROR(take(**in_file, head_file));
  }
  for (const std::string& copy : options.tree_heads.copies) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> kept,
                             ReadHeadFile(copy));
    if (!kept.has_value()) continue;
    DAYBOOK_RETURN_IF_ERROR(CheckNotOfParent(identity, copy, *kept));
    const NamedTree head = {copy, {kept->head.size, kept->head.root}};
    const absl::Status continues = CheckContinues(head, tree, tiles);
    if (absl::IsDataLoss(continues)) {
      DAYBOOK_RETURN_IF_ERROR(CheckNotExplained(log, head, tree));
      return WithMessage(
          continues,
          absl::StrCat(continues.message(),
                       "; if that is known and accepted, as after `backup "
                       "restore --accept-loss`, move ",
                       copy, " away and keep it as proof"));
    }
    DAYBOOK_RETURN_IF_ERROR(continues);
  }
  return last;
}

}  // namespace daybook
