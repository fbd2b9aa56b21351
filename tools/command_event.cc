// daybook event: one event, in full.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/event_argument.h"
#include "tools/event_json.h"
#include "tools/event_printer.h"
#include "tools/payload_json.h"
#include "tools/producer_arguments.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string which;
  EventFormat format = EventFormat::kTable;
};

// One line for each thing there is to say.
void Describe(const EventView& event, std::string_view signed_by,
              EventStore& store, CommandContext& context) {
  const auto line = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    const std::string padding(name.size() < 16 ? 16 - name.size() : 1, ' ');
    context.out->Write(Concat(Styled(context.terminal, Style::kBold, name),
                              padding, Escaped(value), "\n"));
  };
  line("position", absl::StrCat(event.position.value()));
  line("stream", event.stream);
  line("revision", absl::StrCat(event.revision.value()));
  line("id", event.id.ToString());
  line("type", event.type);
  line("source", event.source);
  line("content type", event.content_type);
  if (!event.schema.none()) line("schema", event.schema.ToString());
  for (const std::string_view tag : event.tags) line("tag", tag);
  if (event.occurred_at.has_value()) {
    line("occurred at", TimeText(*event.occurred_at));
  }
  line("recorded at", TimeText(event.recorded_at));
  if (event.append.count > 1) {
    const uint64_t first = event.append.first_position.value();
    line("append",
         Concat("with @", first, " to @", first + event.append.count - 1));
  }
  line("append key", event.append.key);
  const Metadata metadata = event.metadata();
  line("correlation", metadata.correlation_id);
  line("causation", metadata.causation_id);
  line("traceparent", metadata.traceparent);
  line("tracestate", metadata.tracestate);
  line("actor", metadata.actor);
  for (const auto& [name, value] : metadata.fields) {
    line("metadata", Concat(name, "=", value));
  }
  line("signed by", signed_by);
  line("size", Bytes(event.payload.size()));
  StoredTypes types(store);
  if (!event.payload.empty()) line("data", PayloadPreview(event, types));
}

absl::Status ShowEvent(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(
        const Position position,
        FindEventArgument(arguments.which, store, context));
    ReadLogOptions options;
    options.from = position;
    options.to = position;
    DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog(options));
    if (!cursor.Next()) {
      DAYBOOK_RETURN_IF_ERROR(cursor.status());
      return absl::DataLossError(
          Concat("the event at position ", position.value(), " is missing"));
    }
    const EventView& event = cursor.event();
    if (arguments.format == EventFormat::kTable) {
      std::string signed_by;
      if (!event.signature.empty()) {
        DAYBOOK_ASSIGN_OR_RETURN(signed_by, DescribeSignature(event, store));
      }
      Describe(event, signed_by, store, context);
    } else if (arguments.format == EventFormat::kRaw) {
      // Exactly the payload: one can be compared with its file.
      context.out->Write(event.payload);
    } else {
      const auto printer = MakeEventPrinter(arguments.format, store, context);
      printer->Print(event);
      printer->Finish();
    }
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterEvent(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddCommand(app, "event", "show one event in full",
                 "daybook event @123\n"
                 "daybook event 0190163d-8694-739b-aea5-966c26f8ad91 "
                 "--format raw > payload");
  command
      .add_option("event", arguments->which, "its id, or @ and its position")
      ->required()
      ->type_name("ID|@POSITION");
  AddEventFormat(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return ShowEvent(*arguments, running);
  });
}

}  // namespace daybook::tools
