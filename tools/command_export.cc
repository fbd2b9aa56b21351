// daybook export: the log as lines of JSON, to be imported again.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/full_export.h"
#include "tools/import_format.h"
#include "tools/interrupt.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/schema_import.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  bool full = false;
  std::string file;
};

// Writes a line and says whether that goes on.
using Sink = std::function<absl::Status(std::string_view line)>;

absl::Status AppendFullLine(EventStore& store, const EventView& event,
                            Position head, std::string* line) {
  const bool begins_append = event.position == event.append.first_position;
  std::optional<EventStore::ExportedAppend> exported;
  if (begins_append && !event.append.key.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(exported, store.ExportAppend(event.position));
  }
  const bool first = event.position == Position(0);
  AppendFullExportLine(event, exported.has_value() ? &*exported : nullptr,
                       first ? std::optional<Position>(head) : std::nullopt,
                       line);
  return absl::OkStatus();
}

absl::Status WriteEvents(const Arguments& arguments, EventStore& store,
                         CommandContext& context, const Sink& sink) {
  // What leaves the store must be there to stay.
  DAYBOOK_RETURN_IF_ERROR(store.Sync());
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog());
  const Position head = cursor.snapshot_head();
  Progress progress(context, "export", head.value());
  std::string line;
  while (cursor.Next()) {
    if (Interrupted()) return InterruptedError();
    const EventView& event = cursor.event();
    progress.Update(event.position.value());
    line.clear();
    if (arguments.full) {
      DAYBOOK_RETURN_IF_ERROR(AppendFullLine(store, event, head, &line));
    } else if (event.system() && !RegistersSchema(event.stream, event.type)) {
      continue;
    } else {
      AppendImportLine(event, &line);
    }
    DAYBOOK_RETURN_IF_ERROR(sink(line));
  }
  return cursor.status();
}

absl::Status Export(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  std::unique_ptr<OutputFile> file;
  if (!arguments.file.empty() && arguments.file != "-") {
    DAYBOOK_ASSIGN_OR_RETURN(file, OutputFile::Create(arguments.file));
  }
  const Sink sink = [&](std::string_view line) {
    if (file != nullptr) {
      file->Write(line);
      return file->status();
    }
    context.out->Write(line);
    return context.out->status();
  };
  absl::Status status = context.WithStore([&](EventStore& store) {
    return WriteEvents(arguments, store, context, sink);
  });
  if (file == nullptr) {
    context.out->Flush();
    if (status.ok()) status = context.out->status();
    // A backup into a pipe that broke is none, unlike a look at the log.
    if (IsReaderGone(status)) {
      return absl::ResourceExhaustedError(
          "the reader of the output went away before the end");
    }
    return status;
  }
  DAYBOOK_RETURN_IF_ERROR(status);
  return file->Commit();
}

}  // namespace

void RegisterExport(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddCommand(app, "export", "write all events as lines of JSON",
                 "daybook export > events.ndjson\n"
                 "daybook export --full -o backup.ndjson.gz");
  command.add_flag("--full", arguments->full,
                   "everything that is stored, system streams too, so that "
                   "`import events --restore` gives the same store back");
  command
      .add_option("-o,--output", arguments->file,
                  "a file that appears once it is whole, packed if its name "
                  "ends in .gz (default: standard output)")
      ->type_name("FILE");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Export(*arguments, running);
  });
}

}  // namespace daybook::tools
