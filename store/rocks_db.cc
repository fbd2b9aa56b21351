#include "store/rocks_db.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/convenience.h"
#include "rocksdb/file_checksum.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "store/log_files.h"
#include "store/memory_budget.h"
#include "store/row_writes.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/wal_file_system.h"

namespace daybook {
namespace {

constexpr size_t kLogWriteBuffer = 64 << 20;
constexpr size_t kIndexWriteBuffer = 32 << 20;
constexpr size_t kRowsWriteBuffer = 32 << 20;
// About what the tree grows by while the log fills its own: the write-ahead log
// goes once both are in files.
constexpr size_t kTreeWriteBuffer = 8 << 20;

// Hands RocksDB's warnings and errors to the host's logger.
class RocksLogger : public rocksdb::Logger {
 public:
  explicit RocksLogger(daybook::Logger* logger)
      : rocksdb::Logger(rocksdb::WARN_LEVEL), logger_(logger) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    Logv(rocksdb::WARN_LEVEL, format, arguments);
  }
  void Logv(const rocksdb::InfoLogLevel level, const char* format,
            va_list arguments) override {
    if (logger_ == nullptr || level < rocksdb::WARN_LEVEL) return;
    char line[1024];
    std::vsnprintf(line, sizeof(line), format, arguments);
    std::string_view text = line;
    while (text.ends_with('\n')) text.remove_suffix(1);
    if (IsOfNoConcern(text)) return;
    logger_->Log(
        level == rocksdb::WARN_LEVEL ? LogLevel::kWarning : LogLevel::kError,
        text);
  }

 private:
  // What it says of a folder in which a database is made, and of a checkpoint
  // beside another.
  static bool IsOfNoConcern(std::string_view text) {
    return (text.starts_with("Error when reading ") &&
            text.find("NotFound") != std::string_view::npos) ||
           text.starts_with("File Deletions Disabled, but already disabled");
  }

  daybook::Logger* logger_;
};

rocksdb::CompressionType ToRocks(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return rocksdb::kNoCompression;
    case Compression::kLz4:
      return rocksdb::kLZ4Compression;
    case Compression::kZstd:
      return rocksdb::kZSTD;
  }
  return rocksdb::kNoCompression;
}

const RocksMemoryBudget& BudgetOf(const RocksEnvironment& environment) {
  return static_cast<const RocksMemoryBudget&>(*environment.memory_budget);
}

rocksdb::DBOptions CommonDbOptions(const RocksEnvironment& environment,
                                   rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.flush_verify_memtable_count = true;
  // A background error means stop and reopen: what a failed write left behind
  // is not known, so nothing may go on by itself.
  options.max_bgerror_resume_count = 0;
  // One writer each: inserting in order then finds its place from the last.
  options.allow_concurrent_memtable_write = false;
  options.write_buffer_manager = BudgetOf(environment).write_buffers();
  options.max_background_jobs = 2;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.info_log = std::make_shared<RocksLogger>(environment.logger);
  // Everything below is the default of 7.8.3, or unsafe in it when on.
  options.recycle_log_file_num = 0;
  options.track_and_verify_wals_in_manifest = false;
  options.wal_compression = rocksdb::kNoCompression;
  options.manual_wal_flush = false;
  options.unordered_write = false;
  options.allow_mmap_reads = false;
  return options;
}

rocksdb::ColumnFamilyOptions CommonFamilyOptions(
    const RocksEnvironment& environment,
    rocksdb::BlockBasedTableOptions table) {
  rocksdb::ColumnFamilyOptions options;
  options.force_consistency_checks = true;
  options.memtable_protection_bytes_per_key = 0;
  options.ttl = 0;
  options.periodic_compaction_seconds = 0;
  options.compression = ToRocks(environment.compression);
  options.compression_per_level.clear();
  options.bottommost_compression = rocksdb::kDisableCompressionOption;
  options.level_compaction_dynamic_level_bytes = false;
  table.block_cache = BudgetOf(environment).cache();
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::ColumnFamilyDescriptor MetaFamily(
    const RocksEnvironment& environment) {
  rocksdb::ColumnFamilyOptions options = CommonFamilyOptions(environment, {});
  options.write_buffer_size = 1 << 20;
  return {rocksdb::kDefaultColumnFamilyName, options};
}

// Rows come and go in any order, so that their files are rewritten, and none
// says what must be in them. RocksDB 7.8.3 steps over a file with a damaged
// beginning, both in scans and in compactions, if others come before it in its
// sorted run; so each run is one file.
rocksdb::ColumnFamilyDescriptor RowsFamily(
    const RocksEnvironment& environment) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 8 << 10;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions rows = CommonFamilyOptions(environment, table);
  rows.compaction_style = rocksdb::kCompactionStyleUniversal;
  rows.num_levels = 1;
  rows.write_buffer_size = kRowsWriteBuffer;
  rows.table_properties_collector_factories = {RowFilePropertiesFactory()};
  return {kLogFamilyNames[kLogRows], rows};
}

