// The audit tree over a store's log: its rows in the log's database, and what
// of it is in memory.
//
//   tile  level:u8 index:be64 -> the 256 hashes of a tile that is complete
//   head  "head" -> how many leaves there are, and their root
//
// Each group of appends puts the tiles that it completes, and the head with it,
// in its own write: events and tree are stored together or not at all. Hashes
// of the last, partial tile of a level are in no row. Those of leaves stand in
// the log's chunks, the others follow from complete tiles below (tile.h).
//
// Grammar: store/FORMAT.md, "tree".

#ifndef DAYBOOK_STORE_LOG_TREE_H_
#define DAYBOOK_STORE_LOG_TREE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/audit/tile.h"
#include "daybook/store/audit.h"
#include "daybook/store/numbers.h"
#include "rocksdb/write_batch.h"
#include "store/mutex.h"
#include "store/rocks_db.h"

namespace daybook {

inline constexpr std::string_view kTreeHeadKey = "head";
std::string TreeTileKey(const audit::TileId& tile);
std::string EncodeTreeHead(const TreeState& head);
bool DecodeTreeHead(std::string_view bytes, TreeState* head);

// The head that was written with the last group; that of no leaves when none
// was. Errors: kDataLoss.
absl::StatusOr<TreeState> ReadTreeHead(const RocksDb& log);

// Reads the first hashes of a tile that is complete. Errors: kDataLoss with the
// position of its first leaf. REQUIRES: no more hashes than a tile has.
absl::Status ReadCompleteTile(const RocksDb& log, const audit::TileId& tile,
                              std::span<audit::Hash> hashes);

// The edge of the tree over the log's first `size` events, which have leaves:
// from complete tiles, and leaves of the last, partial one.
// Errors: kDataLoss with a position. Cost: audit::TileEdge::Load().
absl::StatusOr<audit::TileEdge> LoadTreeEdge(const RocksDb& log, Position size);

// The tiles of a tree as of one moment: complete ones from their rows, the
// others from its edge.
class LogTiles final : public audit::TileSource {
 public:
  // `edge`: LogTree::edge() or LoadTreeEdge(). `log` must outlive this.
  LogTiles(const RocksDb& log, audit::TileEdge edge);

  // Errors: as ReadCompleteTile().
  absl::Status ReadTile(const audit::TileId& tile,
                        std::span<audit::Hash> hashes) override;

 private:
  const RocksDb& log_;
  const audit::TileEdge edge_;
};

// kDataLoss unless the head that was written last is `head`.
absl::Status CheckTreeHead(const RocksDb& log, const TreeState& head);

// Thread-safe, but for what only whoever commits may call.
class LogTree {
 public:
  // `edge`: of what is committed.
  explicit LogTree(audit::TileEdge edge);

  // --- By whoever commits ---

  // Appends the leaves of a group and puts what rows that makes into `batch`.
  void Stage(const RocksDb& log, std::span<const audit::Hash> leaves,
             rocksdb::WriteBatch* batch);
  // What was staged is committed: readers see it. `leaves` are those since the
  // last time, or none where nobody has them: that costs a copy of the edge.
  void Publish(std::span<const audit::Hash> leaves);

  // --- For readers ---

  // What is committed.
  TreeState head() const;
  // Likewise, with the hashes that are in no row. Copies some kilobytes, and
  // makes up for what Publish() left.
  audit::TileEdge edge() const;

 private:
  // Only whoever commits touches these.
  audit::TileEdge staged_;
  TreeState staged_head_;

  mutable Mutex mutex_;
  TreeState published_head_ ABSL_GUARDED_BY(mutex_);
  // What is committed is an edge and the leaves behind it: copying the edge
  // with each commit would cost a lone append a microsecond, and its caches.
  mutable audit::TileEdge published_ ABSL_GUARDED_BY(mutex_);
  mutable std::vector<audit::Hash> behind_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_LOG_TREE_H_
