// daybook reindex: derives every index anew from the log, and the rows of the
// audit tree where they are damaged.

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "daybook/store/rebuild_tree.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/confirmed_change.h"
#include "tools/counted.h"
#include "tools/damage_error.h"
#include "tools/file_argument.h"
#include "tools/head_signers.h"
#include "tools/progress.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  bool yes = false;
  bool accept_root = false;
  std::string reason;
};

absl::Status ShowWhatItDoes(CommandContext& context) {
  absl::Status shown = context.WithStore([&](EventStore& store) {
    const StoreStatus status = store.Status();
    std::string families;
    for (const FamilyStatus& family : status.families) {
      families += Concat(families.empty() ? "" : ", ", family.name, " (",
                         Bytes(family.bytes_on_disk), ")");
    }
    context.out->Write(
        Concat("this drops ", families.empty() ? "what is derived" : families,
               " and derives it anew from ",
               Counted(status.head.value(), "event"), ".\n", kNothingWasDone));
    return absl::OkStatus();
  });
  if (!absl::IsDataLoss(shown)) return shown;
  return DamageFoundError(
      Concat(std::string(shown.message()),
             "; where only the audit tree is damaged, --yes makes it anew"));
}

// Mends the audit tree first: a store with a damaged one does not open.
absl::Status RebuildTree(const Arguments& arguments, CommandContext& context) {
  // One in memory has no rows of a tree.
  if (context.stores != StoreAccess::Disk()) return absl::OkStatus();
  const absl::StatusOr<TreeRebuild> tree = daybook::RebuildTree(
      context.store_path, context.DefaultStoreOptions(),
      arguments.accept_root ? NewRoot::kAccept : NewRoot::kRefuse);
  // Of another root, not of a store that is held or of another format.
  if (absl::IsFailedPrecondition(tree.status()) &&
      absl::EndsWith(tree.status().message(), "nothing was done") &&
      !arguments.accept_root) {
    return absl::FailedPreconditionError(
        Concat(tree.status().message(),
               "; --accept-root takes the new root, if it is one that was kept "
               "elsewhere"));
  }
  DAYBOOK_RETURN_IF_ERROR(tree.status());
  if (!tree->rebuilt) return absl::OkStatus();
  std::string old = "the root that it had can't be read";
  if (tree->written.has_value()) {
    old = Concat("it had ", tree->written->root.ToHex(), " over ",
                 Counted(tree->written->size, "event"), ", ",
                 *tree->written == tree->made ? "the same" : "another one");
  }
  context.out->Write(Concat("made the audit tree anew: its root over ",
                            Counted(tree->made.size, "event"), " is ",
                            tree->made.root.ToHex(), "; ", old, "\n"));
  for (const KeptTreeHead& kept : tree->dropped) {
    context.out->Write(
        Concat("dropped a head that these events do not continue: of ",
               Counted(kept.head.size, "event"), " with the root ",
               kept.head.root.ToHex(), ", ", SignedByText(kept),
               "; it stays in ", Escaped(tree->damaged_folder), "\n"));
  }
  return absl::OkStatus();
}

absl::Status Reindex(const Arguments& arguments, CommandContext& context) {
  // The store is not opened before: it may be its indexes that it can't be
  // opened for.
  if (!arguments.yes) return ShowWhatItDoes(context);
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  DAYBOOK_RETURN_IF_ERROR(CheckKeyFiles(context.audit_keys));
  DAYBOOK_RETURN_IF_ERROR(RebuildTree(arguments, context));
  const absl::Time start = absl::Now();
  std::optional<Progress> progress;
  DAYBOOK_RETURN_IF_ERROR(context.stores->Reindex(
      context.store_path, context.DefaultStoreOptions(),
      [&](const ReindexProgress& so_far) {
        if (!progress.has_value()) {
          progress.emplace(context, "reindex", so_far.head.value());
        }
        progress->Update(so_far.done.value());
      }));
  progress.reset();
  const absl::Duration elapsed = absl::Now() - start;
  return context.WithStore([&](EventStore& store) -> absl::Status {
    const uint64_t head = store.Head().value();
    DAYBOOK_RETURN_IF_ERROR(RecordOperation(context, store, arguments.reason));
    context.out->Write(Concat("derived everything anew from ",
                              Counted(head, "event"), " in ", Elapsed(elapsed),
                              "\n"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterReindex(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "reindex",
      "derive all indexes anew from the log, and the audit tree if it is "
      "damaged; shows what it would do until --yes",
      "daybook reindex --yes --reason 'after moving disks'");
  command.add_flag("--yes", arguments->yes, "do it");
  command.add_flag("--accept-root", arguments->accept_root,
                   "keep the events as they are although their audit tree has "
                   "another root than was written with them");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Reindex(*arguments, running);
  });
}

}  // namespace daybook::tools
