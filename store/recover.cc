#include "daybook/store/recover.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "daybook/v1/system.pb.h"
#include "store/anchor.h"
#include "store/carry_heads.h"
#include "store/dropped_heads.h"
#include "store/errors_internal.h"
#include "store/exchange_store.h"
#include "store/head_file.h"
#include "store/head_table.h"
#include "store/kept_heads.h"
#include "store/log_prefix.h"
#include "store/log_tree.h"
#include "store/open_store.h"
#include "store/remake_log.h"
#include "store/rocks_db.h"
#include "store/run_apart.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/store_folder.h"
#include "store/system_events.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kGrace = absl::Seconds(60);

struct LogProbe {
  Position head;
  // The last one in the log's table of tree heads.
  std::optional<KeptTreeHead> tree_head;
};

// What Open() would say of the log, however long it had to be.
absl::StatusOr<LogProbe> ProbeApart(const std::string& path,
                                    const StoreOptions& options) {
  const auto work = [&]() -> absl::StatusOr<std::string> {
    DAYBOOK_ASSIGN_OR_RETURN(const LogEnd log,
                             ProbeLog(path, options, Position(0)));
    return absl::StrCat(
        log.head.value(), " ",
        log.last_tree_head.has_value() ? log.last_tree_head->text : "");
  };
  DAYBOOK_ASSIGN_OR_RETURN(const std::string answer, RunApart(work));
  const std::pair<std::string, std::string> found =
      absl::StrSplit(answer, absl::MaxSplits(' ', 1));
  uint64_t head;
  if (!absl::SimpleAtoi(found.first, &head)) {
    return absl::InternalError("the process that opened the log said nothing");
  }
  LogProbe probe = {Position(head), std::nullopt};
  if (!found.second.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(probe.tree_head, ParseKeptHead(found.second));
  }
  return probe;
}

// Tree heads that Open() compares the log with, each with where it stands.
using NamedHeads = std::vector<std::pair<std::string, audit::TreeHead>>;

NamedHeads FindHeads(const std::string& path,
                     const absl::StatusOr<LogProbe>& log) {
  NamedHeads heads;
  if (log.ok() && log->tree_head.has_value()) {
    heads.emplace_back(kHeadTablePlace, log->tree_head->head);
  }
  // One that can't be read stops no opening.
  const auto in_file = ReadHeadFile(HeadFilePath(path));
  if (in_file.ok() && in_file->has_value()) {
    heads.emplace_back(HeadFilePath(path), (*in_file)->head);
  }
  return heads;
}

// Whether `log`, all of which is read, continues `head`.
absl::Status CheckContinues(const std::string& place,
                            const audit::TreeHead& head, const LogPrefix& log) {
  if (head.size > log.end.value()) {
    return DamageError(
        log.end, absl::StrCat("the log ends here, but the head in ", place,
                              " has ", head.size, " events"));
  }
  const auto root = log.roots.find(head.size);
  if (head.size == 0 ||
      (root != log.roots.end() && root->second == head.root)) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat("below ", head.size,
                   " an event was changed, removed or put in, or the "
                   "head in ",
                   place,
                   " was changed, or is of another store: it has another "
                   "root than the events"));
}

// Adds what is wrong to what was.
void AddProblem(const absl::Status& problem, RecoveryPlan* plan) {
  if (plan->problem.ok()) {
    plan->problem = problem;
  } else {
    plan->problem = absl::DataLossError(
        absl::StrCat(plan->problem.message(), "; ", problem.message()));
  }
}