// Tiles are written once, but those of each level at another place, and the
// head again and again; so files overlap, as those of rows do, and are kept in
// the same way. All is looked up by key. Hashes don't compress.
rocksdb::ColumnFamilyDescriptor TreeFamily(
    const RocksEnvironment& environment) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 8 << 10;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions tree = CommonFamilyOptions(environment, table);
  tree.compression = rocksdb::kNoCompression;
  tree.compaction_style = rocksdb::kCompactionStyleUniversal;
  tree.num_levels = 1;
  tree.write_buffer_size = kTreeWriteBuffer;
  return {kLogFamilyNames[kLogTree], tree};
}

std::vector<rocksdb::ColumnFamilyDescriptor> LogFamilies(
    const RocksEnvironment& environment) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 32 << 10;
  table.verify_compression = true;
  rocksdb::ColumnFamilyOptions log = CommonFamilyOptions(environment, table);
  log.write_buffer_size = kLogWriteBuffer;
  log.paranoid_file_checks = true;
  // Keys only grow, so that compaction moves files and never rewrites them;
  // large files keep their number, and the time to open, small.
  log.target_file_size_base = 256 << 20;
  log.max_bytes_for_level_base = 1 << 30;
  log.table_properties_collector_factories = {LogFilePropertiesFactory()};
  // In the order in which they are made.
  return {MetaFamily(environment),
          {kLogFamilyNames[kLogChunks], log},
          RowsFamily(environment),
          TreeFamily(environment)};
}

std::vector<rocksdb::ColumnFamilyDescriptor> IndexFamilies(
    const RocksEnvironment& environment) {
  const auto family = [&](size_t block_size, bool bloom, bool whole_key) {
    rocksdb::BlockBasedTableOptions table;
    table.block_size = block_size;
    if (bloom) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.whole_key_filtering = whole_key;
    rocksdb::ColumnFamilyOptions options =
        CommonFamilyOptions(environment, table);
    // Reading back each file and each block as they are written is for the
    // truth; what is derived is checked when it is read, and can be had again.
    options.paranoid_file_checks = false;
    options.write_buffer_size = kIndexWriteBuffer;
    if (bloom) {
      // A new stream or key is looked for before it is written.
      options.memtable_whole_key_filtering = true;
      options.memtable_prefix_bloom_size_ratio = 0.05;
    }
    options.max_write_buffer_number = 4;
    options.target_file_size_base = 64 << 20;
    options.max_bytes_for_level_base = 256 << 20;
    return options;
  };
  return {MetaFamily(environment),
          {kIndexFamilyNames[kIndexStreams], family(32 << 10, false, false)},
          {kIndexFamilyNames[kIndexTerms], family(8 << 10, false, false)},
          {kIndexFamilyNames[kIndexKeys], family(4 << 10, true, true)},
          {kIndexFamilyNames[kIndexHeads], family(8 << 10, true, true)},
          {kIndexFamilyNames[kIndexRules], family(8 << 10, true, true)}};
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string message =
      absl::StrCat(ToAbsl(doing), ": ", status.ToString());
  // A file that RocksDB counts on and does not find is as bad as a damaged one.
  if (status.IsCorruption() || status.IsPathNotFound()) {
    return absl::DataLossError(message);
  }
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  if (status.IsNotFound()) return absl::NotFoundError(message);
  if (status.IsInvalidArgument()) return absl::FailedPreconditionError(message);
  if (status.IsShutdownInProgress()) return absl::UnavailableError(message);
  if (status.IsBusy()) return absl::FailedPreconditionError(message);
  return absl::InternalError(message);
}

