#include "store/open_store.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/errors.h"
#include "daybook/store/filling.h"
#include "store/deriver.h"
#include "store/errors_internal.h"
#include "store/exchange_store.h"
#include "store/head_table.h"
#include "store/index.h"
#include "store/kept_heads.h"
#include "store/log_files.h"
#include "store/log_reader.h"
#include "store/log_tree.h"
#include "store/row_loader.h"
#include "store/row_writes.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"
#include "store/validate.h"
#include "store/wal_order.h"

namespace daybook {
namespace {

constexpr size_t kDefaultMemoryBudget = 256 << 20;
constexpr int kDefaultThreads = 2;
// More events than this above the watermark are derived before the store
// opens; fewer are read into the tail, which takes a fraction of the time.
constexpr uint64_t kTailCountAtOpen = 1 << 17;

std::string LogPath(const std::string& path) { return path + "/log"; }
std::string IndexPath(const std::string& path) { return path + "/index"; }

void Log(const StoreOptions& options, LogLevel level,
         const std::string& message) {
  if (options.logger != nullptr) options.logger->Log(level, message);
}

StoreOptions WithDefaults(StoreOptions options) {
  if (options.clock == nullptr) options.clock = Clock::System();
  if (options.id_source == nullptr) options.id_source = IdSource::Random();
  if (options.executor == nullptr) {
    options.executor = Executor::Threads(kDefaultThreads);
  }
  if (options.memory_budget == nullptr) {
    options.memory_budget = MemoryBudget::Create(kDefaultMemoryBudget);
  }
  return options;
}

RocksEnvironment EnvironmentOf(const StoreCore& core, const OpenHooks& hooks) {
  return {hooks.file_system, core.options.memory_budget,
          core.options.compression, core.options.logger};
}

// Steps 2 and 3.

struct Probed {
  LogEnd end;
  audit::TileEdge tree;
};

// Whether the events below `head` have leaves as this opening wants it.
absl::Status CheckLeaves(const StoreCore& core, const RocksDb& log,
                         Position head, bool without_tree) {
  if (head == Position(0)) return absl::OkStatus();
  LogReader reader(log);
  if (!reader.Load(head.Previous())) return reader.status();
  if (reader.chunk().has_audits() != without_tree) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the store ", core.path, " was written with", without_tree ? "" : "out",
      " an audit tree and is opened with", without_tree ? "out" : "",
      " one: it must always be the same"));
}

// `acknowledged`: how long the log must be.
absl::StatusOr<Probed> Probe(const StoreCore& core,
                             const RocksEnvironment& environment,
                             const OpenHooks& hooks, Position acknowledged,
                             TreeProbe tree) {
  RowWriteOrder row_writes;
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksDb> log,
                           OpenLogToLook(core.path, environment, &row_writes));
  Probed probed;
  DAYBOOK_ASSIGN_OR_RETURN(probed.end,
                           FindLogEnd(*log, row_writes, acknowledged));
  // All that a writer will read is read before there is one.
  DAYBOOK_RETURN_IF_ERROR(ReadRowWrites(*log).status());
  const Position head = probed.end.head;
  DAYBOOK_RETURN_IF_ERROR(CheckLeaves(core, *log, head, hooks.without_tree));
  if (hooks.without_tree || tree == TreeProbe::kIgnore) return probed;
  DAYBOOK_ASSIGN_OR_RETURN(probed.tree, LoadTreeEdge(*log, head));
  // Where the log ends at a hole, the head that is seen here may be of what
  // came after; the one that is left is looked at again.
  if (head == probed.end.last) {
    DAYBOOK_RETURN_IF_ERROR(
        CheckTreeHead(*log, {probed.tree.size(), probed.tree.Root()}));
  }
  DAYBOOK_ASSIGN_OR_RETURN(probed.end.last_tree_head,
                           tree == TreeProbe::kCheckWithHeads
                               ? CheckKeptHeads(*log, probed.tree, core.path,
                                                core.identity, core.options)
                               : ReadLastHead(*log));
  return probed;
}

