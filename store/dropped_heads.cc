#include "store/dropped_heads.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/audit/merkle_prover.h"
#include "store/check_tree.h"
#include "store/head_file.h"
#include "store/head_table.h"
#include "store/kept_heads.h"
#include "store/log_reader.h"
#include "store/log_tree.h"
#include "store/open_store.h"
#include "store/removal_ledger.h"
#include "store/rocks_db.h"
#include "store/run_apart.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

// So many heads are listed; with their proofs they have some 150 KiB.
constexpr size_t kHeadsMax = 100;

absl::StatusOr<std::unique_ptr<RocksDb>> OpenToRead(
    const std::string& path, const StoreOptions& options) {
  return RocksDb::OpenLog(path + "/log", RocksDb::Mode::kReadOnly,
                          EnvironmentFor(options));
}

// Adds a head that is of more than `keep` events, once, in order of size.
void AddHead(const KeptTreeHead& head, Position keep,
             std::vector<KeptTreeHead>* heads) {
  if (head.head.size <= keep.value()) return;
  const auto place = std::lower_bound(
      heads->begin(), heads->end(), head.head.size,
      [](const KeptTreeHead& a, uint64_t size) { return a.head.size < size; });
  for (auto same = place;
       same != heads->end() && same->head.size == head.head.size; ++same) {
    if (same->head.root == head.head.root) return;
  }
  heads->insert(place, head);
}

// The hashes that lead from the tree of `keep` events to that of the head, or
// nothing where the tree can't be read or is not the head's.
std::vector<audit::Hash> ProveKept(const RocksDb& log, Position keep,
                                   const audit::TreeHead& head) {
  absl::StatusOr<audit::TileEdge> edge = LoadTreeEdge(log, Position(head.size));
  if (keep == Position(0) || !edge.ok() || edge->Root() != head.root) return {};
  LogTiles tiles(log, *std::move(edge));
  const audit::MerkleProver prover(head.size, tiles);
  absl::StatusOr<std::vector<audit::Hash>> proof =
      prover.ProveConsistency(keep.value(), head.size);
  return proof.ok() ? *std::move(proof) : std::vector<audit::Hash>();
}

// Heads as they are stored, and proofs from a log that may not open.
v1::DroppedTail Describe(const RocksDb* log, Position keep,
                         std::vector<KeptTreeHead> heads) {
  if (log != nullptr) {
    if (const auto table = ReadHeadTable(*log); table.ok()) {
      for (const KeptTreeHead& head : *table) AddHead(head, keep, &heads);
    }
  }
  v1::DroppedTail described;
  const size_t skip = heads.size() - std::min(heads.size(), kHeadsMax);
  for (size_t i = skip; i < heads.size(); ++i) {
    v1::DroppedHead* stored = described.add_heads();
    stored->set_text(heads[i].text);
    if (log == nullptr) continue;
    for (const audit::Hash& hash : ProveKept(*log, keep, heads[i].head)) {
      stored->add_consistency(std::string(hash.view()));
    }
  }
  return described;
}

absl::StatusOr<std::string> RenameToFree(const std::string& file) {
  for (int number = 1;; ++number) {
    const std::string free = absl::StrCat(file, ".before-recovery-", number);
    // Unlike rename(), link() replaces nothing.
    if (link(file.c_str(), free.c_str()) == 0) {
      if (unlink(file.c_str()) == 0) return free;
      return ErrnoStatus(errno, "remove " + file);
    }
    if (errno != EEXIST) return ErrnoStatus(errno, "rename " + file);
  }
}

}  // namespace

absl::StatusOr<std::vector<v1::DroppedHead>> FindDroppedHeads(
    const std::string& path, const StoreOptions& options, Position keep) {
  // One that was lost is made anew, and can't say what it was a branch of.
  const StoreIdentity identity = ReadIdentity(path).value_or(StoreIdentity());
  std::vector<KeptTreeHead> heads;
  if (const auto head = ReadHeadFile(HeadFilePath(path));
      head.ok() && head->has_value()) {
    AddHead(**head, keep, &heads);
  }
  for (const std::string& copy : options.tree_heads.copies) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> head,
                             ReadHeadFile(copy));
    if (!head.has_value()) continue;
    DAYBOOK_RETURN_IF_ERROR(CheckNotOfParent(identity, copy, *head));
    AddHead(*head, keep, &heads);
  }
  const auto describe = [&]() -> absl::StatusOr<std::string> {
    const auto log = OpenToRead(path, options);
    return Describe(log.ok() ? log->get() : nullptr, keep, heads)
        .SerializeAsString();
  };
  const absl::StatusOr<std::string> apart = RunApart(describe);
  // A failed machine is no damage.
  if (!apart.ok() && !absl::IsDataLoss(apart.status())) return apart.status();
  v1::DroppedTail described;
  if (!apart.ok() || !described.ParseFromString(*apart)) {
    described = Describe(nullptr, keep, heads);
  }
  return std::vector<v1::DroppedHead>(described.heads().begin(),
                                      described.heads().end());
}

absl::StatusOr<std::vector<Recovery::SetAside>> SetCopiesAside(
    const std::string& path, const StoreOptions& options) {
  std::vector<Recovery::SetAside> done;
  if (options.tree_heads.copies.empty()) return done;
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksDb> log,
                           OpenToRead(path, options));
  DAYBOOK_ASSIGN_OR_RETURN(const Position head, ReadLogHead(*log));
  DAYBOOK_ASSIGN_OR_RETURN(audit::TileEdge edge, LoadTreeEdge(*log, head));
  const TreeState tree = {edge.size(), edge.Root()};
  LogTiles tiles(*log, std::move(edge));
  DAYBOOK_ASSIGN_OR_RETURN(const StoreIdentity identity, ReadIdentity(path));
  std::optional<RemovalLedger> removals;
  for (const std::string& copy : options.tree_heads.copies) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> kept,
                             ReadHeadFile(copy));
    if (!kept.has_value()) continue;
    DAYBOOK_RETURN_IF_ERROR(CheckNotOfParent(identity, copy, *kept));
    const TreeState state = {kept->head.size, kept->head.root};
    if (CheckContinues({copy, state}, tree, tiles).ok()) continue;
    if (!removals.has_value()) {
      removals.emplace();
      DAYBOOK_RETURN_IF_ERROR(removals->TakeAll(*log, Position(0), head));
    }
    // One that nothing explains is for who finds the store refused.
    if (!removals->Explain(state).has_value()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(std::string renamed, RenameToFree(copy));
    done.push_back({copy, std::move(renamed)});
  }
  return done;
}

}  // namespace daybook
