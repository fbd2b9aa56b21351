// How events are shown: one printer for each `--format`.
//
//   table  aligned columns, for a person; payloads shortened to fit, protobuf
//          messages as JSON
//   json   one object a line (event_json.h)
//   csv    RFC 4180, with a header
//   raw    the payloads alone, each followed by a newline

#ifndef DAYBOOK_TOOLS_EVENT_PRINTER_H_
#define DAYBOOK_TOOLS_EVENT_PRINTER_H_

#include <memory>
#include <string>
#include <string_view>

#include "daybook/store/event.h"
#include "tools/command_context.h"

namespace daybook::tools {

// Not thread-safe.
class EventPrinter {
 public:
  virtual ~EventPrinter() = default;
  virtual void Print(const EventView& event) = 0;
  // After the last event.
  virtual void Finish() {}
};

enum class EventFormat { kTable, kJson, kCsv, kRaw };

// --format, with "table" as its default.
CLI::Option* AddEventFormat(CLI::App& command, EventFormat& format);

// `store`, whose schemas payloads are shown by, must outlive the printer.
std::unique_ptr<EventPrinter> MakeEventPrinter(EventFormat format,
                                               EventStore& store,
                                               CommandContext& context);

// One field of a CSV file, quoted where it must be.
std::string CsvField(std::string_view field);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVENT_PRINTER_H_
