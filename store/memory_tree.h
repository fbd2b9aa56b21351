// The audit tree of a store in memory: all leaves, and what follows from them
// made when it is asked for.

#ifndef DAYBOOK_STORE_MEMORY_TREE_H_
#define DAYBOOK_STORE_MEMORY_TREE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daybook/audit/commitment.h"
#include "daybook/audit/hash.h"
#include "daybook/store/audit.h"
#include "daybook/store/event.h"
#include "store/chunk.h"
#include "store/event_leaf.h"

namespace daybook {

// Not thread-safe; readers are.
class MemoryTree {
 public:
  // `append` is that of the event; `signature` has its salts, if it is signed.
  // REQUIRES: events come in order.
  void Append(const EventView& event, const AppendHeader& append,
              const std::optional<NewSignature>& signature);

  TreeState state() const { return StateOf(leaves_.size()); }
  // REQUIRES: no more than there are.
  TreeState StateOf(size_t size) const;
  // As it is now. Keeps `ticket` for as long as it lives.
  std::unique_ptr<TreeReader> Read(std::shared_ptr<const void> ticket) const;

  // Immutable, and shared with readers.
  struct Leaf {
    std::string stream;
    std::string bytes;
    audit::Salt payload_salt{};
    audit::Salt metadata_salt{};
  };

 private:
  LeafMaker maker_;
  std::vector<std::shared_ptr<const Leaf>> leaves_;
  std::vector<audit::Hash> hashes_;
  // Of each stream, the hash of its last leaf.
  std::map<std::string, audit::Hash, std::less<>> last_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_MEMORY_TREE_H_
