#include "store/log_tree.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/options.h"
#include "store/coding.h"
#include "store/errors_internal.h"
#include "store/log_reader.h"

namespace daybook {
namespace {

using audit::Hash;
using audit::kTileHeight;
using audit::kTileWidth;
using audit::TileEdge;
using audit::TileId;

// Stored; never renumber.
constexpr char kHeadFormat = 1;

constexpr size_t kTileBytes = kTileWidth * Hash::kSize;
// Leaves that a reader makes up for; a microsecond for ten.
constexpr size_t kBehindCountMax = 256;

Position FirstLeafOf(const TileId& tile) {
  return Position(tile.index << (kTileHeight * (tile.level + 1)));
}

// Complete tiles from their rows, the last of level 0 from the log's chunks.
class RowsAndChunks final : public audit::TileSource {
 public:
  explicit RowsAndChunks(const RocksDb& log) : log_(log) {}

  absl::Status ReadTile(const TileId& tile, std::span<Hash> hashes) override {
    if (tile.width == kTileWidth) return ReadCompleteTile(log_, tile, hashes);
    assert(tile.level == 0);
    LogReader reader(log_);
    uint64_t at = FirstLeafOf(tile).value();
    for (Hash& hash : hashes) {
      if (!reader.Load(Position(at))) return reader.status();
      if (!reader.chunk().has_audits()) {
        return DamageError(Position(at), "the event has no leaf");
      }
      hash = reader.chunk().Leaf(
          static_cast<uint32_t>(at - reader.first().value()));
      ++at;
    }
    return absl::OkStatus();
  }

 private:
  const RocksDb& log_;
};

}  // namespace

std::string TreeTileKey(const TileId& tile) {
  std::string key(1, static_cast<char>(tile.level));
  PutBigEndian64(&key, tile.index);
  return key;
}

std::string EncodeTreeHead(const TreeState& head) {
  std::string row(1, kHeadFormat);
  PutFixed<uint64_t>(&row, head.size);
  row.append(head.root.view());
  return row;
}

bool DecodeTreeHead(std::string_view bytes, TreeState* head) {
  if (bytes.empty() || bytes.front() != kHeadFormat) return false;
  bytes.remove_prefix(1);
  if (!TakeFixed(&bytes, &head->size)) return false;
  const std::optional<Hash> root = Hash::FromBytes(bytes);
  if (!root.has_value()) return false;
  head->root = *root;
  return true;
}

absl::StatusOr<TreeState> ReadTreeHead(const RocksDb& log) {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status =
      log->Get(rocksdb::ReadOptions(), log.family(kLogTree),
               ToSlice(kTreeHeadKey), &value);
  TreeState head;
  if (status.IsNotFound()) return head;
  if (!status.ok()) return FromRocks(status, "read the head of the audit tree");
  if (DecodeTreeHead(ToView(value), &head)) return head;
  return absl::DataLossError("the head of the audit tree is damaged");
}

absl::Status ReadCompleteTile(const RocksDb& log, const TileId& tile,
                              std::span<Hash> hashes) {
  assert(hashes.size() <= kTileWidth);
  const auto damaged = [&](std::string_view what) {
    return DamageError(FirstLeafOf(tile),
                       absl::StrCat("tile ", tile.level, "/", tile.index,
                                    " of the audit tree ", std::string(what)));
  };
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = log->Get(
      rocksdb::ReadOptions(), log.family(kLogTree), TreeTileKey(tile), &value);
  if (status.IsNotFound()) return damaged("is missing");
  if (status.IsCorruption()) return damaged(status.ToString());
  if (!status.ok()) return FromRocks(status, "read the audit tree");
  if (value.size() != kTileBytes) return damaged("is cut");
  std::string_view bytes = ToView(value);
  for (Hash& hash : hashes) {
    hash = *Hash::FromBytes(bytes.substr(0, Hash::kSize));
    bytes.remove_prefix(Hash::kSize);
  }
  return absl::OkStatus();
}

absl::StatusOr<TileEdge> LoadTreeEdge(const RocksDb& log, Position size) {
  RowsAndChunks tiles(log);
  return TileEdge::Load(size.value(), tiles);
}

LogTiles::LogTiles(const RocksDb& log, TileEdge edge)
    : log_(log), edge_(std::move(edge)) {}

absl::Status LogTiles::ReadTile(const TileId& tile, std::span<Hash> hashes) {
  if (edge_.Read(tile, hashes)) return absl::OkStatus();
  return ReadCompleteTile(log_, tile, hashes);
}

absl::Status CheckTreeHead(const RocksDb& log, const TreeState& head) {
  const absl::StatusOr<TreeState> written = ReadTreeHead(log);
  if (!written.ok()) {
    if (!absl::IsDataLoss(written.status())) return written.status();
    return DamageError(Position(head.size),
                       std::string(written.status().message()));
  }
  if (*written == head) return absl::OkStatus();
  return DamageError(
      Position(std::min(head.size, written->size)),
      absl::StrCat("the audit tree was written with ", written->size,
                   " events and the root ", written->root.ToHex(),
                   ", the log has ", head.size, " and ", head.root.ToHex()));
}

LogTree::LogTree(TileEdge edge)
    : staged_(std::move(edge)),
      staged_head_{staged_.size(), staged_.Root()},
      published_head_(staged_head_),
      published_(staged_) {}

void LogTree::Stage(const RocksDb& log, std::span<const Hash> leaves,
                    rocksdb::WriteBatch* batch) {
  rocksdb::ColumnFamilyHandle* const family = log.family(kLogTree);
  // What goes wrong here, the write reports.
  for (const Hash& leaf : leaves) {
    staged_.Append(leaf, [&](const TileId& tile, std::span<const Hash> hashes) {
      static_assert(sizeof(Hash) == Hash::kSize);
      const rocksdb::Slice bytes(reinterpret_cast<const char*>(hashes.data()),
                                 hashes.size_bytes());
      batch->Put(family, TreeTileKey(tile), bytes).PermitUncheckedError();
    });
  }
  staged_head_ = {staged_.size(), staged_.Root()};
  batch->Put(family, ToSlice(kTreeHeadKey), EncodeTreeHead(staged_head_))
      .PermitUncheckedError();
}

void LogTree::Publish(std::span<const Hash> leaves) {
  MutexLock lock(&mutex_);
  published_head_ = staged_head_;
  const uint64_t behind_count = behind_.size() + leaves.size();
  if (behind_count <= kBehindCountMax &&
      published_.size() + behind_count == staged_.size()) {
    behind_.insert(behind_.end(), leaves.begin(), leaves.end());
  } else {
    // Into the same memory.
    published_ = staged_;
    behind_.clear();
  }
}

TreeState LogTree::head() const {
  MutexLock lock(&mutex_);
  return published_head_;
}

TileEdge LogTree::edge() const {
  MutexLock lock(&mutex_);
  for (const Hash& leaf : behind_) {
    // The row was committed with its last leaf.
    published_.Append(leaf, [](const TileId&, std::span<const Hash>) {});
  }
  behind_.clear();
  return published_;
}

}  // namespace daybook
