// daybook import json: any newline-delimited JSON or CSV becomes events, by
// templates over the fields of its records.

#include <optional>
#include <utility>

#include "daybook/store/event_store.h"
#include "store/status_macros.h"
#include "tools/append_window.h"
#include "tools/cli.h"
#include "tools/event_template.h"
#include "tools/import_keys.h"
#include "tools/interrupt.h"
#include "tools/line_reader.h"
#include "tools/progress.h"
#include "tools/records.h"
#include "tools/rejects.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string file;
  EventTemplateTexts texts;
  std::string name;
  std::string rejects;
  bool csv = false;
  bool follow = false;
};

bool IsCsv(const Arguments& arguments) {
  return arguments.csv || arguments.file.ends_with(".csv") ||
         arguments.file.ends_with(".csv.gz");
}

class JsonImport {
 public:
  JsonImport(CommandContext& context, EventStore& store,
             const Arguments& arguments)
      : context_(context),
        arguments_(arguments),
        window_(store),
        keys_(arguments.name.empty() ? DefaultImportName(arguments.file)
                                     : arguments.name) {}

  absl::Status Run(EventTemplate events);

 private:
  absl::Status Append(const Records& records, EventTemplate& events);
  // What becomes of the record at this line when the store refused its append.
  absl::Status Refused(uint64_t line_number, const std::string& text,
                       const absl::Status& status);
  void PrintSummary(absl::Duration elapsed);

  CommandContext& context_;
  const Arguments& arguments_;
  // Before the window, whose last failures go there.
  std::unique_ptr<Rejects> rejects_;
  AppendWindow window_;
  ImportKeys keys_;
  uint64_t records_ = 0;
};

absl::Status JsonImport::Run(EventTemplate events) {
  DAYBOOK_ASSIGN_OR_RETURN(rejects_, Rejects::Open(arguments_.rejects));
  std::optional<Progress> progress;
  LineReaderOptions options;
  options.follow = arguments_.follow;
  options.on_idle = [&] { progress->Clear(); };
  options.on_start_over = [&](std::string_view what_happened) {
    progress->Clear();
    context_.Say(Concat(what_happened, "; reading it from its beginning"));
  };
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<LineReader> lines,
      LineReader::Open(arguments_.file, context_.input_descriptor, options));
  progress.emplace(context_, "import",
                   arguments_.follow ? std::nullopt : lines->bytes_total(),
                   Progress::Unit::kBytes);
  const absl::Time start = context_.clock->Now();
  const std::unique_ptr<Records> records =
      IsCsv(arguments_) ? CsvRecords(*lines, events.fields())
                        : JsonRecords(*lines, events.fields());
  while (records->Next()) {
    ++records_;
    DAYBOOK_RETURN_IF_ERROR(Append(*records, events));
    progress->Update(lines->bytes_read());
  }
  DAYBOOK_RETURN_IF_ERROR(window_.Finish());
  progress->Clear();
  PrintSummary(context_.clock->Now() - start);
  if (records_ > rejects_->count()) {
    for (const std::string& tag : events.unused_tags()) {
      context_.Say(Concat("no record has all fields of --tag ", Quoted(tag)));
    }
  }
  // Ctrl-C is how following ends.
  if (!(arguments_.follow && Interrupted())) {
    DAYBOOK_RETURN_IF_ERROR(records->status());
  }
  return rejects_->Finish();
}

absl::Status JsonImport::Append(const Records& records, EventTemplate& events) {
  const auto reject = [&](const absl::Status& status) {
    return rejects_->Add(records.line_number(), records.text(),
                         std::string(status.message()));
  };
  if (!records.record_status().ok()) return reject(records.record_status());
  absl::StatusOr<StreamEvent> event =
      events.Make([&](std::string_view field) { return records.Find(field); });
  if (!event.ok()) return reject(event.status());
  event->event.payload = records.payload();
  event->event.content_type = "application/json";
  AppendRequest request;
  request.events.push_back(*std::move(event));
  request.key = keys_.KeyOf(records.text());
  return window_.Add(
      request, [this, line_number = records.line_number(),
                text = std::string(records.text())](const absl::Status& status) {
        return Refused(line_number, text, status);
      });
}

