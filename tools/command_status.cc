// daybook status: how a store is doing.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/followers.h"
#include "tools/format_option.h"
#include "tools/json_text.h"
#include "tools/status_watch.h"
#include "tools/table.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string format = "text";
  bool watch = false;
};

std::string HealthText(const absl::Status& health) {
  return health.ok() ? "ok" : std::string(health.message());
}

// Of groups and views, together; nothing where that is not known of one.
std::optional<uint64_t> CountParked(EventStore& store,
                                    CommandContext& context) {
  const absl::StatusOr<std::vector<Follower>> followers =
      ListFollowers(store, context);
  if (!followers.ok()) return std::nullopt;
  uint64_t count = 0;
  for (const Follower& follower : *followers) {
    if (!follower.is_parked_known) return std::nullopt;
    count += follower.parked_count;
  }
  return count;
}

void ShowJson(const StoreStatus& status, const TreeState& tree,
              std::optional<uint64_t> parked_count, Output& out) {
  std::string json =
      Concat("{\"path\":", JsonString(status.path),
             ",\"id\":", JsonString(status.store_id),
             ",\"format\":", status.format, ",\"head\":", status.head.value(),
             ",\"durable_head\":", status.durable_head.value(),
             ",\"health\":", JsonString(HealthText(status.health)),
             ",\"audit_health\":", JsonString(HealthText(status.audit_health)),
             ",\"parked\":",
             parked_count.has_value() ? absl::StrCat(*parked_count) : "null",
             ",\"log_bytes\":", status.log_bytes_on_disk,
             ",\"row_bytes\":", status.row_bytes_on_disk,
             ",\"tree_bytes\":", status.tree_bytes_on_disk,
             ",\"tree_size\":", tree.size,
             ",\"tree_root\":", JsonString(tree.root.ToHex()),
             ",\"tree_head_size\":", status.tree_head_size, ",\"families\":[");
  bool first = true;
  for (const FamilyStatus& family : status.families) {
    json += Concat(first ? "" : ",", "{\"name\":", JsonString(family.name),
                   ",\"watermark\":", family.watermark.value(),
                   ",\"bytes\":", family.bytes_on_disk, "}");
    first = false;
  }
  out.Write(json + "]}\n");
}

void ShowText(const StoreStatus& status, const TreeState& tree,
              std::optional<uint64_t> parked_count, CommandContext& context) {
  const auto line = [&](std::string_view name, std::string_view value) {
    context.out->Write(Concat(Styled(context.terminal, Style::kBold, name),
                              std::string(16 - name.size(), ' '),
                              Escaped(value), "\n"));
  };
  line("store", status.path);
  line("id", status.store_id);
  line("format", absl::StrCat(status.format));
  line("head", Counted(status.head.value(), "event"));
  line("durable head", Grouped(status.durable_head.value()));
  line("health", HealthText(status.health));
  if (!parked_count.has_value()) {
    line("parked", "not known: `health` says why");
  } else if (*parked_count > 0) {
    line("parked",
         Concat(Grouped(*parked_count),
                ", of groups and views: `status --watch` says whose"));
  }
  line("log", Bytes(status.log_bytes_on_disk));
  line("rows", Bytes(status.row_bytes_on_disk));
  line("audit tree", Bytes(status.tree_bytes_on_disk));
  line("root", Concat(tree.root.ToHex(), " of ", Grouped(tree.size)));
  line("last head",
       status.tree_head_size == 0
           ? std::string("none")
           : Concat("of ", Counted(status.tree_head_size, "event")));
  if (!status.audit_health.ok()) {
    line("audit health", HealthText(status.audit_health));
  }
  if (status.families.empty()) return;
  context.out->Write("\n");
  Table table(*context.out, context.terminal,
              {{.title = "family"},
               {.title = "watermark", .align = Table::Align::kRight},
               {.title = "behind", .align = Table::Align::kRight},
               {.title = "size", .align = Table::Align::kRight}});
  for (const FamilyStatus& family : status.families) {
    table.Add({family.name, Grouped(family.watermark.value()),
               Grouped(status.head.value() - family.watermark.value()),
               Bytes(family.bytes_on_disk)});
  }
  table.Finish();
}

absl::Status Status(const Arguments& arguments, CommandContext& context) {
  if (arguments.watch) {
    // What is watched goes on.
    return context.WithServedStore(
        [&](EventStore& store) { return WatchStatus(store, context); });
  }
  return context.WithStore([&](EventStore& store) -> absl::Status {
    const StoreStatus status = store.Status();
    const absl::StatusOr<TreeState> tree = store.Tree();
    if (!tree.ok()) return tree.status();
    // A store whose rows can't be read has a status, too.
    const std::optional<uint64_t> parked_count = CountParked(store, context);
    if (arguments.format == "json") {
      ShowJson(status, *tree, parked_count, *context.out);
    } else {
      ShowText(status, *tree, parked_count, context);
    }
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterStatus(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddCommand(app, "status", "show heads, indexes and sizes of the store",
                 "daybook status\n"
                 "daybook status --watch\n"
                 "daybook status --format json | jq .head");
  CLI::Option* const format = AddFormatOrJson(command, arguments->format);
  command
      .add_flag(
          "--watch", arguments->watch,
          "rates and lags instead, renewed each second, until interrupted")
      ->excludes(format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Status(*arguments, running);
  });
}

}  // namespace daybook::tools
