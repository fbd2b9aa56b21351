#include "daybook/store/rebuild_tree.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/tile.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"
#include "store/anchor.h"
#include "store/carry_heads.h"
#include "store/check_tree.h"
#include "store/errors_internal.h"
#include "store/exchange_store.h"
#include "store/head_table.h"
#include "store/log_prefix.h"
#include "store/log_salvage.h"
#include "store/log_tree.h"
#include "store/open_store.h"
#include "store/remake_log.h"
#include "store/run_apart.h"
#include "store/status_macros.h"
#include "store/store_folder.h"
#include "store/wal_order.h"

namespace daybook {
namespace {

constexpr size_t kLeavesAtOnce = 4096;

// What a look at the log, in a copy of this process, found.
struct Look {
  LogEnd log;
  std::optional<TreeState> written;
  bool tree_is_right = false;
};

// As text, from one process to the other: three numbers, whether the tree is
// right, and the head as stored.
absl::StatusOr<std::string> LookAt(const std::string& path,
                                   const StoreOptions& options,
                                   Position acknowledged) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const LogEnd probed,
      ProbeLog(path, options, acknowledged, TreeProbe::kIgnore));
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<RocksDb> log,
      RocksDb::OpenLog(path + "/log", RocksDb::Mode::kReadOnly,
                       EnvironmentFor(options)));
  const absl::StatusOr<TreeState> head = ReadTreeHead(*log);
  const bool is_right = head.ok() && head->size == probed.head.value() &&
                        ReadHeadTable(*log).ok() &&
                        CheckTree(*log, Position(0), probed.head).ok();
  return absl::StrCat(probed.head.value(), " ", probed.tiled.value(), " ",
                      probed.row_writes_in_files, " ",
                      is_right ? "right " : "wrong ",
                      head.ok() ? EncodeTreeHead(*head) : "");
}

absl::StatusOr<Look> LookApart(const std::string& path,
                               const StoreOptions& options,
                               Position acknowledged) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string answer, RunApart([&] {
                             return LookAt(path, options, acknowledged);
                           }));
  const std::vector<std::string> parts =
      absl::StrSplit(answer, absl::MaxSplits(' ', 4));
  Look look;
  uint64_t head, tiled;
  if (parts.size() != 5 || !absl::SimpleAtoi(parts[0], &head) ||
      !absl::SimpleAtoi(parts[1], &tiled) ||
      !absl::SimpleAtoi(parts[2], &look.log.row_writes_in_files)) {
    return absl::InternalError("the process that opened the log said nothing");
  }
  look.log.head = Position(head);
  look.log.tiled = Position(tiled);
  look.tree_is_right = parts[3] == "right";
  TreeState written;
  if (DecodeTreeHead(parts[4], &written)) look.written = written;
  return look;
}

// Gives the leaves of the events below `head` in the log at `path` to `take`,
// some thousand at a time. Each event is as its leaf says.
absl::Status ReadLeaves(
    const std::string& path, Position head,
    absl::FunctionRef<absl::Status(std::span<const audit::Hash>)> take) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<LogSalvage> log,
                           LogSalvage::Open(path));
  PrefixCheck check;
  std::vector<audit::Hash> leaves;
  while (check.next() < head && log->Next()) {
    const Position at = check.next();
    const std::string wrong = check.Take(*log);
    if (!wrong.empty()) return DamageError(at, wrong);
    leaves.push_back(log->chunk().Leaf(log->place()));
    if (leaves.size() < kLeavesAtOnce) continue;
    DAYBOOK_RETURN_IF_ERROR(take(leaves));
    leaves.clear();
  }
  DAYBOOK_RETURN_IF_ERROR(log->status());
  if (check.next() < head) {
    return DamageError(check.next(), "the event is missing");
  }
  return leaves.empty() ? absl::OkStatus() : take(leaves);
}

absl::StatusOr<TreeState> TreeOfEvents(const std::string& path, Position head) {
  audit::TileEdge tree;
  DAYBOOK_RETURN_IF_ERROR(
      ReadLeaves(path, head, [&](std::span<const audit::Hash> leaves) {
        for (const audit::Hash& leaf : leaves) {
          tree.Append(
              leaf, [](const audit::TileId&, std::span<const audit::Hash>) {});
        }
        return absl::OkStatus();
      }));
  return TreeState{tree.size(), tree.Root()};
}

// Replaces the tree in the log's database at `path`, which nobody else uses,
// and puts back those of `heads` that it continues.
absl::StatusOr<CarriedHeads> ReplaceTree(const std::string& path,
                                         const LogEnd& probed,
                                         const std::vector<KeptTreeHead>& heads,
                                         const RocksEnvironment& environment) {
  {
    const std::unique_ptr<rocksdb::WalFilter> filter =
        StopAtFirstHole(probed.tiled, probed.row_writes_in_files);
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksDb> log,
                             RocksDb::OpenLog(path, RocksDb::Mode::kReadWrite,
                                              environment, filter.get()));
    // With its files, which a compaction would stumble over.
    DAYBOOK_RETURN_IF_ERROR(FromRocks(
        (*log)->DropColumnFamily(log->family(kLogTree)), "drop the tree"));
  }
  // Made again by opening.
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<RocksDb> log,
      RocksDb::OpenLog(path, RocksDb::Mode::kReadWrite, environment));
  LogTree tree((audit::TileEdge()));
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  DAYBOOK_RETURN_IF_ERROR(
      ReadLeaves(path, probed.head, [&](std::span<const audit::Hash> leaves) {
        rocksdb::WriteBatch batch;
        tree.Stage(*log, leaves, &batch);
        return FromRocks((*log)->Write(options, &batch), "write the tree");
      }));
  tree.Publish({});
  DAYBOOK_ASSIGN_OR_RETURN(CarriedHeads carried,
                           CarryHeads(heads, *log, tree.edge()));
  DAYBOOK_RETURN_IF_ERROR(log->Flush(RocksDb::FlushMode::kWait));
  return carried;
}