absl::Status JsonImport::Refused(uint64_t line_number, const std::string& text,
                                 const absl::Status& status) {
  const std::string message(status.message());
  if (absl::IsInvalidArgument(status)) {
    return rejects_->Add(line_number, text, message);
  }
  return absl::Status(
      status.code(),
      Concat("line ", line_number, ": ", message,
             absl::IsAlreadyExists(status)
                 ? "; it was imported with other templates: give another --name"
                 : ""));
}

void JsonImport::PrintSummary(absl::Duration elapsed) {
  const uint64_t appended = window_.events_appended();
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  context_.out->Write(Concat(
      "appended ", Grouped(appended), " events of ", Grouped(records_),
      " records in ", Elapsed(elapsed), " (",
      Grouped(static_cast<uint64_t>(static_cast<double>(appended) / seconds)),
      "/s); ", Grouped(window_.events_repeated()), " were there already, ",
      Grouped(rejects_->count()), " were rejected\n"));
}

absl::Status Import(CommandContext& context, const Arguments& arguments) {
  DAYBOOK_ASSIGN_OR_RETURN(EventTemplate events,
                           EventTemplate::Parse(arguments.texts));
  return context.WithStore([&](EventStore& store) {
    return JsonImport(context, store, arguments).Run(std::move(events));
  });
}

}  // namespace

void RegisterImportJson(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  EventTemplateTexts& texts = arguments->texts;
  CLI::App& command = AddCommand(
      CommandGroup(app, "import", "append events from elsewhere"), "json",
      "append an event for each record of newline-delimited JSON or CSV\n\n"
      "Templates name the record's fields in braces: {user}, {page.title};\n"
      "{{ and }} are braces. The payload is the line as it is, or a JSON object\n"
      "of the CSV columns. Running it again appends nothing twice.",
      "daybook import json edits.ndjson.gz --stream '{channel}|{page}'"
      " --type Edit --tag 'user:{user}' --time '{time}'\n"
      "tail -f app.log | daybook import json - --stream 'host-{host}'"
      " --type '{level}'\n"
      "daybook import json events.csv --stream '{case}' --type '{activity}'"
      " --follow");
  command
      .add_option("file", arguments->file,
                  "the file, gzip or not; - is standard input")
      ->required()
      ->type_name("FILE");
  const auto add_template = [&command](const std::string& name,
                                       std::string& value,
                                       const std::string& description) {
    return command.add_option(name, value, description)->type_name("TEMPLATE");
  };
  const auto add_optional = [&command](const std::string& name,
                                       std::optional<std::string>& value,
                                       const std::string& description) {
    command
        .add_option_function<std::string>(
            name, [&value](const std::string& given) { value = given; },
            description)
        ->type_name("TEMPLATE");
  };
  add_template("--stream", texts.stream, "the event's stream")->required();
  add_template("--type", texts.type, "its type")->required();
  AddRepeated(command, "--tag", texts.tags,
              "a tag, left out where a field is missing or null; repeatable")
      ->type_name("TEMPLATE");
  add_optional("--time", texts.time,
               "when it happened: RFC 3339, or seconds or milliseconds since "
               "1970");
  add_optional("--id", texts.id, "its id, a UUID");
  add_optional("--source", texts.source, "its source, a URI reference");
  command.add_flag("--csv", arguments->csv,
                   "the input is CSV with column names in its first row "
                   "(default for *.csv and *.csv.gz)");
  command.add_flag("--follow", arguments->follow,
                   "go on reading as the file grows, until Ctrl-C");
  command
      .add_option("--name", arguments->name,
                  "what tells this import from others (default: the file's "
                  "name); a record counts as known under the same name only")
      ->type_name("NAME");
  command
      .add_option("--rejects", arguments->rejects,
                  "write records that can't be used there and go on, instead "
                  "of stopping at the first")
      ->type_name("FILE");
  SetBody(command, context, [arguments](CommandContext& the_context) {
    return Import(the_context, *arguments);
  });
}

}  // namespace daybook::tools
