// daybook salvage: every event of a damaged store that can still be read, as
// lines of a full export.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daybook/store/salvage.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/damage_error.h"
#include "tools/file_argument.h"
#include "tools/full_export.h"
#include "tools/interrupt.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr size_t kGapsShown = 100;

struct Arguments {
  std::string folder;
  std::string file;
};

// Writes a line and says whether that goes on.
using Sink = std::function<absl::Status(std::string_view line)>;

std::string RangeText(const SalvageGap& gap) {
  const uint64_t count = gap.to.value() - gap.from.value();
  if (count == 1) return Concat("@", gap.from.value());
  return Concat("@", gap.from.value(), " to @", gap.to.value() - 1, " (",
                Grouped(count), " events)");
}

void ShowReport(const SalvageReport& report, CommandContext& context) {
  for (const std::string& note : report.notes) context.Say(note);
  size_t shown = 0;
  for (const SalvageGap& gap : report.gaps) {
    if (++shown > kGapsShown) {
      context.Say(
          Concat("and ", Counted(report.gap_count - kGapsShown, "more gap")));
      break;
    }
    context.Say(Concat("missing: ", RangeText(gap), ": ", gap.why));
  }
  context.Say(Concat(
      Counted(report.event_count, "event"), " found, the last below @",
      report.end.value(), "; ", Counted(report.gap_count, "gap"), "; ",
      report.acknowledged.has_value()
          ? Concat("acknowledged were ", Grouped(report.acknowledged->value()))
          : std::string("nothing tells whether events are missing at the "
                        "end")));
}

absl::Status WriteEvents(const Arguments& arguments,
                         const SalvageReport& survey, CommandContext& context,
                         const Sink& sink) {
  Progress progress(context, "salvage", survey.event_count);
  std::string line;
  uint64_t count = 0;
  uint64_t next = 0;
  const auto write = [&](const SalvagedEvent& salvaged) -> absl::Status {
    if (Interrupted()) return InterruptedError();
    progress.Update(count);
    const uint64_t position = salvaged.event.position.value();
    std::optional<Position> head;
    std::optional<SalvageMark> mark;
    if (count == 0 && survey.complete()) {
      head = survey.end;
    } else if (count == 0) {
      mark = {.position = position, .event_count = survey.event_count};
    } else if (position != next) {
      mark = {.position = position};
    }
    line.clear();
    std::optional<EventSalts> salts;
    if (salvaged.has_salts) {
      salts = {salvaged.payload_salt, salvaged.metadata_salt};
    }
    AppendFullExportLine(salvaged.event, salvaged.keyed_append, salts, head,
                         &line);
    if (mark.has_value()) AppendSalvageMark(*mark, &line);
    ++count;
    next = position + 1;
    return sink(line);
  };
  return Salvage(arguments.folder, write).status();
}

absl::Status RunSalvage(const Arguments& arguments, CommandContext& context) {
  std::unique_ptr<OutputFile> file;
  if (!IsStandardOutput(arguments.file)) {
    DAYBOOK_ASSIGN_OR_RETURN(file, OutputFile::Create(arguments.file));
  }
  // Once to know what there is, since the first line says it.
  DAYBOOK_ASSIGN_OR_RETURN(const SalvageReport survey,
                           Salvage(arguments.folder, [](const SalvagedEvent&) {
                             return Interrupted() ? InterruptedError()
                                                  : absl::OkStatus();
                           }));
  const Sink sink = [&](std::string_view line) {
    if (file != nullptr) {
      file->Write(line);
      return file->status();
    }
    context.out->Write(line);
    return context.out->status();
  };
  DAYBOOK_RETURN_IF_ERROR(WriteEvents(arguments, survey, context, sink));
  if (file != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(file->Commit());
  } else {
    context.out->Flush();
    if (IsReaderGone(context.out->status())) {
      return absl::ResourceExhaustedError(
          "the reader of the output went away before the end");
    }
    DAYBOOK_RETURN_IF_ERROR(context.out->status());
  }
  ShowReport(survey, context);
  if (survey.complete()) return absl::OkStatus();
  return DamageFoundError(
      "what was found is written; it is not, or may not be, all that there "
      "was");
}

}  // namespace

void RegisterSalvage(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "salvage",
      "write every event of a damaged store that can still be read, as lines "
      "of a full export; changes nothing, and needs no store that opens. Exits "
      "with 5 if anything is missing",
      "daybook salvage /var/lib/shop -o rest.ndjson.gz");
  command.add_option("folder", arguments->folder, "the store's folder")
      ->required();
  command
      .add_option("-o,--output", arguments->file,
                  "a file that appears once it is whole, packed if its name "
                  "ends in .gz (default: standard output)")
      ->type_name("FILE");
  SetBody(command, context, [arguments](CommandContext& running) {
    return RunSalvage(*arguments, running);
  });
}

}  // namespace daybook::tools
