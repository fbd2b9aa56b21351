#include "store/memory_tree.h"

#include <cassert>
#include <span>
#include <string_view>
#include <utility>

#include "daybook/audit/merkle_tree.h"

namespace daybook {
namespace {

using audit::Hash;

class Tiles final : public audit::TileSource {
 public:
  explicit Tiles(std::vector<Hash> leaves) : leaves_(std::move(leaves)) {}

  absl::Status ReadTile(const audit::TileId& tile,
                        std::span<Hash> hashes) override {
    const size_t span = size_t{1} << (audit::kTileHeight * tile.level);
    size_t begin = tile.index * audit::kTileWidth * span;
    for (Hash& hash : hashes) {
      assert(begin + span <= leaves_.size());
      hash = audit::RootOf(std::span(leaves_).subspan(begin, span));
      begin += span;
    }
    return absl::OkStatus();
  }

 private:
  const std::vector<Hash> leaves_;
};

class Reader final : public TreeReader {
 public:
  Reader(const TreeState& state,
         std::vector<std::shared_ptr<const MemoryTree::Leaf>> leaves,
         std::vector<Hash> hashes, std::shared_ptr<const void> ticket)
      : TreeReader(state),
        leaves_(std::move(leaves)),
        tiles_(std::move(hashes)),
        ticket_(std::move(ticket)) {}

  audit::TileSource& tiles() override { return tiles_; }

  absl::Status VisitLeaves(Position from, Position to, Visit visit) override {
    for (uint64_t at = from.value(); at < to.value(); ++at) {
      if (!visit(LeafAt(at))) break;
    }
    return absl::OkStatus();
  }

  absl::Status VisitStream(std::string_view stream, Visit visit) override {
    for (uint64_t at = 0; at < leaves_.size(); ++at) {
      if (leaves_[at]->stream == stream && !visit(LeafAt(at))) break;
    }
    return absl::OkStatus();
  }

 private:
  StoredLeaf LeafAt(uint64_t at) const {
    const MemoryTree::Leaf& leaf = *leaves_[at];
    return {Position(at), leaf.bytes, leaf.payload_salt, leaf.metadata_salt};
  }

  const std::vector<std::shared_ptr<const MemoryTree::Leaf>> leaves_;
  Tiles tiles_;
  const std::shared_ptr<const void> ticket_;
};

}  // namespace

void MemoryTree::Append(const EventView& event, const AppendHeader& append,
                        const std::optional<NewSignature>& signature) {
  auto leaf = std::make_shared<Leaf>();
  leaf->stream = event.stream;
  leaf->payload_salt =
      signature.has_value() ? signature->payload_salt : audit::RandomSalt();
  leaf->metadata_salt =
      signature.has_value() ? signature->metadata_salt : audit::RandomSalt();
  Hash& last = last_[leaf->stream];
  const std::optional<Hash> hash = maker_.HashOf(
      event, append, {leaf->payload_salt, leaf->metadata_salt, Hash()}, last);
  assert(hash.has_value());
  last = *hash;
  leaf->bytes = maker_.bytes();
  hashes_.push_back(*hash);
  leaves_.push_back(std::move(leaf));
}

TreeState MemoryTree::StateOf(size_t size) const {
  return {size, audit::RootOf(std::span(hashes_).first(size))};
}

std::unique_ptr<TreeReader> MemoryTree::Read(
    std::shared_ptr<const void> ticket) const {
  return std::make_unique<Reader>(state(), leaves_, hashes_, std::move(ticket));
}

}  // namespace daybook
