#include "tests/audit/memory_log.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace daybook::audit {

Hash LeafAt(uint64_t index) { return LeafHash(absl::StrCat("leaf ", index)); }

Hash DefinedRoot(std::span<const Hash> leaves) {
  if (leaves.empty()) return EmptyRoot();
  if (leaves.size() == 1) return leaves.front();
  size_t left = 1;
  while (2 * left < leaves.size()) left *= 2;
  return NodeHash(DefinedRoot(leaves.first(left)),
                  DefinedRoot(leaves.subspan(left)));
}

void MemoryLog::Append(const Hash& leaf) {
  leaves_.push_back(leaf);
  edge_.Append(leaf, [&](const TileId& tile, std::span<const Hash> hashes) {
    complete_[{tile.level, tile.index}].assign(hashes.begin(), hashes.end());
  });
}

absl::Status MemoryLog::ReadTile(const TileId& tile, std::span<Hash> hashes) {
  reads_.push_back(tile);
  const auto found = complete_.find({tile.level, tile.index});
  if (found != complete_.end()) {
    std::copy_n(found->second.begin(), tile.width, hashes.begin());
    return absl::OkStatus();
  }
  if (edge_.Read(tile, hashes)) return absl::OkStatus();
  return absl::NotFoundError(TilePath(tile));
}

}  // namespace daybook::audit
