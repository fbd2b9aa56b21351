// daybook export: the log as lines of JSON, to be imported again, or as
// CloudEvents for others.

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/cloud_event_fields.h"
#include "tools/cloud_event_writer.h"
#include "tools/file_argument.h"
#include "tools/full_export.h"
#include "tools/import_format.h"
#include "tools/interrupt.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/schema_import.h"
#include "tools/text.h"
#include "tools/uri.h"

namespace daybook::tools {
namespace {

struct Arguments {
  bool full = false;
  bool cloudevents = false;
  bool batch = false;
  std::string source;
  std::string file;
};

// Writes a line and says whether that goes on.
using Sink = std::function<absl::Status(std::string_view line)>;

// The salts of all events, in order. They are read some at a time: each visit
// of leaves has to find those before them.
class SaltReader {
 public:
  // `tree` must outlive it.
  explicit SaltReader(TreeReader& tree) : tree_(tree) {}

  // REQUIRES: `at` is of the tree, and rises by one from call to call, from 0.
  absl::StatusOr<EventSalts> Next(Position at) {
    const uint64_t place = at.value() % kWindow;
    if (place == 0) {
      window_.clear();
      const Position to(std::min(at.value() + kWindow, tree_.state().size));
      DAYBOOK_RETURN_IF_ERROR(
          tree_.VisitLeaves(at, to, [&](const StoredLeaf& leaf) {
            window_.push_back({leaf.payload_salt, leaf.metadata_salt});
            return true;
          }));
    }
    if (place < window_.size()) return window_[place];
    return absl::InternalError("the tree has no leaf of an event");
  }

 private:
  static constexpr uint64_t kWindow = 1 << 14;

  TreeReader& tree_;
  std::vector<EventSalts> window_;
};

absl::Status AppendFullLine(EventStore& store, SaltReader& salts,
                            const EventView& event, Position head,
                            std::string* line) {
  const bool begins_append = event.position == event.append.first_position;
  std::optional<EventStore::ExportedAppend> exported;
  if (begins_append && !event.append.key.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(exported, store.ExportAppend(event.position));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const EventSalts salts_of_event,
                           salts.Next(event.position));
  const bool first = event.position == Position(0);
  AppendFullExportLine(
      event, exported.has_value() ? &*exported : nullptr, salts_of_event,
      first ? std::optional<Position>(head) : std::nullopt, line);
  return absl::OkStatus();
}

void AppendCloudEventLine(const Arguments& arguments, const EventView& event,
                          bool first, std::string* line) {
  if (arguments.batch) *line += first ? "[\n" : ",\n";
  AppendCloudEvent(event,
                   arguments.source.empty()
                       ? kCloudEventNoSource
                       : std::string_view(arguments.source),
                   line);
  if (!arguments.batch) *line += '\n';
}

absl::Status WriteEvents(const Arguments& arguments, EventStore& store,
                         CommandContext& context, const Sink& sink) {
  // What leaves the store must be there to stay.
  DAYBOOK_RETURN_IF_ERROR(store.Sync());
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog());
  const Position head = cursor.snapshot_head();
  // After the cursor: it has the leaves of all events there.
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<TreeReader> tree,
                           store.ReadTree());
  SaltReader salts(*tree);
  Progress progress(context, "export", head.value());
  std::string line;
  bool first = true;
  while (cursor.Next()) {
    if (Interrupted()) return InterruptedError();
    const EventView& event = cursor.event();
    progress.Update(event.position.value());
    line.clear();
    if (arguments.full) {
      DAYBOOK_RETURN_IF_ERROR(AppendFullLine(store, salts, event, head, &line));
    } else if (event.system() && !RegistersSchema(event.stream, event.type)) {
      continue;
    } else if (arguments.cloudevents) {
      AppendCloudEventLine(arguments, event, first, &line);
    } else {
      AppendImportLine(event, &line);
    }
    first = false;
    DAYBOOK_RETURN_IF_ERROR(sink(line));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (!arguments.batch) return absl::OkStatus();
  return sink(first ? "[]\n" : "\n]\n");
}

absl::Status Check(const Arguments& arguments) {
  if (!arguments.cloudevents &&
      (arguments.batch || !arguments.source.empty())) {
    return absl::InvalidArgumentError(
        "--batch and --source go with --format cloudevents");
  }
  if (arguments.cloudevents && arguments.full) {
    return absl::InvalidArgumentError(
        "CloudEvents can't hold all that is stored: leave --full out, or "
        "--format");
  }
  if (!IsUriReference(arguments.source)) {
    return absl::InvalidArgumentError(
        Concat("--source ", Quoted(arguments.source), " is no URI reference"));
  }
  return absl::OkStatus();
}

absl::Status Export(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(Check(arguments));
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  std::unique_ptr<OutputFile> file;
  if (!IsStandardOutput(arguments.file)) {
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
                 "daybook export --full -o backup.ndjson.gz\n"
                 "daybook export --format cloudevents --batch -o batch.json");
  command.add_flag("--full", arguments->full,
                   "everything that is stored, system streams too, so that "
                   "`import events --restore` gives the same store back, with "
                   "the same audit tree");
  command
      .add_option_function<std::string>(
          "--format",
          [arguments](const std::string& format) {
            arguments->cloudevents = format == "cloudevents";
          },
          "events (default), for `import events`, or cloudevents: CloudEvents "
          "1.0 in JSON")
      ->check(CLI::IsMember({"events", "cloudevents"}))
      ->type_name("FORMAT");
  command.add_flag("--batch", arguments->batch,
                   "of CloudEvents: one JSON list of them instead of lines");
  command
      .add_option(
          "--source", arguments->source,
          Concat("of CloudEvents: the source of events that have none "
                 "(default: ",
                 kCloudEventNoSource, ", which an import takes for none)"))
      ->type_name("URI");
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