// A folder without identity is one in which a store was being made, or one that
// lost it. Making has got no further than an empty log; RocksDB would take
// files that lost their CURRENT for leftovers and remove them.
absl::Status CheckNothingWasStored(const StoreCore& core,
                                   const RocksEnvironment& environment) {
  const std::string log = LogPath(core.path);
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(log);
  if (absl::IsNotFound(names.status())) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(names.status());
  bool has_current = false;
  bool has_data = false;
  for (const std::string& name : *names) {
    has_current |= name == "CURRENT";
    has_data |= name.ends_with(".sst") || name.ends_with(".log");
  }
  if (!has_data) return absl::OkStatus();
  if (has_current) {
    const absl::StatusOr<std::unique_ptr<RocksDb>> db =
        RocksDb::OpenLog(log, RocksDb::Mode::kReadOnly, environment);
    // The family of the log is made before an event is stored.
    if (absl::IsFailedPrecondition(db.status())) return absl::OkStatus();
    if (!db.ok()) return db.status();
    DAYBOOK_ASSIGN_OR_RETURN(const Position head, ReadLogHead(**db));
    if (head == Position(0)) return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat(core.path, "/STORE is missing, but ", log,
                   " holds a log: `recover` makes a new one; nothing was "
                   "changed"));
}

// Step 1. Whether the store is still to be made.
absl::StatusOr<bool> Identify(StoreCore& core, const OpenHooks& hooks) {
  const StoreOptions& options = core.options;
  absl::StatusOr<StoreIdentity> identity = ReadIdentity(core.path);
  if (identity.ok()) {
    if (options.error_if_exists) {
      return absl::AlreadyExistsError(
          absl::StrCat(core.path, " holds a store already"));
    }
    core.identity = *std::move(identity);
    return false;
  }
  if (!absl::IsNotFound(identity.status())) return identity.status();
  // A store whose making was cut short has no identity yet, and no events.
  if (!options.create_if_missing) {
    return CheckNothingWasStored(core, EnvironmentOf(core, hooks)).ok()
               ? identity.status()
               : ReadIdentityOfLog(core.path).status();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_empty, FolderIsEmpty(core.path));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_anchor,
                           IsThere(core.path + "/ANCHOR"));
  if (!is_empty && !has_anchor) {
    return absl::FailedPreconditionError(absl::StrCat(
        core.path, " is not empty and holds no store: name another folder"));
  }
  if (has_anchor) {
    // One of a store whose making was cut short says 0, or nothing yet.
    const absl::StatusOr<Position> acknowledged = Anchor::Read(core.path);
    if (acknowledged.ok() && *acknowledged > Position(0)) {
      return absl::DataLossError(absl::StrCat(
          core.path,
          "/STORE is missing, but ANCHOR says how many events were "
          "acknowledged, ",
          acknowledged->value(),
          ": restore the folder from a backup, or `recover` makes a new one of "
          "what is there; nothing was changed"));
    }
    if (!acknowledged.ok() && !absl::IsDataLoss(acknowledged.status())) {
      return acknowledged.status();
    }
  }
  core.identity.store_id = IdSource::Random()->NewId(absl::Now()).ToString();
  return true;
}

// Opens the index, dropping one that does not fit the log.
absl::Status OpenIndex(StoreCore& core, const RocksEnvironment& environment,
                       Position head, bool drop, Position* watermark) {
  const std::string path = IndexPath(core.path);
  if (drop) DAYBOOK_RETURN_IF_ERROR(RemoveRocksDb(path, environment));
  for (int attempt = 0;; ++attempt) {
    absl::StatusOr<std::unique_ptr<RocksDb>> index =
        RocksDb::OpenIndex(path, environment);
    absl::Status problem = index.status();
    if (index.ok()) {
      const absl::StatusOr<Position> read = ReadWatermark(**index);
      if (read.ok() && *read <= head) {
        core.index = *std::move(index);
        *watermark = *read;
        return absl::OkStatus();
      }
      problem = read.ok() ? absl::DataLossError("it is ahead of the log")
                          : read.status();
      index->reset();
    }
    if (attempt > 0) return problem;
    Log(core.options, LogLevel::kWarning,
        absl::StrCat("the index is derived anew: ", problem.ToString()));
    DAYBOOK_RETURN_IF_ERROR(RemoveRocksDb(path, environment));
  }
}

