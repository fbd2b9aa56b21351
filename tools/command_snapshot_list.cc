// daybook snapshot list: which states a store has saved.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "daybook/replay/snapshot_list.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/format_option.h"
#include "tools/interrupt.h"
#include "tools/json_text.h"
#include "tools/query_json.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  SnapshotFilter filter;
  std::string format = "table";
};

std::string FingerprintText(const SnapshotInfo& info) {
  return absl::StrFormat("%016x", info.fingerprint);
}

// As a line of JSON.
std::string JsonOf(const SnapshotInfo& info) {
  std::string line = Concat("{\"with\":", JsonString(info.decider));
  if (!info.stream.empty()) {
    line += Concat(",\"stream\":", JsonString(info.stream));
  }
  if (info.query) line += Concat(",\"query\":", QueryToJson(*info.query));
  if (info.revision) line += Concat(",\"revision\":", info.revision->value());
  line += Concat(",\"position\":", info.position.value());
  if (info.damaged) {
    line += ",\"damaged\":true";
  } else {
    line += Concat(",\"recorded_at\":\"", TimeText(info.recorded_at),
                   "\",\"events\":", info.event_count, ",\"fingerprint\":\"",
                   FingerprintText(info), "\"");
  }
  return line + Concat(",\"bytes\":", info.bytes, "}\n");
}

std::vector<std::string> CellsOf(const SnapshotInfo& info) {
  std::string source = info.stream;
  if (info.query) source = QueryToJson(*info.query);
  if (source.empty()) source = "a query";
  const std::string position = absl::StrCat(info.position.value());
  const std::string bytes = absl::StrCat(info.bytes);
  if (info.damaged) {
    return {info.decider, source, "", position, "", "", bytes, "damaged"};
  }
  return {info.decider,
          source,
          info.revision ? absl::StrCat(info.revision->value()) : "",
          position,
          TimeText(info.recorded_at),
          absl::StrCat(info.event_count),
          bytes,
          FingerprintText(info)};
}

absl::Status ListAll(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    Table table(context, "no snapshots",
                {{.title = "with"},
                 {.title = "of", .width_max = 60},
                 {.title = "revision", .align = Table::Align::kRight},
                 {.title = "position", .align = Table::Align::kRight},
                 {.title = "recorded at"},
                 {.title = "events", .align = Table::Align::kRight},
                 {.title = "bytes", .align = Table::Align::kRight},
                 {.title = "fingerprint"}});
    DAYBOOK_RETURN_IF_ERROR(
        VisitSnapshots(store, arguments.filter, [&](const SnapshotInfo& info) {
          if (arguments.format == "table") {
            table.Add(CellsOf(info));
          } else {
            context.out->Write(JsonOf(info));
          }
          return context.out->ok() && !Interrupted();
        }));
    if (arguments.format == "table") table.Finish();
    return Interrupted() ? InterruptedError() : absl::OkStatus();
  });
}

}  // namespace

void RegisterSnapshotList(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "snapshot", "saved states"), "list",
      "list saved states, of streams and of queries",
      "daybook snapshot list\n"
      "daybook snapshot list --with cart --stream cart-42 --format json");
  command.add_option("--with", arguments->filter.decider,
                     "only those under this name");
  command.add_option("--stream", arguments->filter.stream,
                     "only those of this stream");
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return ListAll(*arguments, running);
  });
}

}  // namespace daybook::tools
