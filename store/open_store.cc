#include "store/open_store.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/errors.h"
#include "store/deriver.h"
#include "store/errors_internal.h"
#include "store/index.h"
#include "store/log_files.h"
#include "store/log_reader.h"
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

// Step 1.
absl::Status Identify(StoreCore& core) {
  const StoreOptions& options = core.options;
  absl::StatusOr<StoreIdentity> identity = ReadIdentity(core.path);
  if (identity.ok()) {
    if (options.error_if_exists) {
      return absl::AlreadyExistsError(
          absl::StrCat(core.path, " holds a store already"));
    }
    core.identity = *std::move(identity);
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(identity.status())) return identity.status();
  if (!options.create_if_missing) return identity.status();
  // A store whose making was cut short has no identity yet, and no events.
  if (!FolderIsEmpty(core.path) &&
      !std::filesystem::exists(core.path + "/ANCHOR")) {
    return absl::FailedPreconditionError(absl::StrCat(
        core.path, " is not empty and holds no store: name another folder"));
  }
  core.identity.store_id = IdSource::Random()->NewId(absl::Now()).ToString();
  return absl::OkStatus();
}

// Steps 2 and 3.
//
// Where the log's files end, and where the log does.
struct Probed {
  Position tiled;
  uint64_t row_writes_in_files = 0;
  Position head;
};
absl::StatusOr<Probed> Probe(const StoreCore& core,
                             const RocksEnvironment& environment) {
  // RocksDB would make the folder while it looks for what is in it.
  if (!std::filesystem::exists(LogPath(core.path) + "/CURRENT")) {
    return DamageError(Position(0),
                       absl::StrCat(LogPath(core.path), "/CURRENT is missing"));
  }
  RowWriteOrder row_writes;
  absl::StatusOr<std::unique_ptr<RocksDb>> log = RocksDb::OpenLog(
      LogPath(core.path), RocksDb::Mode::kReadOnly, environment, &row_writes);
  if (!log.ok()) {
    // A store has a log from the moment it exists.
    if (!absl::IsDataLoss(log.status()) && !absl::IsNotFound(log.status())) {
      return log.status();
    }
    return DamageError(Position(0), absl::StrCat(log.status().message()));
  }
  Probed probed;
  DAYBOOK_ASSIGN_OR_RETURN(const Position tiled, CheckLogFilesTile(**log));
  DAYBOOK_ASSIGN_OR_RETURN(probed.row_writes_in_files,
                           ReadRowWritesInFiles(**log));
  DAYBOOK_ASSIGN_OR_RETURN(Position head, ReadLogHead(**log));
  if (head < tiled) {
    return DamageError(head, "the log ends before its files do");
  }
  // A power cut may lose pages that were not synced and keep later ones.
  // Nothing that counted as durable is missing (see below), so the log ends
  // there and what comes after never was.
  if (const auto hole = row_writes.FirstHole(probed.row_writes_in_files)) {
    head = std::min(head, std::max(tiled, *hole));
  }
  LogReader reader(**log);
  for (Position at = tiled; at < head; at = reader.next()) {
    if (reader.Load(at)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool hole, IsHole(**log, at));
    if (!hole) return reader.status();
    head = at;
    break;
  }
  probed.tiled = tiled;
  probed.head = head;
  if (head < core.anchor->head()) {
    return DamageError(
        head, absl::StrCat("the log ends at ", head.value(), ", but ",
                           core.anchor->head().value(),
                           " events were acknowledged: restore from a backup; "
                           "nothing was changed"));
  }
  return probed;
}

// A folder without identity is one in which a store was being made, or one that
// lost it. Making has got no further than an empty log; RocksDB would take
// files that lost their CURRENT for leftovers and remove them.
absl::Status CheckNothingWasStored(const StoreCore& core,
                                   const RocksEnvironment& environment) {
  const std::string log = LogPath(core.path);
  bool has_current = false;
  bool has_data = false;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(log, error)) {
    const std::filesystem::path name = entry.path().filename();
    has_current |= name == "CURRENT";
    has_data |= name.extension() == ".sst" || name.extension() == ".log";
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
  return DamageError(Position(0),
                     absl::StrCat(core.path, "/STORE is missing, but ", log,
                                  " holds a log; nothing was changed"));
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
absl::Status OpenLog(StoreCore& core, const RocksEnvironment& environment,
                     Position* head) {
  const std::string& path = core.path;
  const bool is_new = !ReadIdentity(path).ok();
  Probed probed;
  if (is_new) {
    DAYBOOK_RETURN_IF_ERROR(CheckNothingWasStored(core, environment));
    DAYBOOK_ASSIGN_OR_RETURN(core.anchor, Anchor::Create(path));
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(core.anchor, Anchor::Open(path));
    DAYBOOK_ASSIGN_OR_RETURN(probed, Probe(core, environment));
  }
  const std::unique_ptr<rocksdb::WalFilter> filter =
      StopAtFirstHole(probed.tiled, probed.row_writes_in_files);
  DAYBOOK_ASSIGN_OR_RETURN(
      core.log, RocksDb::OpenLog(LogPath(path), RocksDb::Mode::kReadWrite,
                                 environment, filter.get()));
  // The identity last: with it the store exists.
  if (is_new) DAYBOOK_RETURN_IF_ERROR(WriteIdentity(path, core.identity));
  DAYBOOK_ASSIGN_OR_RETURN(*head, ReadLogHead(*core.log));
  DAYBOOK_ASSIGN_OR_RETURN(core.row_writes_at_open, ReadRowWrites(*core.log));
  DAYBOOK_RETURN_IF_ERROR(RemoveLoadFolder(path));
  if (*head == probed.head) return absl::OkStatus();
  return DamageError(std::min(*head, probed.head),
                     "the log's length changed while it was opened");
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

absl::StatusOr<OpenedStore> OpenStore(const std::string& path,
                                      const StoreOptions& given,
                                      const OpenHooks& hooks) {
  DAYBOOK_RETURN_IF_ERROR(ValidateSource(given.source));
  OpenedStore opened;
  opened.core = std::make_shared<StoreCore>();
  StoreCore& core = *opened.core;
  core.path = path;
  core.options = WithDefaults(given);

  if (!std::filesystem::exists(path)) {
    if (!core.options.create_if_missing) {
      return absl::NotFoundError(absl::StrCat(path, " holds no store"));
    }
    DAYBOOK_RETURN_IF_ERROR(MakeFolder(path));
  }
  // Before the lock too: a folder of something else must not get a file LOCK.
  DAYBOOK_RETURN_IF_ERROR(Identify(core));
  DAYBOOK_ASSIGN_OR_RETURN(core.lock, FolderLock::Acquire(path));
  DAYBOOK_RETURN_IF_ERROR(Identify(core));
  const RocksEnvironment environment = EnvironmentOf(core, hooks);
  Position head;
  DAYBOOK_RETURN_IF_ERROR(OpenLog(core, environment, &head));
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