// Reads the events at [tail head, end) into the tail.
absl::Status FillTail(StoreCore& core, LogReader& reader, Position end) {
  for (uint64_t at = core.tail->head().value(); at < end.value(); ++at) {
    EventView event;
    if (!reader.Read(Position(at), &event)) return reader.status();
    std::vector<std::string_view> names = {event.stream};
    const auto subject = SubjectOf(event.stream);
    if (subject.has_value()) names.push_back(*subject);
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<TailStream*> streams,
                             core.tail->Pin(names));
    StreamState& state = streams[0]->staged;
    if (state.next_revision != event.revision.value()) {
      core.tail->Unpin(streams);
      // Without a position: the index may be what is wrong.
      return absl::DataLossError(
          absl::StrCat("position ", at, ": stream ", Quoted(event.stream),
                       " goes from revision ", state.next_revision, " to ",
                       event.revision.value()));
    }
    if (state.next_revision == 0) state.first_position = Position(at);
    ++state.next_revision;
    state.last_position = Position(at);
    if (reader.chunk().has_audits()) {
      state.last_leaf = reader.chunk().Leaf(
          static_cast<uint32_t>(at - reader.first().value()));
    }
    state.known = true;
    PublishedEvent published{streams[0]};
    if (subject.has_value()) {
      published.rules_of = streams[1];
      streams[1]->staged.known = true;
      ApplySystemEvent(event.type, event.payload, &streams[1]->staged.rules)
          .IgnoreError();
    }
    std::vector<PublishedKey> keys;
    if (!event.append.key.empty() &&
        event.append.first_position == event.position) {
      keys.push_back({AppendKeyHash(event.append.key), event.position});
    }
    core.tail->Publish({&published, 1}, keys);
    core.tail->Unpin(streams);
  }
  return absl::OkStatus();
}

// Brings tail and index up to `head`.
absl::Status CatchUp(StoreCore& core, Position head, const OpenHooks& hooks) {
  LogReader reader(*core.log);
  BatchDeriver batches(core);
  while (true) {
    const uint64_t left = head.value() - core.tail->trimmed_to().value();
    const Position end(core.tail->trimmed_to().value() +
                       std::min(left, kTailCountAtOpen));
    DAYBOOK_RETURN_IF_ERROR(FillTail(core, reader, end));
    if (left <= kTailCountAtOpen) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(const Position done, batches.Derive(end));
    if (hooks.progress) hooks.progress({done, head});
  }
}