absl::StatusOr<RecoveryPlan> Find(const std::string& path,
                                  const StoreOptions& options) {
  RecoveryPlan plan;
  // Of kDataLoss an identity is made anew; others are of no store of ours.
  plan.problem = ReadIdentityOfLog(path).status();
  if (!plan.problem.ok() && !absl::IsDataLoss(plan.problem)) {
    return plan.problem;
  }
  plan.changes_id = !plan.problem.ok();
  const absl::StatusOr<Position> acknowledged = Anchor::Read(path);
  if (acknowledged.ok()) {
    plan.acknowledged = *acknowledged;
  } else if (absl::IsDataLoss(acknowledged.status())) {
    AddProblem(acknowledged.status(), &plan);
  } else {
    return acknowledged.status();
  }

  const absl::StatusOr<LogProbe> log = ProbeApart(path, options);
  // A failed machine is no damage.
  if (!log.ok() && !absl::IsDataLoss(log.status())) return log.status();
  const NamedHeads tree_heads = FindHeads(path, log);
  std::vector<uint64_t> sizes;
  for (const auto& [place, head] : tree_heads) sizes.push_back(head.size);
  absl::StatusOr<LogPrefix> prefix = FindLogPrefix(path + "/log", sizes);
  if (absl::IsNotFound(prefix.status())) {
    prefix = LogPrefix();
    prefix->why = "there is no log";
  }
  if (!prefix.ok()) return prefix.status();
  // What comes after the end of a log that opens never was, unless it was
  // acknowledged, or nothing tells.
  const bool log_opens =
      log.ok() && (log->head == prefix->end ||
                   (log->head < prefix->end && plan.acknowledged.has_value() &&
                    *plan.acknowledged <= log->head));
  plan.keep = log_opens ? log->head : prefix->end;
  plan.readable_count =
      prefix->readable_count + (prefix->end.value() - plan.keep.value());
  plan.readable_end = prefix->readable_end;
  plan.why_no_more = prefix->why;
  plan.first_damage = prefix->first_damage;
  if (prefix->first_damage.has_value()) {
    plan.why_no_more = absl::StrCat("position ", prefix->first_damage->value(),
                                    ": ", prefix->why);
  }
  plan.drops_rows = !log_opens;
  if (!log.ok()) {
    AddProblem(log.status(), &plan);
  } else if (log->head > prefix->end) {
    plan.may_open = plan.problem.ok() && *plan.acknowledged <= log->head;
    AddProblem(DamageError(prefix->first_damage.value_or(prefix->end),
                           "it can't be read"),
               &plan);
  }
  if (plan.acknowledged.has_value() && *plan.acknowledged > plan.keep) {
    AddProblem(
        DamageError(plan.keep, absl::StrCat("the log ends here, but ",
                                            plan.acknowledged->value(),
                                            " events were acknowledged")),
        &plan);
  } else if (plan.problem.ok() && !log_opens) {
    // Only what RocksDB does not read any more stands in its way.
    AddProblem(DamageError(log->head, "the log goes on after its end"), &plan);
  }
  if (!plan.problem.ok()) return plan;
  for (const auto& [place, head] : tree_heads) {
    const absl::Status continues = CheckContinues(place, head, *prefix);
    if (!continues.ok()) AddProblem(continues, &plan);
  }
  return plan;
}

// What `$operations` keeps of it, for people.
Operation Described(const Operation& operation, const RecoveryPlan& plan) {
  std::string what = "events below ";
  absl::StrAppend(&what, plan.keep.value(), " remain");
  if (!plan.acknowledged.has_value()) {
    absl::StrAppend(&what, "; how many had been acknowledged is not known");
  } else if (*plan.acknowledged > plan.keep) {
    absl::StrAppend(&what, "; acknowledged ones at ", plan.keep.value(), " to ",
                    plan.acknowledged->value() - 1, " are dropped");
  }
  if (plan.readable_count > 0) {
    absl::StrAppend(&what, "; of those dropped, ", plan.readable_count,
                    " could still be read");
  }
  absl::StrAppend(&what, "; ", plan.problem.message());
  Operation described = operation;
  if (!described.reason.empty()) described.reason += " - ";
  described.reason += what;
  return described;
}

// Whether it is known that all that was acknowledged remains.
bool DropsNothing(const RecoveryPlan& plan) {
  return plan.acknowledged.has_value() && *plan.acknowledged <= plan.keep &&
         plan.readable_count == 0;
}

// The same for programs.
v1::Removal Declared(const RecoveryPlan& plan, const TreeState& kept,
                     const std::vector<v1::DroppedHead>& heads) {
  v1::Removal removal;
  v1::DroppedTail& dropped = *removal.mutable_dropped_tail();
  dropped.set_kept(kept.size);
  dropped.set_kept_root(std::string(kept.root.view()));
  if (plan.acknowledged.has_value()) {
    dropped.set_acknowledged(plan.acknowledged->value());
  }
  dropped.set_readable(plan.readable_count);
  *dropped.mutable_heads() = {heads.begin(), heads.end()};
  return removal;
}

// Appends the event that declares it. RecordOperation() has no room for what is
// removed: nothing else that opens a store removes anything.
absl::Status Declare(EventStore& store, const Operation& operation,
                     const v1::Removal& removal) {
  AppendRequest request;
  NewEvent event = RemovalEvent(operation, removal);
  absl::Time now = absl::Now();
  event.id = IdSource::Random()->NewId(now);
  request.events.push_back({std::string(kOperationsStream), std::move(event)});
  ReadLogOptions last;
  last.direction = Direction::kBackward;
  last.limit = 1;
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog(last));
  if (cursor.Next()) now = std::max(now, cursor.event().recorded_at);
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  return store.Restore(request, now, "").status();
}

// Fills the folder `to`, which does not exist, with a store of what remains of
// the one in `path`, and says so in it.
class StoreMaker {
 public:
  StoreMaker(std::string path, std::string to, const StoreOptions& options,
             absl::FunctionRef<void(const ReindexProgress&)> progress)
      : path_(std::move(path)),
        to_(std::move(to)),
        options_(options),
        progress_(progress) {
    options_.create_if_missing = false;
    options_.error_if_exists = false;
    // It vouches for nothing: whoever holds the key does so later.
    options_.tree_heads = TreeHeadOptions::OnDemand();
  }

