// daybook import cloudevents: CloudEvents 1.0 from files of JSON.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/event_template.h"
#include "tools/import_cloud_events.h"
#include "tools/import_report.h"
#include "tools/line_reader.h"
#include "tools/producer_arguments.h"
#include "tools/progress.h"
#include "tools/rejects.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::vector<std::string> files;
  std::optional<std::string> stream;
  std::vector<std::string> tags;
  std::string name;
  std::string rejects;
  std::string producer_key;
  bool follow = false;
  bool json_report = false;
};

absl::Status ImportFile(const Arguments& arguments, const std::string& file,
                        CloudEventImport& import, CommandContext& context) {
  std::optional<Progress> progress;
  LineReaderOptions options;
  options.follow = arguments.follow;
  options.on_idle = [&] {
    if (progress.has_value()) progress->Clear();
    return import.Check();
  };
  options.on_start_over = [&](std::string_view what_happened) {
    if (progress.has_value()) progress->Clear();
    context.Say(Concat(what_happened, "; reading it from its beginning"));
  };
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<LineReader> lines,
      LineReader::Open(file, context.input_descriptor, options));
  progress.emplace(context, "import",
                   arguments.follow ? std::nullopt : lines->bytes_total(),
                   Progress::Unit::kBytes);
  const std::string name =
      arguments.name.empty() ? DefaultImportName(file) : arguments.name;
  return import.Run(*lines, name, arguments.files.size() > 1 ? file : "",
                    [&] { progress->Update(lines->bytes_read()); });
}

absl::Status ImportInto(EventStore& store, EventTemplate& events,
                        const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<ProducerSigner> producer,
                           LoadProducerSigner(arguments.producer_key, store));
  // Not before: what an earlier run wrote there stays if there is no input.
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Rejects> rejects,
                           Rejects::Open(arguments.rejects, arguments.files,
                                         context.input_descriptor));
  CloudEventImport import(store, events, arguments.stream.has_value(), *rejects,
                          producer.has_value() ? &*producer : nullptr);
  const absl::Time start = absl::Now();
  absl::Status status;
  for (const std::string& file : arguments.files) {
    status = ImportFile(arguments, file, import, context);
    if (!status.ok()) break;
  }
  // Also of an import that failed: what it appended stays.
  ShowReport(import.report(), absl::Now() - start, arguments.json_report,
             context);
  // Ctrl-C is how following ends.
  if (!(arguments.follow && absl::IsCancelled(status))) {
    DAYBOOK_RETURN_IF_ERROR(WithAdvice(status, import.report()));
  }
  if (import.report().lines > rejects->count()) {
    for (const std::string& tag : events.unused_tags()) {
      context.Say(Concat("no event has all fields of --tag ", Quoted(tag)));
    }
  }
  return rejects->Finish();
}

absl::Status Import(CommandContext& context, const Arguments& arguments) {
  if (arguments.follow && arguments.files.size() > 1) {
    return absl::InvalidArgumentError("--follow goes with one file");
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      EventTemplate events,
      EventTemplate::Parse({.stream = arguments.stream.value_or(""),
                            .type = "",
                            .tags = arguments.tags}));
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  // All of them, before anything is appended.
  for (const std::string& file : arguments.files) {
    DAYBOOK_RETURN_IF_ERROR(
        LineReader::Open(file, context.input_descriptor).status());
  }
  return context.WithServedStore([&](EventStore& store) {
    return ImportInto(store, events, arguments, context);
  });
}

}  // namespace

void RegisterImportCloudevents(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "import", "append events from elsewhere"),
      "cloudevents",
      "append CloudEvents 1.0, in JSON: an event a line, a batch, or single "
      "events\n\n"
      "An event goes to the stream that its subject names, or its source if it "
      "has\n"
      "none. Each is checked against the specification. Running it again "
      "appends\n"
      "nothing twice.",
      "daybook import cloudevents events.ndjson.gz --rejects bad.ndjson\n"
      "daybook import cloudevents batch.json one.json --tag 'region:{region}'\n"
      "daybook import cloudevents - --stream 'order-{data.order.id}'");
  command
      .add_option("files", arguments->files,
                  "the files, gzip or not; - is standard input")
      ->required()
      ->type_name("FILE");
  command
      .add_option_function<std::string>(
          "--stream",
          [arguments](const std::string& text) { arguments->stream = text; },
          "the stream, by attributes and what is in the data: {source}, "
          "{data.order.id} (default: the subject, or the source)")
      ->type_name("TEMPLATE");
  AddRepeated(command, "--tag", arguments->tags,
              "a tag, left out where a field is missing or null; repeatable")
      ->type_name("TEMPLATE");
  command.add_flag(
      "--follow", arguments->follow,
      "go on reading lines as the file grows, until Ctrl-C; one that "
      "is truncated or replaced is imported again: what it has anew "
      "is appended");
  command
      .add_option("--name", arguments->name,
                  "what tells this import from others (default: the file's "
                  "name); an event counts as known under the same name only")
      ->type_name("NAME");
  command
      .add_option("--rejects", arguments->rejects,
                  "write events that can't be used there and go on, instead of "
                  "stopping at the first")
      ->type_name("FILE");
  AddProducerKey(command, arguments->producer_key);
  AddReportFormat(command, arguments->json_report);
  SetBody(command, context, [arguments](CommandContext& the_context) {
    return Import(the_context, *arguments);
  });
}

}  // namespace daybook::tools