// Steps 2 to 4. `*head`: where the log ends.
absl::Status OpenLog(const RocksEnvironment& environment,
                     const OpenHooks& hooks, bool is_new, OpenedStore& opened,
                     Position* head) {
  StoreCore& core = *opened.core;
  const std::string& path = core.path;
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<StoreExchange> begun,
                           StoreExchange::FindBegun(path));
  Probed probed;
  if (is_new) {
    DAYBOOK_RETURN_IF_ERROR(CheckNothingWasStored(core, environment));
    DAYBOOK_ASSIGN_OR_RETURN(core.anchor, Anchor::Create(path));
  } else if (begun.has_value()) {
    return absl::DataLossError(absl::StrCat(
        "a recovery of ", path, " was cut short: recover it again"));
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(core.anchor, Anchor::Open(path));
    DAYBOOK_ASSIGN_OR_RETURN(
        probed, Probe(core, environment, hooks, core.anchor->head(),
                      TreeProbe::kCheckWithHeads));
  }
  const std::unique_ptr<rocksdb::WalFilter> filter =
      StopAtFirstHole(probed.end.tiled, probed.end.row_writes_in_files);
  DAYBOOK_ASSIGN_OR_RETURN(
      core.log, RocksDb::OpenLog(LogPath(path), RocksDb::Mode::kReadWrite,
                                 environment, filter.get()));
  // The identity last: with it the store exists.
  if (is_new) DAYBOOK_RETURN_IF_ERROR(WriteIdentity(path, core.identity));
  DAYBOOK_ASSIGN_OR_RETURN(*head, ReadLogHead(*core.log));
  DAYBOOK_ASSIGN_OR_RETURN(core.row_writes_at_open, ReadRowWrites(*core.log));
  DAYBOOK_RETURN_IF_ERROR(RemoveLoadFolder(path));
  if (*head != probed.end.head) {
    return DamageError(std::min(*head, probed.end.head),
                       "the log's length changed while it was opened");
  }
  if (core.anchor->has_damaged_slot()) {
    Log(core.options, LogLevel::kWarning,
        absl::StrCat("a slot of ", path,
                     "/ANCHOR was damaged: it is written anew"));
    DAYBOOK_RETURN_IF_ERROR(core.anchor->Write(core.anchor->head()));
  }
  if (hooks.without_tree) return absl::OkStatus();
  core.tree = std::make_unique<LogTree>(std::move(probed.tree));
  DAYBOOK_RETURN_IF_ERROR(CheckTreeHead(*core.log, core.tree->head()));
  opened.last_tree_head = std::move(probed.end.last_tree_head);
  if (!is_new) return absl::OkStatus();
  // Nothing but copies, which must not be of another store.
  return CheckKeptHeads(*core.log, core.tree->edge(), path, core.identity,
                        core.options)
      .status();
}

