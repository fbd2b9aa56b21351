// A Merkle log in memory, and the definition it is compared with.

#ifndef DAYBOOK_TESTS_AUDIT_MEMORY_LOG_H_
#define DAYBOOK_TESTS_AUDIT_MEMORY_LOG_H_

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/audit/tile.h"

namespace daybook::audit {

// The hash of the leaf that MemoryLog has at `index`.
Hash LeafAt(uint64_t index);

// MTH of RFC 6962, section 2.1, word for word, but that leaves are hashed
// already.
Hash DefinedRoot(std::span<const Hash> leaves);

class MemoryLog final : public TileSource {
 public:
  explicit MemoryLog(uint64_t size) {
    while (this->size() < size) Append(LeafAt(this->size()));
  }

  void Append(const Hash& leaf);

  uint64_t size() const { return edge_.size(); }
  const TileEdge& edge() const { return edge_; }
  const std::vector<Hash>& leaves() const { return leaves_; }
  // The leaves of the tree the log was at `size`.
  std::span<const Hash> leaves(uint64_t size) const {
    return std::span(leaves_).first(size);
  }
  MerkleProver prover() { return MerkleProver(size(), *this); }

  // Tiles read so far.
  const std::vector<TileId>& reads() const { return reads_; }
  void ForgetReads() { reads_.clear(); }
  // Complete tiles, by level and index.
  const std::map<std::pair<uint32_t, uint64_t>, std::vector<Hash>>& complete()
      const {
    return complete_;
  }

  absl::Status ReadTile(const TileId& tile, std::span<Hash> hashes) override;

 private:
  TileEdge edge_;
  std::vector<Hash> leaves_;
  std::map<std::pair<uint32_t, uint64_t>, std::vector<Hash>> complete_;
  std::vector<TileId> reads_;
};

}  // namespace daybook::audit

#endif  // DAYBOOK_TESTS_AUDIT_MEMORY_LOG_H_
