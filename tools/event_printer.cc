#include "tools/event_printer.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tools/cli.h"
#include "tools/event_json.h"
#include "tools/payload_json.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

class TablePrinter final : public EventPrinter {
 public:
  TablePrinter(EventStore& store, CommandContext& context)
      : types_(store),
        table_(context, "no events",
               {{.title = "position", .align = Table::Align::kRight},
                {.title = "stream"},
                {.title = "revision", .align = Table::Align::kRight},
                {.title = "type"},
                {.title = "recorded at"},
                {.title = "data", .width_max = 100}}) {}

  void Print(const EventView& event) override {
    table_.Add({absl::StrCat(event.position.value()), std::string(event.stream),
                absl::StrCat(event.revision.value()), std::string(event.type),
                TimeText(event.recorded_at), PayloadPreview(event, types_)});
  }
  void Finish() override { table_.Finish(); }

 private:
  StoredTypes types_;
  Table table_;
};

class JsonPrinter final : public EventPrinter {
 public:
  JsonPrinter(EventStore& store, CommandContext& context)
      : types_(store), out_(*context.out) {}

  void Print(const EventView& event) override {
    line_.clear();
    AppendEventJson(event, types_, &line_);
    line_ += '\n';
    out_.Write(line_);
  }

 private:
  StoredTypes types_;
  Output& out_;
  std::string line_;
};

class CsvPrinter final : public EventPrinter {
 public:
  CsvPrinter(EventStore& store, CommandContext& context)
      : types_(store), out_(*context.out) {
    out_.Write(
        "position,stream,revision,id,type,source,content_type,tags,time,"
        "recorded_at,metadata,data,data_base64\r\n");
  }

  void Print(const EventView& event) override {
    std::string tags;
    AppendTagsJson(event.tags, &tags);
    std::string metadata;
    AppendMetadataJson(event.metadata(), &metadata);
    std::string json;
    std::string_view text = event.payload;
    if (event.content_type == kProtobufContentType &&
        AppendPayloadJson(event, types_, &json)) {
      text = json;
    }
    const bool is_text =
        IsUtf8(text) && text.find('\0') == std::string_view::npos;
    out_.Write(Concat(
        event.position.value(), ",", CsvField(event.stream), ",",
        event.revision.value(), ",", event.id.ToString(), ",",
        CsvField(event.type), ",", CsvField(event.source), ",",
        CsvField(event.content_type), ",", CsvField(tags), ",",
        event.occurred_at.has_value() ? TimeText(*event.occurred_at) : "", ",",
        TimeText(event.recorded_at), ",", CsvField(metadata), ",",
        is_text ? CsvField(text) : "", ",",
        is_text ? "" : absl::Base64Escape(ToAbsl(event.payload)), "\r\n"));
  }

 private:
  StoredTypes types_;
  Output& out_;
};

class RawPrinter final : public EventPrinter {
 public:
  explicit RawPrinter(CommandContext& context) : out_(*context.out) {}

  void Print(const EventView& event) override {
    out_.Write(event.payload);
    out_.Write("\n");
  }

 private:
  Output& out_;
};

}  // namespace

CLI::Option* AddEventFormat(CLI::App& command, EventFormat& format) {
  static const std::map<std::string, EventFormat> kFormats = {
      {"table", EventFormat::kTable},
      {"json", EventFormat::kJson},
      {"csv", EventFormat::kCsv},
      {"raw", EventFormat::kRaw}};
  return command
      .add_option_function<std::string>(
          "--format",
          [&format](const std::string& name) { format = kFormats.at(name); },
          "table (default), json (one object a line), csv, or raw (payloads)")
      ->check(CLI::IsMember({"table", "json", "csv", "raw"}))
      ->type_name("FORMAT");
}

std::unique_ptr<EventPrinter> MakeEventPrinter(EventFormat format,
                                               EventStore& store,
                                               CommandContext& context) {
  switch (format) {
    case EventFormat::kTable:
      break;
    case EventFormat::kJson:
      return std::make_unique<JsonPrinter>(store, context);
    case EventFormat::kCsv:
      return std::make_unique<CsvPrinter>(store, context);
    case EventFormat::kRaw:
      return std::make_unique<RawPrinter>(context);
  }
  return std::make_unique<TablePrinter>(store, context);
}

std::string CsvField(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(field);
  }
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

}  // namespace daybook::tools
