// daybook import json: any newline-delimited JSON or CSV becomes events, by
// templates over the fields of its records.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "daybook/store/event_store.h"
#include "store/status_macros.h"
#include "tools/append_window.h"
#include "tools/cli.h"
#include "tools/event_template.h"
#include "tools/import_events.h"
#include "tools/import_keys.h"
#include "tools/import_report.h"
#include "tools/line_reader.h"
#include "tools/producer_arguments.h"
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
  std::string producer_key;
  bool json_report = false;
};

bool IsCsv(const Arguments& arguments) {
  return arguments.csv || arguments.file.ends_with(".csv") ||
         arguments.file.ends_with(".csv.gz");
}

class RecordImport {
 public:
  // `records` are those of `lines`.
  RecordImport(EventStore& store, const LineReader& lines, Records& records,
               EventTemplate& events, Rejects& rejects, std::string_view name)
      : store_(store),
        lines_(lines),
        records_(records),
        events_(events),
        rejects_(rejects),
        keys_(name),
        window_(store) {}

  absl::Status Run(const std::function<void()>& on_record);
  // AppendWindow::SignWith().
  void SignWith(const ProducerSigner* producer) { window_.SignWith(producer); }
  // Deals with what the store has refused so far.
  absl::Status Check() { return window_.Check(); }
  ImportReport report() const {
    return {.lines = count_,
            .appended = window_.events_appended(),
            .already_there = window_.events_repeated(),
            .rejected = rejects_.count()};
  }

 private:
  absl::Status TakeRecord();
  // What becomes of a record that the store refused.
  absl::Status OnFailure(uint64_t line_number, const std::string& text,
                         const std::string& stream, const absl::Status& status);

  EventStore& store_;
  const LineReader& lines_;
  Records& records_;
  EventTemplate& events_;
  Rejects& rejects_;
  ImportKeys keys_;
  AppendWindow window_;
  uint64_t count_ = 0;
  uint64_t times_started_over_ = 0;
};

absl::Status RecordImport::Run(const std::function<void()>& on_record) {
  absl::Status status;
  while (status.ok() && records_.Next()) {
    ++count_;
    status = TakeRecord();
    on_record();
  }
  const absl::Status finished = window_.Finish();
  if (!status.ok()) return status;
  return finished.ok() ? records_.status() : finished;
}

absl::Status RecordImport::TakeRecord() {
  const auto reject = [this](const absl::Status& status) {
    return rejects_.Add(records_.line_number(), records_.text(),
                        std::string(status.message()), records_.cut());
  };
  if (!records_.record_status().ok()) return reject(records_.record_status());
  absl::StatusOr<StreamEvent> event = events_.Make(
      [this](std::string_view field) { return records_.Find(field); });
  if (!event.ok()) return reject(event.status());
  // A file that was written anew may well begin with what is known of it.
  if (times_started_over_ != lines_.times_started_over()) {
    times_started_over_ = lines_.times_started_over();
    keys_.StartOver();
  }
  event->event.payload = records_.payload();
  event->event.content_type = "application/json";
  AppendRequest request;
  request.key = keys_.KeyOf(records_.text());
  request.events.push_back(*std::move(event));
  return window_.Add(request, [this, line_number = records_.line_number(),
                               text = std::string(records_.text()),
                               stream = request.events.front().stream](
                                  const absl::Status& status) {
    return OnFailure(line_number, text, stream, status);
  });
}

absl::Status RecordImport::OnFailure(uint64_t line_number,
                                     const std::string& text,
                                     const std::string& stream,
                                     const absl::Status& status) {
  const std::string reason(status.message());
  // The same record under other templates; and then it is every record.
  if (absl::IsAlreadyExists(status)) {
    return absl::AlreadyExistsError(
        Concat("line ", line_number, ": ", reason,
               "; for other templates, give the import another --name"));
  }
  if (IsInputsFault(status, store_, {stream})) {
    return rejects_.Add(line_number, text, reason);
  }
  return absl::Status(status.code(),
                      Concat("line ", line_number, ": ", reason));
}

absl::Status ImportInto(EventStore& store, EventTemplate& events,
                        const ProducerSigner* producer,
                        const Arguments& arguments, CommandContext& context) {
  std::optional<Progress> progress;
  LineReaderOptions options;
  options.follow = arguments.follow;
  RecordImport* running = nullptr;
  options.on_idle = [&] {
    if (progress.has_value()) progress->Clear();
    return running == nullptr ? absl::OkStatus() : running->Check();
  };
  options.on_start_over = [&](std::string_view what_happened) {
    progress->Clear();
    context.Say(Concat(what_happened, "; reading it from its beginning"));
  };
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<LineReader> lines,
      LineReader::Open(arguments.file, context.input_descriptor, options));
  // Not before: what an earlier run wrote there stays if there is no input.
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Rejects> rejects,
                           Rejects::Open(arguments.rejects, arguments.file,
                                         context.input_descriptor));
  progress.emplace(context, "import",
                   arguments.follow ? std::nullopt : lines->bytes_total(),
                   Progress::Unit::kBytes);
  const std::unique_ptr<Records> records =
      IsCsv(arguments) ? CsvRecords(*lines, events.fields())
                       : JsonRecords(*lines, events.fields());
  RecordImport import(store, *lines, *records, events, *rejects,
                      arguments.name.empty() ? DefaultImportName(arguments.file)
                                             : arguments.name);
  import.SignWith(producer);
  running = &import;
  const absl::Time start = absl::Now();
  const absl::Status status =
      import.Run([&] { progress->Update(lines->bytes_read()); });
  progress->Clear();
  // Also of an import that failed: what it appended stays.
  ShowReport(import.report(), absl::Now() - start, arguments.json_report,
             context);
  // Ctrl-C is how following ends.
  if (!(arguments.follow && absl::IsCancelled(status))) {
    DAYBOOK_RETURN_IF_ERROR(WithAdvice(status, import.report()));
  }
  if (import.report().lines > rejects->count()) {
    for (const std::string& tag : events.unused_tags()) {
      context.Say(Concat("no record has all fields of --tag ", Quoted(tag)));
    }
  }
  return rejects->Finish();
}

absl::Status Import(CommandContext& context, const Arguments& arguments) {
  DAYBOOK_ASSIGN_OR_RETURN(EventTemplate events,
                           EventTemplate::Parse(arguments.texts));
  return context.WithServedStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<ProducerSigner> producer,
                             LoadProducerSigner(arguments.producer_key, store));
    return ImportInto(store, events,
                      producer.has_value() ? &*producer : nullptr, arguments,
                      context);
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
      "{{ and }} are braces. The payload is the line as it is, or a JSON "
      "object\n"
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
                   "go on reading as the file grows, until Ctrl-C; one that is "
                   "truncated or replaced is imported again: what it has anew "
                   "is appended");
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
  AddProducerKey(command, arguments->producer_key);
  AddReportFormat(command, arguments->json_report);
  SetBody(command, context, [arguments](CommandContext& the_context) {
    return Import(the_context, *arguments);
  });
}

}  // namespace daybook::tools
