// daybook import ocel: object-centric event logs, OCEL 1.0.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/event_template.h"
#include "tools/import_log.h"
#include "tools/import_ocel.h"
#include "tools/import_report.h"
#include "tools/line_reader.h"
#include "tools/memory_budget.h"
#include "tools/producer_arguments.h"
#include "tools/rejects.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments : LogArguments {
  std::string stream_object;
  std::optional<std::string> stream;
  std::string other_stream;
  std::string object_stream = "ocel-objects";
  std::vector<std::string> object_tags;
};

// "org:resource=user" and the like. Types may have an = in them.
absl::StatusOr<std::map<std::string, std::string>> ParseTagNames(
    const std::vector<std::string>& texts) {
  std::map<std::string, std::string> names;
  for (const std::string& text : texts) {
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0 ||
        equals + 1 == text.size()) {
      return absl::InvalidArgumentError(
          Concat("--object-tag ", Quoted(text), ": no TYPE=NAME"));
    }
    names[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return names;
}

absl::Status ImportInto(EventStore& store, EventTemplate& events,
                        const OcelImportOptions& options,
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
  MemoryBudget budget(arguments.memory_max,
                      "give it more with --max-memory: all of the log is held, "
                      "since its objects come last");
  OcelImport import(store, events, *rejects, arguments.ImportName(), budget,
                    options, producer.has_value() ? &*producer : nullptr);
  const absl::Time start = absl::Now();
  LogProgress progress(context, *lines);
  absl::Status status =
      import.Run(*lines, progress.on_read(), progress.on_appended());
  progress.Clear();
  // The options do not fit the log; there is nothing to report.
  if (absl::IsInvalidArgument(status)) return status;
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
                            .type = "",
                            .tags = arguments.tags}));
  OcelImportOptions options;
  options.stream_type = arguments.stream_object;
  options.names_stream = arguments.stream.has_value();
  options.other_stream = arguments.other_stream;
  options.object_stream = arguments.object_stream;
  options.log_stream = arguments.log_stream;
  options.in_time_order = arguments.order == "time";
  options.utc = arguments.utc;
  DAYBOOK_ASSIGN_OR_RETURN(options.tag_names,
                           ParseTagNames(arguments.object_tags));
  return context.WithServedStore([&](EventStore& store) {
    return ImportInto(store, events, options, arguments, context);
  });
}

}  // namespace

void RegisterImportOcel(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "import", "append events from elsewhere"), "ocel",
      "append the events of an object-centric log, OCEL 1.0, in JSON or XML\n\n"
      "An event's type is its activity; its tags are the objects it names, as\n"
      "type:id; its stream is the one of them that has the type of\n"
      "--stream-object; all of it is the payload, as JSON. An object that has\n"
      "attributes is an event too. Running it again appends nothing twice.",
      "daybook import ocel orders.jsonocel --stream-object order\n"
      "daybook import ocel github.xmlocel --stream-object case:concept:name"
      " --object-tag case:concept:name=issue --object-tag org:resource=user\n"
      "daybook import ocel orders.jsonocel.gz --stream 'order-{object.order}'"
      " --order time");
  AddLogFile(command, *arguments);
  CLI::Option* stream_object =
      command
          .add_option("--stream-object", arguments->stream_object,
                      "an event's stream is its object of this type")
          ->type_name("TYPE");
  CLI::Option* stream =
      command
          .add_option_function<std::string>(
              "--stream",
              [arguments](const std::string& text) {
                arguments->stream = text;
              },
              "instead: the stream, by fields of the payload, "
              "{ocel:vmap.region}, and objects by type, {object.order}")
          ->type_name("TEMPLATE")
          ->excludes(stream_object);
  command
      .add_option("--other-stream", arguments->other_stream,
                  "where events go that name no object of that type, or "
                  "several; without it they are an error")
      ->type_name("STREAM")
      ->excludes(stream);
  AddRepeated(command, "--object-tag", arguments->object_tags,
              "tags of objects of this type begin with NAME instead; "
              "repeatable")
      ->type_name("TYPE=NAME");
  command
      .add_option("--object-stream", arguments->object_stream,
                  "the stream of objects that have attributes (default: "
                  "ocel-objects)")
      ->type_name("STREAM");
  AddLogTags(command, *arguments);
  AddLogOrder(command, *arguments, "file",
              "file (default) or time: as the file has them, or in the order "
              "of their times");
  AddLogOptions(command, *arguments);
  SetBody(command, context, [arguments](CommandContext& the_context) {
    return Import(the_context, *arguments);
  });
}

}  // namespace daybook::tools
