#include "store/head_keeper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/check_tree.h"
#include "store/errors_internal.h"
#include "store/head_file.h"
#include "store/kept_heads.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/store_folder.h"
#include "store/tail.h"
#include "store/tree_reader.h"

namespace daybook {
namespace {

// Writes only where there is something else.
absl::Status KeepInFile(const std::string& path, const KeptTreeHead& head) {
  const absl::StatusOr<std::optional<KeptTreeHead>> there = ReadHeadFile(path);
  if (there.ok() && there->has_value() && (*there)->text == head.text) {
    return absl::OkStatus();
  }
  return ReplaceFile(path, head.text);
}

}  // namespace
// --- Opening -----------------------------------------------------------------

absl::StatusOr<std::unique_ptr<HeadKeeper>> HeadKeeper::Open(
    const std::shared_ptr<StoreCore>& core, std::optional<KeptTreeHead> last) {
  DAYBOOK_ASSIGN_OR_RETURN(
      HeadSigner signer,
      HeadSigner::Load(core->options.tree_heads, core->identity.store_id));
  return std::unique_ptr<HeadKeeper>(
      new HeadKeeper(core, std::move(signer), std::move(last)));
}

HeadKeeper::HeadKeeper(std::shared_ptr<StoreCore> core, HeadSigner signer,
                       std::optional<KeptTreeHead> last)
    : core_(std::move(core)),
      signer_(std::move(signer)),
      last_(std::move(last)) {
  if (!last_.has_value()) return;
  checked_ = {last_->head.size, last_->head.root};
  kept_size_ = checked_.size;
}

// --- Making ------------------------------------------------------------------

bool HeadKeeper::WouldKeep() const {
  return signer_.has_keys() || !last_.has_value() || !last_->is_signed;
}

bool HeadKeeper::IsDue() const {
  const uint64_t last = std::max(size(), tried_size_.load());
  return core_->tail->head().value() - last >= options().event_interval;
}

absl::StatusOr<KeptTreeHead> HeadKeeper::Make(LogWriter& writer) {
  MutexLock lock(&mutex_);
  return MakeLocked(writer);
}

void HeadKeeper::MakeIfGrown(LogWriter& writer) {
  MutexLock lock(&mutex_);
  const uint64_t grown = core_->tree->head().size;
  if (grown <= size()) return;
  // What fails now is tried again when it is time, not with each commit.
  tried_size_ = grown;
  if (!WouldKeep()) {
    MutexLock health_lock(&health_mutex_);
    health_ = WhyNotKept();
    return;
  }
  const absl::Status made = MakeLocked(writer).status();
  if (!made.ok() && core_->options.logger != nullptr) {
    core_->options.logger->Log(
        LogLevel::kError,
        absl::StrCat("no tree head was made: ", made.message()));
  }
}

absl::Status HeadKeeper::WhyNotKept() const {
  if (WouldKeep() || options().copies.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the heads of this store are signed, and no key is named (--audit-key): "
      "one without a signature is not kept, also not in ",
      options().copies.front()));
}

absl::StatusOr<KeptTreeHead> HeadKeeper::MakeLocked(LogWriter& writer) {
  absl::StatusOr<KeptTreeHead> made = [&]() -> absl::StatusOr<KeptTreeHead> {
    const audit::TileEdge edge = core_->tree->edge();
    const TreeState tree = {edge.size(), edge.Root()};
    DAYBOOK_RETURN_IF_ERROR(writer.Sync());
    if (last_.has_value() && signer_.IsMade(*last_) &&
        last_->head.size == tree.size) {
      DAYBOOK_RETURN_IF_ERROR(KeepInFiles(*last_));
      return *last_;
    }
    LogTiles tiles(*core_->log, edge);
    DAYBOOK_RETURN_IF_ERROR(CheckGrowth(tree, tiles));
    DAYBOOK_ASSIGN_OR_RETURN(KeptTreeHead head, signer_.Make(tree));
    if (!WouldKeep()) return head;
    DAYBOOK_RETURN_IF_ERROR(Keep(head, writer));
    last_ = head;
    kept_size_.store(tree.size, std::memory_order_relaxed);
    return head;
  }();
  MutexLock lock(&health_mutex_);
  health_ = made.ok() ? WhyNotKept() : made.status();
  return made;
}

absl::Status HeadKeeper::CheckGrowth(const TreeState& tree, LogTiles& tiles) {
  IndexedLeafFinder finder(core_);
  CheckTreeOptions check;
  if (checked_.size > 0) check.finder = &finder;
  DAYBOOK_ASSIGN_OR_RETURN(const TreeState found,
                           CheckTree(*core_->log, Position(checked_.size),
                                     Position(tree.size), check));
  if (found.root != tree.root) {
    return DamageError(Position(checked_.size),
                       "the audit tree on disk is not the one in memory");
  }
  DAYBOOK_RETURN_IF_ERROR(
      CheckContinues({kHeadTablePlace, checked_}, tree, tiles));
  for (const std::string& copy : options().copies) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> kept,
                             ReadHeadFile(copy));
    if (kept.has_value()) {
      DAYBOOK_RETURN_IF_ERROR(CheckContinues(
          {copy, {kept->head.size, kept->head.root}}, tree, tiles));
    }
  }
  checked_ = tree;
  return absl::OkStatus();
}

absl::Status HeadKeeper::Keep(const KeptTreeHead& head, LogWriter& writer) {
  DAYBOOK_RETURN_IF_ERROR(writer.WriteTreeHead(head.head.size, head.text));
  return KeepInFiles(head);
}

absl::Status HeadKeeper::KeepInFiles(const KeptTreeHead& head) {
  absl::Status kept = KeepInFile(HeadFilePath(core_->path), head);
  for (const std::string& copy : options().copies) {
    kept.Update(KeepInFile(copy, head));
  }
  return kept;
}

absl::Status HeadKeeper::health() const {
  MutexLock lock(&health_mutex_);
  return health_;
}

}  // namespace daybook
