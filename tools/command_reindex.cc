// daybook reindex: derives every index anew from the log.

#include <memory>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/progress.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  bool yes = false;
  std::string reason;
};

absl::Status ShowWhatItDoes(CommandContext& context) {
  return context.WithStore([&](EventStore& store) {
    const StoreStatus status = store.Status();
    std::string families;
    for (const FamilyStatus& family : status.families) {
      families += Concat(families.empty() ? "" : ", ", family.name, " (",
                         Bytes(family.bytes_on_disk), ")");
    }
    context.out->Write(
        Concat("this drops ", families.empty() ? "what is derived" : families,
               " and derives it anew from ", Grouped(status.head.value()),
               " events.\nnothing was done: add --yes to do it\n"));
    return absl::OkStatus();
  });
}

absl::Status Reindex(const Arguments& arguments, CommandContext& context) {
  // The store is not opened before: it may be its indexes that it can't be
  // opened for.
  if (!arguments.yes) return ShowWhatItDoes(context);
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
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
    context.out->Write(Concat("derived everything anew from ", Grouped(head),
                              " events in ", Elapsed(elapsed), "\n"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterReindex(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "reindex",
      "derive all indexes anew from the log; shows what it would do until "
      "--yes",
      "daybook reindex --yes --reason 'after moving disks'");
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Reindex(*arguments, running);
  });
}

}  // namespace daybook::tools