  // `heads`: of the log as it was.
  absl::StatusOr<TreeState> Make(const RecoveryPlan& plan,
                                 const Operation& operation,
                                 const std::vector<v1::DroppedHead>& heads);

 private:
  absl::Status MakeLog(const RecoveryPlan& plan);
  // Puts the heads of the old log, as far as it goes on, into the new one.
  absl::Status KeepHeads(Position size);
  // HEAD has the last one.
  absl::Status KeepHeadFile();
  absl::StatusOr<StoreIdentity> Identity(const RecoveryPlan& plan) const;

  const std::string path_;
  const std::string to_;
  StoreOptions options_;
  absl::FunctionRef<void(const ReindexProgress&)> progress_;
};

absl::StatusOr<StoreIdentity> StoreMaker::Identity(
    const RecoveryPlan& plan) const {
  if (!plan.changes_id) return ReadIdentity(path_);
  StoreIdentity identity;
  identity.store_id = IdSource::Random()->NewId(absl::Now()).ToString();
  return identity;
}

absl::Status StoreMaker::MakeLog(const RecoveryPlan& plan) {
  const std::string from = path_ + "/log";
  const std::string log = to_ + "/log";
  // Rows stay only where all of the database does.
  if (!plan.drops_rows) return CopyLog(from, log);
  DAYBOOK_RETURN_IF_ERROR(
      RemakeLog(from, log, plan.keep, EnvironmentFor(options_), progress_));
  return KeepHeads(plan.keep);
}

absl::Status StoreMaker::KeepHeads(Position size) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<RocksDb> log,
      RocksDb::OpenLog(to_ + "/log", RocksDb::Mode::kReadWrite,
                       EnvironmentFor(options_)));
  DAYBOOK_ASSIGN_OR_RETURN(const audit::TileEdge edge,
                           LoadTreeEdge(*log, size));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptTreeHead> heads,
                           SalvageHeads(path_));
  DAYBOOK_RETURN_IF_ERROR(CarryHeads(heads, *log, edge).status());
  return log->Flush(RocksDb::FlushMode::kWait);
}

absl::Status StoreMaker::KeepHeadFile() {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<RocksDb> log,
      RocksDb::OpenLog(to_ + "/log", RocksDb::Mode::kReadOnly,
                       EnvironmentFor(options_)));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> last,
                           ReadLastHead(*log));
  return last.has_value() ? CarryHeadFile(*last, path_, to_) : absl::OkStatus();
}

absl::StatusOr<TreeState> StoreMaker::Make(
    const RecoveryPlan& plan, const Operation& operation,
    const std::vector<v1::DroppedHead>& heads) {
  DAYBOOK_ASSIGN_OR_RETURN(const StoreIdentity identity, Identity(plan));
  DAYBOOK_RETURN_IF_ERROR(MakeFolder(to_));
  DAYBOOK_RETURN_IF_ERROR(MakeLog(plan));
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Anchor> anchor,
                             Anchor::Create(to_));
    DAYBOOK_RETURN_IF_ERROR(anchor->Write(plan.keep));
    DAYBOOK_RETURN_IF_ERROR(anchor->Sync());
  }
  DAYBOOK_RETURN_IF_ERROR(WriteIdentity(to_, identity));
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EventStore> store,
                           EventStore::Open(to_, options_));
  if (store->Head() != plan.keep) {
    return DamageError(plan.keep,
                       absl::StrCat("the log that was made anew ends at ",
                                    store->Head().value()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const TreeState tree,
                           store->CheckTree(Position(0), plan.keep));
  if (DropsNothing(plan) && heads.empty()) {
    DAYBOOK_RETURN_IF_ERROR(
        store->RecordOperation(Described(operation, plan)).status());
  } else {
    DAYBOOK_RETURN_IF_ERROR(Declare(*store, Described(operation, plan),
                                    Declared(plan, tree, heads)));
  }
  DAYBOOK_RETURN_IF_ERROR(store->WaitForIndexes(absl::InfiniteDuration()));
  DAYBOOK_RETURN_IF_ERROR(store->Close(kGrace));
  DAYBOOK_RETURN_IF_ERROR(KeepHeadFile());
  return tree;
}

absl::Status CheckIsStore(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error) && (fs::exists(path + "/STORE", error) ||
                                        fs::exists(path + "/log", error))) {
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat(path, " holds no store"));
}

RecoveryPlan PlanOfBegun(const std::string& path) {
  RecoveryPlan plan;
  plan.is_begun = true;
  plan.problem = absl::DataLossError(
      absl::StrCat("a recovery of ", path, " was cut short"));
  return plan;
}

}  // namespace

