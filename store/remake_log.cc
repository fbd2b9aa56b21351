#include "store/remake_log.h"

#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/tile.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"
#include "store/chunk.h"
#include "store/errors_internal.h"
#include "store/file_copy.h"
#include "store/log_prefix.h"
#include "store/log_reader.h"
#include "store/log_salvage.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

// Events between two calls of `progress`.
constexpr uint64_t kProgressEvery = 10'000;

// Writes events as chunks, and the tree of their leaves.
class LogMaker {
 public:
  explicit LogMaker(const RocksDb& log) : log_(log), tree_(audit::TileEdge()) {
    // What is not whole at the end is thrown away; all is flushed instead.
    options_.disableWAL = true;
  }

  absl::Status Add(const LogSalvage& from) {
    if (chunk_.full()) DAYBOOK_RETURN_IF_ERROR(WriteChunk());
    const EventView& event = from.event();
    const EventAudit audit = from.chunk().Audit(from.place());
    chunk_.Add(from.chunk().AppendOf(from.place()),
               {.position = event.position,
                .revision = event.revision,
                .stream = event.stream,
                .type = event.type,
                .source = event.source,
                .content_type = event.content_type},
               from.chunk().Body(from.place()),
               from.chunk().BodyChecksum(from.place()), &audit);
    leaves_.push_back(audit.leaf);
    next_ = Position(event.position.value() + 1);
    return absl::OkStatus();
  }

  absl::Status WriteChunk() {
    if (chunk_.empty()) return absl::OkStatus();
    rocksdb::WriteBatch batch;
    batch
        .Put(log_.family(kLogChunks), LogKey(next_.Previous()), chunk_.Finish())
        .PermitUncheckedError();
    tree_.Stage(log_, leaves_, &batch);
    leaves_.clear();
    return FromRocks(log_->Write(options_, &batch), "write the new log");
  }

 private:
  const RocksDb& log_;
  rocksdb::WriteOptions options_;
  LogTree tree_;
  ChunkBuilder chunk_{ChunkKind::kLog};
  std::vector<audit::Hash> leaves_;
  Position next_;
};

}  // namespace

absl::Status RemakeLog(
    const std::string& from, const std::string& to, Position size,
    const RocksEnvironment& environment,
    absl::FunctionRef<void(const ReindexProgress&)> progress) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<RocksDb> made,
      RocksDb::OpenLog(to, RocksDb::Mode::kReadWrite, environment));
  LogMaker maker(*made);
  if (size > Position(0)) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<LogSalvage> log,
                             LogSalvage::Open(from));
    PrefixCheck check;
    while (check.next() < size && log->Next()) {
      const std::string wrong = check.Take(*log);
      if (!wrong.empty()) return DamageError(check.next(), wrong);
      DAYBOOK_RETURN_IF_ERROR(maker.Add(*log));
      if (check.next().value() % kProgressEvery == 0) {
        progress({check.next(), size});
      }
    }
    DAYBOOK_RETURN_IF_ERROR(log->status());
    if (check.end() != size) {
      return DamageError(check.end(), "the log changed while it was read");
    }
  }
  DAYBOOK_RETURN_IF_ERROR(maker.WriteChunk());
  return made->Flush(RocksDb::FlushMode::kWait);
}

absl::Status CopyLog(const std::string& from, const std::string& to) {
  DAYBOOK_RETURN_IF_ERROR(MakeFolder(to));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           ListFolder(from));
  for (const std::string& name : names) {
    const std::string file = absl::StrCat(from, "/", name);
    const std::string copy = absl::StrCat(to, "/", name);
    std::error_code error;
    if (name == "LOCK" || !fs::is_regular_file(file, error)) continue;
    if (name.ends_with(".sst")) {
      fs::create_hard_link(file, copy, error);
      if (!error) continue;
    }
    DAYBOOK_ASSIGN_OR_RETURN(const OpenFile opened, OpenFile::Read(file));
    DAYBOOK_ASSIGN_OR_RETURN(const uint64_t size, opened.Size());
    DAYBOOK_RETURN_IF_ERROR(CopyFile(opened, size, copy, [](std::string_view) {
                              return absl::OkStatus();
                            }).status());
  }
  return SyncFolder(to);
}

}  // namespace daybook
