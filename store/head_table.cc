#include "store/head_table.h"

#include <memory>
#include <utility>

#include "rocksdb/iterator.h"
#include "rocksdb/options.h"
#include "store/coding.h"
#include "store/head_file.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

std::unique_ptr<rocksdb::Iterator> Rows(const RocksDb& log) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  return std::unique_ptr<rocksdb::Iterator>(
      log->NewIterator(options, log.family(kLogTree)));
}

bool AtHead(const rocksdb::Iterator& rows) {
  return rows.Valid() && rows.key().starts_with(ToSlice(kHeadTablePrefix));
}

absl::StatusOr<KeptTreeHead> Read(const rocksdb::Iterator& rows) {
  absl::StatusOr<KeptTreeHead> kept = ParseKeptHead(ToView(rows.value()));
  if (kept.ok() && ToView(rows.key()) == KeptHeadKey(kept->head.size)) {
    return kept;
  }
  return absl::DataLossError("the table of tree heads is damaged");
}

}  // namespace

std::string KeptHeadKey(uint64_t size) {
  std::string key(kHeadTablePrefix);
  PutBigEndian64(&key, size);
  return key;
}

absl::StatusOr<std::vector<KeptTreeHead>> ReadHeadTable(const RocksDb& log) {
  std::vector<KeptTreeHead> heads;
  const std::unique_ptr<rocksdb::Iterator> rows = Rows(log);
  for (rows->Seek(ToSlice(kHeadTablePrefix)); AtHead(*rows); rows->Next()) {
    DAYBOOK_ASSIGN_OR_RETURN(heads.emplace_back(), Read(*rows));
  }
  DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), "read the tree heads"));
  return heads;
}

absl::StatusOr<std::optional<KeptTreeHead>> ReadLastHead(const RocksDb& log) {
  const std::unique_ptr<rocksdb::Iterator> rows = Rows(log);
  rows->SeekForPrev(KeptHeadKey(UINT64_MAX));
  if (AtHead(*rows)) {
    DAYBOOK_ASSIGN_OR_RETURN(KeptTreeHead last, Read(*rows));
    return std::optional<KeptTreeHead>(std::move(last));
  }
  DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), "read the tree heads"));
  return std::optional<KeptTreeHead>();
}

}  // namespace daybook