absl::StatusOr<std::unique_ptr<RocksDb>> RocksDb::OpenLog(
    const std::string& path, Mode mode, const RocksEnvironment& environment,
    rocksdb::WalFilter* wal_filter) {
  rocksdb::DBOptions options = CommonDbOptions(environment, nullptr);
  options.wal_filter = wal_filter;
  // Not for the index, which can be had again and has checksums of its blocks.
  options.file_checksum_gen_factory =
      rocksdb::GetFileChecksumGenCrc32cFactory();
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_total_wal_size = 256 << 20;
  return Open(path, mode, environment, options, LogFamilies(environment));
}

namespace {

// A family that is missing would be made, empty, while the watermark says that
// all is there.
absl::Status CheckFamilies(const std::string& path,
                           const RocksEnvironment& environment) {
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(
      environment.file_system != nullptr ? environment.file_system
                                         : rocksdb::FileSystem::Default());
  if (!env->FileExists(absl::StrCat(path, "/CURRENT")).ok()) {
    return absl::OkStatus();
  }
  rocksdb::DBOptions options;
  options.env = env.get();
  std::vector<std::string> names;
  if (const rocksdb::Status status =
          rocksdb::DB::ListColumnFamilies(options, path, &names);
      !status.ok()) {
    return FromRocks(status, absl::StrCat("list the families of ", path));
  }
  for (const char* family : kIndexFamilyNames) {
    if (std::find(names.begin(), names.end(), family) == names.end()) {
      return absl::DataLossError(
          absl::StrCat(path, " lacks the family ", family));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDb>> RocksDb::OpenIndex(
    const std::string& path, const RocksEnvironment& environment, Mode mode) {
  rocksdb::DBOptions options = CommonDbOptions(environment, nullptr);
  // All families flush together, so that the watermark of one is that of all.
  options.atomic_flush = true;
  DAYBOOK_RETURN_IF_ERROR(CheckFamilies(path, environment));
  return Open(path, mode, environment, options, IndexFamilies(environment));
}

absl::StatusOr<std::unique_ptr<RocksDb>> RocksDb::Open(
    const std::string& path, Mode mode, const RocksEnvironment& environment,
    const rocksdb::DBOptions& options,
    const std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
  std::unique_ptr<RocksDb> result(new RocksDb);
  result->memory_budget_ = environment.memory_budget;
  std::shared_ptr<rocksdb::FileSystem> files =
      environment.file_system != nullptr ? environment.file_system
                                         : rocksdb::FileSystem::Default();
  result->env_ = rocksdb::NewCompositeEnv(PreallocatedWalFileSystem(files));
  rocksdb::DBOptions with_env = options;
  with_env.env = result->env_.get();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      mode == Mode::kReadOnly
          ? rocksdb::DB::OpenForReadOnly(with_env, path, families,
                                         &result->families_, &db)
          : rocksdb::DB::Open(with_env, path, families, &result->families_,
                              &db);
  if (!status.ok()) return FromRocks(status, absl::StrCat("open ", path));
  result->db_.reset(db);
  return result;
}

RocksDb::~RocksDb() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  db_->Close().PermitUncheckedError();
}

absl::Status RocksDb::Flush(FlushMode mode) {
  rocksdb::FlushOptions options;
  options.wait = mode == FlushMode::kWait;
  return FromRocks(db_->Flush(options, families_), "flush");
}

uint64_t RocksDb::FamilyBytes(size_t i) const {
  uint64_t bytes = 0;
  db_->GetIntProperty(families_[i], rocksdb::DB::Properties::kTotalSstFilesSize,
                      &bytes);
  return bytes;
}

absl::Status RemoveRocksDb(const std::string& path,
                           const RocksEnvironment& environment) {
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(
      environment.file_system != nullptr ? environment.file_system
                                         : rocksdb::FileSystem::Default());
  if (env->FileExists(path).IsNotFound()) return absl::OkStatus();
  // File by file rather than DestroyDB, which must first read what may be
  // damaged. Nothing else lives in the folder.
  std::vector<std::string> children;
  rocksdb::Status status = env->GetChildren(path, &children);
  for (const std::string& child : children) {
    if (!status.ok()) break;
    if (child == "." || child == "..") continue;
    status = env->DeleteFile(absl::StrCat(path, "/", child));
  }
  if (status.ok()) status = env->DeleteDir(path);
  return FromRocks(status, absl::StrCat("remove ", path));
}

}  // namespace daybook
