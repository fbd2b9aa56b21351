#include "daybook/store/removal.h"

#include <limits>
#include <utility>

#include "daybook/audit/merkle_proof.h"
#include "daybook/v1/system.pb.h"
#include "store/head_file.h"

namespace daybook {
namespace {

// Whether the proof leads from the tree of what was kept to that of the head.
bool IsProven(const TreeState& kept, const audit::TreeHead& head,
              const v1::DroppedHead& stored) {
  // Every log begins with nothing.
  if (kept.size == 0) return true;
  std::vector<audit::Hash> proof;
  for (const std::string& bytes : stored.consistency()) {
    const std::optional<audit::Hash> hash = audit::Hash::FromBytes(bytes);
    if (!hash.has_value()) return false;
    proof.push_back(*hash);
  }
  return audit::VerifyConsistency(kept.size, kept.root, head.size, head.root,
                                  proof)
      .ok();
}

}  // namespace

std::optional<DeclaredRemoval> ReadDeclaredRemoval(
    Position position, absl::Time declared_at, std::string_view payload,
    const audit::Hash& root_below) {
  v1::Operation operation;
  if (payload.size() > std::numeric_limits<int>::max() ||
      !operation.ParseFromArray(payload.data(),
                                static_cast<int>(payload.size())) ||
      !operation.has_removal()) {
    return std::nullopt;
  }
  DeclaredRemoval removal;
  removal.position = position;
  removal.declared_at = declared_at;
  removal.user = operation.user();
  removal.command = operation.command();
  removal.reason = operation.reason();
  removal.is_dropped_tail = operation.removal().has_dropped_tail();
  if (!removal.is_dropped_tail) return removal;
  const v1::DroppedTail& dropped = operation.removal().dropped_tail();
  removal.kept = Position(dropped.kept());
  if (dropped.has_acknowledged()) {
    removal.acknowledged = Position(dropped.acknowledged());
  }
  removal.readable_count = dropped.readable();
  removal.fits = removal.kept == position &&
                 dropped.kept_root() == std::string(root_below.view());
  for (const v1::DroppedHead& stored : dropped.heads()) {
    absl::StatusOr<KeptTreeHead> head = ParseKeptHead(stored.text());
    if (!head.ok() || head->head.size <= dropped.kept()) continue;
    const bool is_proven =
        removal.fits &&
        IsProven({dropped.kept(), root_below}, head->head, stored);
    // A proof that is there and fails is none that was impossible.
    if (!is_proven && stored.consistency_size() > 0) continue;
    removal.heads.push_back({*std::move(head), is_proven});
  }
  return removal;
}

}  // namespace daybook
