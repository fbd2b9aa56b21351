// RowPrinter shows the rows of a view: as a table for people, as JSON with one
// object a line, or as CSV (RFC 4180) with a header.

#ifndef DAYBOOK_TOOLS_ROW_PRINTER_H_
#define DAYBOOK_TOOLS_ROW_PRINTER_H_

#include <optional>
#include <string>

#include "google/protobuf/descriptor.h"
#include "tools/command_context.h"
#include "tools/message_columns.h"
#include "tools/table.h"

namespace daybook::tools {

// Not thread-safe.
class RowPrinter {
 public:
  // `format` is "table", "json" or "csv".
  RowPrinter(const std::string& format, const google::protobuf::Descriptor& key,
             const google::protobuf::Descriptor& row, CommandContext& context);

  const MessageColumns& columns() const { return columns_; }

  // A key and a row.
  void Print(const MessageColumns::Parts& parts);
  // After the last one.
  void Finish();

 private:
  const MessageColumns columns_;
  const bool is_json_;
  Output& out_;
  std::optional<Table> table_;
  std::string line_;
};

// --format, of rows.
CLI::Option* AddRowFormat(CLI::App& command, std::string& format);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_ROW_PRINTER_H_
