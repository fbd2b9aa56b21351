// daybook import events: events from lines of JSON, or a whole store from
// what `export --full` wrote.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/import_events.h"
#include "tools/import_report.h"
#include "tools/progress.h"
#include "tools/restore.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string file;
  std::string name;
  std::string rejects;
  bool restore = false;
  bool gaps = false;
  std::string reason;
  std::string producer_key;
  bool json = false;
};

absl::Status Import(const Arguments& arguments, LineReader& reader,
                    CommandContext& context) {
  const std::string name = arguments.name.empty()
                               ? DefaultImportName(arguments.file)
                               : arguments.name;
  return context.WithServedStore([&](EventStore& store) -> absl::Status {
    // Not before: what an earlier run wrote there stays if there is no store.
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Rejects> rejects,
                             Rejects::Open(arguments.rejects, arguments.file,
                                           context.input_descriptor));
    const absl::Time start = absl::Now();
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<ProducerSigner> producer,
                             LoadProducerSigner(arguments.producer_key, store));
    EventImport import(store, reader, *rejects, name,
                       producer.has_value() ? &*producer : nullptr);
    Progress progress(context, "import", reader.bytes_total(),
                      Progress::Unit::kBytes);
    const absl::Status status =
        import.Run([&] { progress.Update(reader.bytes_read()); });
    progress.Clear();
    // Also of an import that failed: what it appended stays.
    ShowReport(import.report(), absl::Now() - start, arguments.json, context);
    if (const uint64_t count = import.signatures_left_out(); count > 0) {
      context.Say(Concat(
          "the producers' signatures of ", Counted(count, "event"),
          " were left out: they were appended without a key, and by the key "
          "that the import gives them they would not be right any more"));
    }
    DAYBOOK_RETURN_IF_ERROR(WithAdvice(status, import.report()));
    return rejects->Finish();
  });
}

absl::Status Restore(const Arguments& arguments, LineReader& reader,
                     CommandContext& context) {
  StoreOptions options = context.DefaultStoreOptions();
  // Synced at the end; a restore that is cut short is begun anew.
  options.durability = Durability::None();
  return context.WithStore(options, [&](EventStore& store) -> absl::Status {
    const absl::Time start = absl::Now();
    StoreRestore restore(store, reader,
                         arguments.gaps ? StoreRestore::Gaps::kAccept
                                        : StoreRestore::Gaps::kRefuse);
    Progress progress(context, "restore", reader.bytes_total(),
                      Progress::Unit::kBytes);
    DAYBOOK_RETURN_IF_ERROR(
        restore.Run([&] { progress.Update(reader.bytes_read()); }));
    progress.Clear();
    if (!arguments.reason.empty()) {
      DAYBOOK_RETURN_IF_ERROR(
          RecordOperation(context, store, arguments.reason));
    }
    ShowReport({.lines = reader.line_number(), .appended = restore.events()},
               absl::Now() - start, arguments.json, context);
    if (const std::string why = restore.WhyAnotherRoot(); !why.empty()) {
      context.Say(
          Concat(why,
                 ": the audit tree has another root than that of the store "
                 "they are of, and its heads and proofs do not hold here"));
    }
    return absl::OkStatus();
  });
}

absl::Status ImportEvents(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  if (arguments.restore &&
      !(arguments.name.empty() && arguments.rejects.empty())) {
    return absl::InvalidArgumentError(
        "--restore gives back all or nothing: leave --name and --rejects out");
  }
  if (!arguments.restore && !arguments.reason.empty()) {
    return absl::InvalidArgumentError("--reason goes with --restore");
  }
  if (arguments.restore && !arguments.producer_key.empty()) {
    return absl::InvalidArgumentError(
        "--restore gives signatures back as they were: leave --producer-key "
        "out");
  }
  if (!arguments.restore && arguments.gaps) {
    return absl::InvalidArgumentError("--gaps goes with --restore");
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<LineReader> reader,
      LineReader::Open(arguments.file, context.input_descriptor));
  return arguments.restore ? Restore(arguments, *reader, context)
                           : Import(arguments, *reader, context);
}

}  // namespace

void RegisterImportEvents(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "import", "append events from elsewhere"), "events",
      "append events from lines of JSON; run again, it goes on where it was",
      "daybook import events orders.ndjson.gz --rejects bad.ndjson\n"
      "daybook export --full | daybook --store copy import events --restore -");
  command
      .add_option("file", arguments->file,
                  "lines of JSON, gzip or not; - for standard input")
      ->required();
  command.add_option("--name", arguments->name,
                     "the import's name: lines that were imported under it are "
                     "not appended again (default: the file's name)");
  command
      .add_option("--rejects", arguments->rejects,
                  "write lines that can't be used to this file, with the "
                  "reason, and go on; without it the first one ends the import")
      ->type_name("FILE");
  command.add_flag("--restore", arguments->restore,
                   "give back all of what `export --full` wrote, into an empty "
                   "store");
  command.add_flag("--gaps", arguments->gaps,
                   "with --restore: also what `salvage` wrote of a store that "
                   "lacks events; what comes after a gap moves up, in the log "
                   "and in its stream");
  AddReason(command, arguments->reason)
      ->description(
          "with --restore: record the restore in $operations, for this reason; "
          "without it the store ends as the exported one did");
  AddProducerKey(command, arguments->producer_key);
  AddReportFormat(command, arguments->json);
  SetBody(command, context, [arguments](CommandContext& running) {
    return ImportEvents(*arguments, running);
  });
}

}  // namespace daybook::tools