// What became of the heads that the store had.
absl::StatusOr<CarriedHeads> MakeStore(const std::string& path,
                                       const std::string& to,
                                       const LogEnd& probed,
                                       const StoreOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const StoreIdentity identity, ReadIdentity(path));
  DAYBOOK_RETURN_IF_ERROR(MakeFolder(to));
  DAYBOOK_RETURN_IF_ERROR(CopyLog(path + "/log", to + "/log"));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptTreeHead> kept,
                           SalvageHeads(path));
  DAYBOOK_ASSIGN_OR_RETURN(
      CarriedHeads heads,
      ReplaceTree(to + "/log", probed, kept, EnvironmentFor(options)));
  if (heads.last.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(CarryHeadFile(*heads.last, path, to));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Anchor> anchor,
                           Anchor::Create(to));
  DAYBOOK_RETURN_IF_ERROR(anchor->Write(probed.head));
  DAYBOOK_RETURN_IF_ERROR(anchor->Sync());
  DAYBOOK_RETURN_IF_ERROR(WriteIdentity(to, identity));
  return heads;
}

std::string Described(const TreeState& tree) {
  return absl::StrCat(tree.size, " events and the root ", tree.root.ToHex());
}

// What heads that the events do not continue say of them. One of no more events
// than there are: one of them was changed. Others: the log lost its end.
absl::Status LeftHeadError(const std::vector<KeptTreeHead>& left,
                           const TreeState& made) {
  const auto smallest = std::ranges::min_element(
      left, {}, [](const KeptTreeHead& kept) { return kept.head.size; });
  const audit::TreeHead& head = smallest->head;
  return absl::FailedPreconditionError(absl::StrCat(
      "a head that was kept has ", Described({head.size, head.root}),
      ", the events make ", Described(made),
      head.size <= made.size
          ? ", which do not continue it: one of them was changed"
          : ": the log lost its end, or that head is of another store; "
            "recovering the store declares what is lost",
      "; nothing was done"));
}

}  // namespace

absl::StatusOr<TreeRebuild> RebuildTree(const std::string& path,
                                        const StoreOptions& options,
                                        NewRoot new_root) {
  DAYBOOK_RETURN_IF_ERROR(ReadIdentity(path).status());
  DAYBOOK_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Acquire(path));
  DAYBOOK_ASSIGN_OR_RETURN(const Position acknowledged, Anchor::Read(path));
  const absl::StatusOr<Look> looked = LookApart(path, options, acknowledged);
  if (absl::IsDataLoss(looked.status())) {
    return absl::DataLossError(absl::StrCat(
        looked.status().message(),
        ": more is damaged than rows of the audit tree; see what recovering "
        "the store would cost"));
  }
  DAYBOOK_RETURN_IF_ERROR(looked.status());
  const Look& look = *looked;
  TreeRebuild rebuild;
  rebuild.written = look.written;
  if (look.tree_is_right) {
    rebuild.made = *look.written;
    return rebuild;
  }
  const Position head = look.log.head;
  DAYBOOK_ASSIGN_OR_RETURN(rebuild.made, TreeOfEvents(path + "/log", head));
  if (new_root == NewRoot::kRefuse && rebuild.written.has_value() &&
      *rebuild.written != rebuild.made) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the audit tree was written with ", Described(*rebuild.written),
        ", the events make ", Described(rebuild.made),
        ": one of them was changed; nothing was done"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const StoreExchange exchange,
                           StoreExchange::Prepare(path));
  const std::string making = exchange.making_folder();
  DAYBOOK_ASSIGN_OR_RETURN(CarriedHeads heads,
                           MakeStore(path, making, look.log, options));
  rebuild.dropped = std::move(heads.left);
  if (new_root == NewRoot::kRefuse && !rebuild.dropped.empty()) {
    DAYBOOK_RETURN_IF_ERROR(StoreExchange::Prepare(path).status());
    return LeftHeadError(rebuild.dropped, rebuild.made);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Look mended, LookApart(making, options, head));
  if (!mended.tree_is_right || mended.written != rebuild.made) {
    return absl::DataLossError(
        "the audit tree can't be made anew: it is not as it was written");
  }
  DAYBOOK_RETURN_IF_ERROR(exchange.Begin());
  DAYBOOK_RETURN_IF_ERROR(exchange.Finish());
  rebuild.rebuilt = true;
  rebuild.damaged_folder = exchange.damaged_folder();
  return rebuild;
}

}  // namespace daybook
