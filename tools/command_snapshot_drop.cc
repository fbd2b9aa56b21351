// daybook snapshot drop: removes saved states; loads read the events again.

#include <cstdint>
#include <memory>
#include <string>

#include "daybook/replay/snapshot_list.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/confirmed_change.h"
#include "tools/counted.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  SnapshotFilter filter;
  bool all = false;
  bool yes = false;
  std::string reason;
};

absl::Status Drop(const Arguments& arguments, CommandContext& context) {
  const SnapshotFilter& filter = arguments.filter;
  const bool is_narrowed = !filter.decider.empty() || !filter.stream.empty();
  if (is_narrowed == arguments.all) {
    return absl::InvalidArgumentError(
        "say which snapshots: --stream, --with or both, or --all");
  }
  return context.WithStore([&](EventStore& store) -> absl::Status {
    uint64_t count = 0;
    uint64_t bytes = 0;
    DAYBOOK_RETURN_IF_ERROR(
        VisitSnapshots(store, filter, [&](const SnapshotInfo& info) {
          ++count;
          bytes += info.bytes;
          return !Interrupted();
        }));
    if (Interrupted()) return InterruptedError();
    if (count == 0) {
      context.out->Write("there are no such snapshots\n");
      return absl::OkStatus();
    }
    const ConfirmedChange told = {
        "drops", "dropped",
        Concat(Counted(count, "snapshot"), ", ", Bytes(bytes),
               "; loads read the events instead until there are new ones.")};
    const auto change = [&]() -> absl::Status {
      DAYBOOK_RETURN_IF_ERROR(DropSnapshots(store, filter));
      return RecordOperation(context, store, arguments.reason);
    };
    return ChangeIfConfirmed(told, arguments.yes, change, context);
  });
}

}  // namespace

void RegisterSnapshotDrop(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddCommand(CommandGroup(app, "snapshot", "saved states"), "drop",
                 "drop saved states; shows what it would do until --yes",
                 "daybook snapshot drop --stream cart-42\n"
                 "daybook snapshot drop --with cart --yes --reason 'too many'\n"
                 "daybook snapshot drop --all --yes");
  command.add_option("--with", arguments->filter.decider, "those of this name");
  command.add_option("--stream", arguments->filter.stream,
                     "those of this stream");
  command.add_flag("--all", arguments->all, "every snapshot there is");
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Drop(*arguments, running);
  });
}

}  // namespace daybook::tools