absl::StatusOr<RecoveryPlan> PlanRecovery(const std::string& path,
                                          const StoreOptions& options) {
  DAYBOOK_RETURN_IF_ERROR(CheckIsStore(path));
  DAYBOOK_ASSIGN_OR_RETURN(const FolderLock lock,
                           FolderLock::AcquireToLook(path));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<StoreExchange> begun,
                           StoreExchange::FindBegun(path));
  if (begun.has_value()) return PlanOfBegun(path);
  return Find(path, options);
}

namespace {

// How many bytes the databases in the store's folder take.
uint64_t BytesOfDatabases(const std::string& path) {
  uint64_t bytes = 0;
  for (const char* name : {"/log", "/index"}) {
    std::error_code error;
    fs::directory_iterator entry(path + name, error);
    for (; !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      std::error_code ignored;
      const uint64_t size = entry->file_size(ignored);
      if (!ignored) bytes += size;
    }
  }
  return bytes;
}

// Of making a new store, which did not succeed. What there is of it goes: it
// would keep a full disk full.
absl::Status NotMade(const absl::Status& status, const std::string& path) {
  StoreExchange::Prepare(path).status().IgnoreError();
  std::string message =
      absl::StrCat(status.message(), "; the store is as it was");
  if (absl::IsResourceExhausted(status)) {
    absl::StrAppend(&message,
                    ". To recover it takes up to as much room as it has files: "
                    "another ",
                    BytesOfDatabases(path), " bytes on that disk");
  }
  return WithMessage(status, message);
}

// All of Recover() but for copies of heads. REQUIRES: the folder is held.
absl::StatusOr<Recovery> RecoverStore(
    const std::string& path, const StoreOptions& options,
    const Operation& operation,
    absl::FunctionRef<void(const ReindexProgress&)> progress,
    uint64_t drop_readable_max) {
  Recovery recovery;
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<StoreExchange> begun,
                           StoreExchange::FindBegun(path));
  if (begun.has_value()) {
    recovery.plan = PlanOfBegun(path);
    recovery.damaged_folder = begun->damaged_folder();
    DAYBOOK_RETURN_IF_ERROR(begun->Finish());
    return recovery;
  }
  DAYBOOK_ASSIGN_OR_RETURN(recovery.plan, Find(path, options));
  const RecoveryPlan& plan = recovery.plan;
  if (plan.problem.ok()) {
    // An exchange may have ended but for what is worth nothing.
    DAYBOOK_RETURN_IF_ERROR(StoreExchange::Prepare(path).status());
    return recovery;
  }
  if (plan.readable_count > drop_readable_max) {
    return absl::FailedPreconditionError(absl::StrCat(
        "recovering ", path, " drops ", plan.readable_count,
        plan.readable_count == 1 ? " event" : " events",
        " that can still be read; allowed are ", drop_readable_max));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<v1::DroppedHead> heads,
                           FindDroppedHeads(path, options, plan.keep));
  DAYBOOK_ASSIGN_OR_RETURN(StoreExchange exchange,
                           StoreExchange::Prepare(path));
  StoreMaker maker(path, exchange.making_folder(), options, progress);
  absl::StatusOr<TreeState> made = maker.Make(plan, operation, heads);
  // The log opened, and yet not all of it is well: its tree may be damaged
  // where an opening does not look.
  if (absl::IsDataLoss(made.status()) && !plan.drops_rows) {
    recovery.plan.drops_rows = true;
    DAYBOOK_ASSIGN_OR_RETURN(exchange, StoreExchange::Prepare(path));
    made = maker.Make(plan, operation, heads);
  }
  if (!made.ok()) return NotMade(made.status(), path);
  recovery.tree = *made;
  recovery.damaged_folder = exchange.damaged_folder();
  DAYBOOK_RETURN_IF_ERROR(exchange.Begin());
  DAYBOOK_RETURN_IF_ERROR(exchange.Finish());
  return recovery;
}

}  // namespace

absl::StatusOr<Recovery> Recover(
    const std::string& path, const StoreOptions& options,
    const Operation& operation,
    absl::FunctionRef<void(const ReindexProgress&)> progress,
    uint64_t drop_readable_max) {
  DAYBOOK_RETURN_IF_ERROR(CheckIsStore(path));
  DAYBOOK_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Acquire(path));
  DAYBOOK_ASSIGN_OR_RETURN(
      Recovery recovery,
      RecoverStore(path, options, operation, progress, drop_readable_max));
  // In the end, as the old log may still be in use before. Whoever is killed
  // here finds the store refused until this is called again.
  DAYBOOK_ASSIGN_OR_RETURN(recovery.set_aside, SetCopiesAside(path, options));
  return recovery;
}

}  // namespace daybook
