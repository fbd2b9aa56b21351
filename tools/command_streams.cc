// daybook streams: which streams there are.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/event_printer.h"
#include "tools/interrupt.h"
#include "tools/number_option.h"
#include "tools/stream_json.h"
#include "tools/table.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  ListStreamsOptions options;
  uint64_t limit = kNoLimit;
  std::string format = "table";
};

template <typename Number>
std::string NumberOrNothing(const std::optional<Number>& number) {
  return number.has_value() ? absl::StrCat(number->value()) : "";
}

class Lister {
 public:
  Lister(const std::string& format, CommandContext& context)
      : format_(format),
        out_(*context.out),
        table_(context, "no streams",
               {{.title = "events", .align = Table::Align::kRight},
                {.title = "last revision", .align = Table::Align::kRight},
                {.title = "last position", .align = Table::Align::kRight},
                {.title = "state"},
                {.title = "stream"}}) {
    if (format_ == "csv") {
      out_.Write("stream,count,last_revision,last_position,state\r\n");
    }
  }

  void Add(const StreamInfo& stream) {
    const std::string last_revision = NumberOrNothing(stream.last_revision);
    const std::string last_position = NumberOrNothing(stream.last_position);
    if (format_ == "json") {
      std::string line;
      AppendStreamJson(stream, &line);
      out_.Write(line + "\n");
    } else if (format_ == "csv") {
      out_.Write(Concat(CsvField(stream.name), ",", stream.count, ",",
                        last_revision, ",", last_position, ",",
                        StreamStateText(stream), "\r\n"));
    } else {
      table_.Add({absl::StrCat(stream.count), last_revision, last_position,
                  StreamStateText(stream), stream.name});
    }
  }
  void Finish() {
    if (format_ == "table") table_.Finish();
  }

 private:
  const std::string format_;
  Output& out_;
  Table table_;
};

absl::Status Streams(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(StreamCursor cursor,
                             store.ListStreams(arguments.options));
    Lister lister(arguments.format, context);
    for (uint64_t shown = 0;
         shown < arguments.limit && context.out->ok() && cursor.Next();
         ++shown) {
      if (Interrupted()) return InterruptedError();
      lister.Add(cursor.stream());
    }
    lister.Finish();
    return cursor.status();
  });
}

}  // namespace

void RegisterStreams(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(app, "streams", "list streams",
                                 "daybook streams --category order\n"
                                 "daybook streams --prefix order-4 --deleted "
                                 "--format json");
  command.add_option("--prefix", arguments->options.prefix,
                     "those whose names start so");
  command.add_option("--category", arguments->options.category,
                     "those of a category, the part of a name before its "
                     "first -");
  command.add_flag("--deleted", arguments->options.include_deleted,
                   "deleted, tombstoned and never written ones too");
  command.add_flag("--system", arguments->options.include_system,
                   "system streams too, whose names start with $");
  command.add_option("--limit", arguments->limit, "at most so many")
      ->check(WholeNumber())
      ->type_name("N");
  command
      .add_option("--format", arguments->format, "table (default), json, csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->type_name("FORMAT");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Streams(*arguments, running);
  });
}

}  // namespace daybook::tools