// Step 5.
absl::Status OpenIndexAndCatchUp(StoreCore& core,
                                 const RocksEnvironment& environment,
                                 Position head, const OpenHooks& hooks) {
  bool drop_index = hooks.drop_index;
  while (true) {
    Position watermark;
    DAYBOOK_RETURN_IF_ERROR(
        OpenIndex(core, environment, head, drop_index, &watermark));
    core.tail = std::make_unique<Tail>(*core.index, watermark,
                                       core.options.stream_cache_count);
    absl::Status status = CatchUp(core, head, hooks);
    // Damage of the log has a position; any other is the index's.
    if (status.ok() || drop_index || !absl::IsDataLoss(status) ||
        GetDamage(status).has_value()) {
      return status;
    }
    Log(core.options, LogLevel::kWarning,
        absl::StrCat("the index is derived anew: ", status.ToString()));
    core.tail.reset();
    core.index.reset();
    drop_index = true;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDb>> OpenLogToLook(
    const std::string& path, const RocksEnvironment& environment,
    RowWriteOrder* row_writes) {
  // RocksDB would make the folder while it looks for what is in it.
  const std::string current = LogPath(path) + "/CURRENT";
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_log, IsThere(current));
  if (!has_log) return absl::DataLossError(current + " is missing");
  absl::StatusOr<std::unique_ptr<RocksDb>> log = RocksDb::OpenLog(
      LogPath(path), RocksDb::Mode::kReadOnly, environment, row_writes);
  // A store has a log with all families from the moment it exists. Which events
  // the damage is about, nothing tells here.
  if (absl::IsDataLoss(log.status()) || absl::IsNotFound(log.status()) ||
      absl::IsFailedPrecondition(log.status())) {
    return absl::DataLossError(
        absl::StrCat("the log does not open: ", log.status().message()));
  }
  return log;
}

absl::StatusOr<LogEnd> FindLogEnd(const RocksDb& log,
                                  const RowWriteOrder& row_writes,
                                  Position acknowledged) {
  LogEnd end;
  DAYBOOK_ASSIGN_OR_RETURN(end.tiled, CheckLogFilesTile(log));
  DAYBOOK_ASSIGN_OR_RETURN(end.row_writes_in_files, ReadRowWritesInFiles(log));
  DAYBOOK_ASSIGN_OR_RETURN(end.last, ReadLogHead(log));
  end.head = end.last;
  if (end.head < end.tiled) {
    return DamageError(end.head, "the log ends before its files do");
  }
  // A power cut may lose pages that were not synced and keep later ones.
  // Nothing that counted as durable is missing (see below), so the log ends
  // there and what comes after never was.
  if (const auto hole = row_writes.FirstHole(end.row_writes_in_files)) {
    end.head = std::min(end.head, std::max(end.tiled, *hole));
  }
  LogReader reader(log);
  for (Position at = end.tiled; at < end.head; at = reader.next()) {
    if (reader.Load(at)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool hole, IsHole(log, at));
    if (!hole) return reader.status();
    end.head = at;
    break;
  }
  if (end.head < acknowledged) {
    return DamageError(
        end.head,
        absl::StrCat("the log ends at ", end.head.value(), ", but ",
                     acknowledged.value(),
                     " events were acknowledged: restore from a backup; "
                     "nothing was changed"));
  }
  return end;
}

absl::StatusOr<LogEnd> ProbeLog(const std::string& path,
                                const StoreOptions& options,
                                Position acknowledged, TreeProbe tree) {
  StoreCore core;
  core.path = path;
  DAYBOOK_ASSIGN_OR_RETURN(
      const Probed probed,
      Probe(core, EnvironmentFor(options), OpenHooks(), acknowledged, tree));
  return probed.end;
}

RocksEnvironment EnvironmentFor(const StoreOptions& options) {
  return {.file_system = nullptr,
          .memory_budget = options.memory_budget != nullptr
                               ? options.memory_budget
                               : MemoryBudget::Create(kDefaultMemoryBudget),
          .compression = options.compression,
          .logger = options.logger};
}

absl::StatusOr<OpenedStore> OpenStore(const std::string& path,
                                      const StoreOptions& given,
                                      const OpenHooks& hooks) {
  DAYBOOK_RETURN_IF_ERROR(ValidateSource(given.source));
  OpenedStore opened;
  opened.core = std::make_shared<StoreCore>();
  StoreCore& core = *opened.core;
  core.path = path;
  core.options = WithDefaults(given);
  if (core.options.executor == nullptr) {
    return absl::ResourceExhaustedError(
        "no further thread for the store's background work");
  }

  DAYBOOK_ASSIGN_OR_RETURN(const bool is_there, IsThere(path));
  if (!is_there && !core.options.create_if_missing) {
    return absl::NotFoundError(absl::StrCat(path, " holds no store"));
  }
  // Before the lock too: a folder of something else must not get a file LOCK,
  // and what can't be made leaves nothing.
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_to_be_made, Identify(core, hooks));
  if (is_to_be_made) {
    DAYBOOK_RETURN_IF_ERROR(CheckCopiesOfNewStore(core.options.tree_heads));
  }
  if (!is_there) DAYBOOK_RETURN_IF_ERROR(MakeFolder(path));
  DAYBOOK_ASSIGN_OR_RETURN(
      core.lock, FolderLock::Acquire(path, core.options.lock_timeout));
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_new, Identify(core, hooks));
  DAYBOOK_RETURN_IF_ERROR(CheckFilled(path));
  const RocksEnvironment environment = EnvironmentOf(core, hooks);
  Position head;
  DAYBOOK_RETURN_IF_ERROR(OpenLog(environment, hooks, is_new, opened, &head));
  if (head.value() > 0) {
    LogReader reader(*core.log);
    if (!reader.Load(head.Previous())) return reader.status();
    opened.last_recorded_at_micros = reader.chunk().last_recorded_at();
  }
  DAYBOOK_RETURN_IF_ERROR(OpenIndexAndCatchUp(core, environment, head, hooks));
  DAYBOOK_RETURN_IF_ERROR(MergeSmallLogFiles(*core.log));
  return opened;
}

}  // namespace daybook
