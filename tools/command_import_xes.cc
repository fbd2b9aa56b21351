// daybook import xes: event logs of processes, IEEE 1849-2016.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/event_template.h"
#include "tools/import_log.h"
#include "tools/import_report.h"
#include "tools/import_xes.h"
#include "tools/line_reader.h"
#include "tools/memory_budget.h"
#include "tools/producer_arguments.h"
#include "tools/rejects.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments : LogArguments {
  std::optional<std::string> stream;
  std::optional<std::string> type;
};

absl::Status ImportInto(EventStore& store, EventTemplate& events,
                        const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<ProducerSigner> producer,
                           LoadProducerSigner(arguments.producer_key, store));
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<LineReader> lines,
      LineReader::Open(arguments.file, context.input_descriptor));
  // Not before: what an earlier run wrote there stays if there is no input.
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Rejects> rejects,
                           Rejects::Open(arguments.rejects, arguments.file,
                                         context.input_descriptor));
  XesMapping mapping(events, arguments.stream.has_value(),
                     arguments.type.has_value());
  MemoryBudget budget(arguments.memory_max,
                      "give it more with --max-memory, or hold one trace at a "
                      "time with --order file");
  XesImport import(store, mapping, *rejects, arguments.ImportName(), budget,
                   {.in_time_order = arguments.order != "file",
                    .utc = arguments.utc,
                    .log_stream = arguments.log_stream},
                   producer.has_value() ? &*producer : nullptr);
  const absl::Time start = absl::Now();
  LogProgress progress(context, *lines);
  const absl::Status status =
      import.Run(*lines, progress.on_read(), progress.on_appended());
  progress.Clear();
  ShowReport(import.report(), absl::Now() - start, arguments.json_report,
             context);
  DAYBOOK_RETURN_IF_ERROR(WithAdvice(status, import.report()));
  for (const std::string& note : import.Notes()) context.Say(note);
  if (import.report().lines > rejects->count()) {
    for (const std::string& tag : events.unused_tags()) {
      context.Say(Concat("no event has all fields of --tag ", Quoted(tag)));
    }
  }
  return rejects->Finish();
}

absl::Status Import(CommandContext& context, const Arguments& arguments) {
  DAYBOOK_ASSIGN_OR_RETURN(
      EventTemplate events,
      EventTemplate::Parse({.stream = arguments.stream.value_or(""),
                            .type = arguments.type.value_or(""),
                            .tags = arguments.tags}));
  return context.WithServedStore([&](EventStore& store) {
    return ImportInto(store, events, arguments, context);
  });
}

}  // namespace

void RegisterImportXes(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "import", "append events from elsewhere"), "xes",
      "append the events of a process log in XES (IEEE 1849-2016)\n\n"
      "A trace is a stream with the trace's concept:name; an event's type is "
      "its\n"
      "concept:name, with +lifecycle:transition if it has one; its attributes "
      "are\n"
      "the payload, as JSON. Tags: case:, resource:, group:. Running it again\n"
      "appends nothing twice.",
      "daybook import xes receipt.xes.gz\n"
      "daybook import xes incidents.xes --tag 'product:{product}'"
      " --tag 'impact:{impact}'\n"
      "daybook import xes huge.xes.gz --order file --rejects bad.ndjson\n"
      "daybook import xes log.xes --stream 'permit-{trace.concept:name}'"
      " --type '{concept:name}'");
  const auto add_template = [&command](const std::string& name,
                                       std::optional<std::string>& value,
                                       const std::string& description) {
    command
        .add_option_function<std::string>(
            name, [&value](const std::string& given) { value = given; },
            description)
        ->type_name("TEMPLATE");
  };
  AddLogFile(command, *arguments);
  add_template("--stream", arguments->stream,
               "the stream, by attributes of the event and, after \"trace.\", "
               "of its trace (default: {trace.concept:name})");
  add_template("--type", arguments->type,
               "the type (default: {concept:name}+{lifecycle:transition})");
  AddLogTags(command, *arguments);
  AddLogOrder(command, *arguments, "time",
              "time (default) or file: in the order of their times, each trace "
              "in its own order, which holds all events in memory; or one "
              "trace after the other, as the file has them");
  AddLogOptions(command, *arguments);
  SetBody(command, context, [arguments](CommandContext& the_context) {
    return Import(the_context, *arguments);
  });
}

}  // namespace daybook::tools
