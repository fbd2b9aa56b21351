#include "store/head_keeper.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/check_tree.h"
#include "store/errors_internal.h"
#include "store/head_file.h"
#include "store/kept_heads.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/store_folder.h"
#include "store/tail.h"
#include "store/tree_reader.h"

namespace daybook {
namespace {

// Writes only where there is something else.
absl::Status KeepInFile(const std::string& path, const KeptTreeHead& head) {
  const absl::StatusOr<std::optional<KeptTreeHead>> there = ReadHeadFile(path);
  if (!there.ok() || !there->has_value()) return ReplaceFile(path, head.text);
  const std::string text = WithSignaturesOf(**there, head).text;
  return text == (*there)->text ? absl::OkStatus() : ReplaceFile(path, text);
}

// Puts the last head where a HEAD is that is none: as nothing may be appended,
// or nobody has the key, it could stay so for long.
void MendHeadFile(const StoreCore& core, const KeptTreeHead& last) {
  const std::string path = HeadFilePath(core.path);
  if (!absl::IsInvalidArgument(ReadHeadFile(path).status())) return;
  const absl::Status mended = ReplaceFile(path, last.text);
  if (!mended.ok() && core.options.logger != nullptr) {
    core.options.logger->Log(LogLevel::kWarning, mended.ToString());
  }
}

// Whether heads of the store may be made by these keys. `last`: the one that
// was kept before.
absl::Status CheckNames(const HeadSigner& signer, const StoreIdentity& identity,
                        const std::optional<KeptTreeHead>& last) {
  const std::vector<std::string>& parents = identity.branched_from;
  for (const std::string& parent : parents) {
    if (!signer.Bears(parent)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "this store is a branch of the log \"", parent,
        "\", and its heads must not pass for that one's: name no key "
        "(--audit-key) or origin, or a key of another name, which `key "
        "generate` makes"));
  }
  if (!signer.has_keys() || !last.has_value() || !last->is_signed) {
    return absl::OkStatus();
  }
  const std::string& before = last->head.origin;
  const bool is_of_parent = std::ranges::find(parents, before) != parents.end();
  if (is_of_parent || before == signer.origin() ||
      (signer.renames() && signer.HasSigned(*last))) {
    return absl::OkStatus();
  }
  if (signer.Bears(before)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the signed heads of this store name the log \"", before,
                     "\", and the first of the keys names it \"",
                     signer.origin(), "\": name the key of that name first"));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the signed heads of this store name the log \"", before,
      "\", and the key names it \"", signer.origin(),
      "\": sign with a key of the first name; or, with that key, make one of "
      "another name that goes on from there: `key rotate --name`"));
}

}  // namespace

// --- Opening -----------------------------------------------------------------

absl::StatusOr<std::unique_ptr<HeadKeeper>> HeadKeeper::Open(
    const std::shared_ptr<StoreCore>& core, std::optional<KeptTreeHead> last) {
  DAYBOOK_ASSIGN_OR_RETURN(
      HeadSigner signer,
      HeadSigner::Load(core->options.tree_heads, core->identity.store_id));
  DAYBOOK_RETURN_IF_ERROR(CheckNames(signer, core->identity, last));
  if (last.has_value()) MendHeadFile(*core, *last);
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
  // A copy that could not be written is tried again.
  if (grown <= size() && health().ok()) return;
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
    LogTiles tiles(*core_->log, edge);
    if (last_.has_value() && signer_.IsMade(*last_) &&
        last_->head.size == tree.size) {
      DAYBOOK_RETURN_IF_ERROR(CheckCopies(tree, tiles));
      DAYBOOK_RETURN_IF_ERROR(KeepInFiles(*last_));
      return *last_;
    }
    DAYBOOK_RETURN_IF_ERROR(CheckGrowth(tree, tiles));
    DAYBOOK_ASSIGN_OR_RETURN(KeptTreeHead head, signer_.Make(tree));
    if (!WouldKeep()) return head;
    if (last_.has_value()) head = WithSignaturesOf(*last_, head);
    DAYBOOK_RETURN_IF_ERROR(Keep(head, writer));
    DAYBOOK_RETURN_IF_ERROR(KeepInFiles(head));
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
  DAYBOOK_RETURN_IF_ERROR(CheckCopies(tree, tiles));
  checked_ = tree;
  return absl::OkStatus();
}

absl::Status HeadKeeper::CheckCopies(const TreeState& tree, LogTiles& tiles) {
  for (const std::string& copy : options().copies) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> kept,
                             ReadHeadFile(copy));
    if (kept.has_value()) {
      DAYBOOK_RETURN_IF_ERROR(CheckContinues(
          {copy, {kept->head.size, kept->head.root}}, tree, tiles));
    }
  }
  return absl::OkStatus();
}

absl::Status HeadKeeper::Keep(const KeptTreeHead& head, LogWriter& writer) {
  // The table has one head of each size. Where the log was given another name
  // at that size, or is a branch, the signed one that is there stays: who
  // trusts the name before goes on from it.
  const bool is_named_anew = last_.has_value() && last_->is_signed &&
                             last_->head.size == head.head.size &&
                             last_->head.origin != head.head.origin;
  if (!is_named_anew) {
    DAYBOOK_RETURN_IF_ERROR(writer.WriteTreeHead(head.head.size, head.text));
  }
  last_ = head;
  kept_size_.store(head.head.size, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status HeadKeeper::KeepInFiles(const KeptTreeHead& head) {
  absl::Status kept = KeepInFile(HeadFilePath(core_->path), head);
  for (const std::string& copy : options().copies) {
    const absl::Status copied = KeepInCopy(copy, head);
    if (copied.ok()) continue;
    kept.Update(WithMessage(
        copied, absl::StrCat("the head of ", head.head.size,
                             " events is kept in the store, but not in its "
                             "copy ",
                             copy, ": ", copied.message())));
  }
  return kept;
}

absl::Status HeadKeeper::KeepInCopy(const std::string& copy,
                                    const KeptTreeHead& head) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeptTreeHead> there,
                           ReadHeadFile(copy));
  if (there.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(CheckNotOfParent(core_->identity, copy, *there));
    if (there->is_signed && there->head.origin != head.head.origin &&
        !(signer_.renames() && signer_.HasSigned(*there))) {
      return absl::FailedPreconditionError(
          absl::StrCat("it has a signed head of the log \"", there->head.origin,
                       "\", and this one is \"", head.head.origin,
                       "\": name another file, or move that one away"));
    }
  }
  return KeepInFile(copy, head);
}

absl::Status HeadKeeper::health() const {
  MutexLock lock(&health_mutex_);
  return health_;
}

}  // namespace daybook
