#include "tools/row_printer.h"

#include <utility>
#include <vector>

#include "tools/cli.h"
#include "tools/event_printer.h"

namespace daybook::tools {
namespace {

using Field = google::protobuf::FieldDescriptor;

bool IsNumber(const Field& field) {
  return !field.is_repeated() && field.cpp_type() != Field::CPPTYPE_STRING &&
         field.cpp_type() != Field::CPPTYPE_BOOL &&
         field.cpp_type() != Field::CPPTYPE_ENUM &&
         field.cpp_type() != Field::CPPTYPE_MESSAGE;
}

std::vector<Table::Column> TableColumns(const MessageColumns& columns) {
  std::vector<Table::Column> titles;
  for (const MessageColumns::Column& column : columns.columns()) {
    titles.push_back({.title = column.name,
                      .align = IsNumber(*column.field) ? Table::Align::kRight
                                                       : Table::Align::kLeft,
                      .width_max = 100});
  }
  // A message may have no field at all.
  if (titles.empty()) titles.push_back({.title = "row"});
  return titles;
}

}  // namespace

RowPrinter::RowPrinter(const std::string& format,
                       const google::protobuf::Descriptor& key,
                       const google::protobuf::Descriptor& row,
                       CommandContext& context)
    : columns_({&key, &row}), is_json_(format == "json"), out_(*context.out) {
  if (format == "table") {
    table_.emplace(context, "no rows", TableColumns(columns_));
  } else if (!is_json_) {
    for (const MessageColumns::Column& column : columns_.columns()) {
      line_ += (line_.empty() ? "" : ",") + CsvField(column.name);
    }
    out_.Write(line_ + "\r\n");
  }
}

void RowPrinter::Print(const MessageColumns::Parts& parts) {
  line_.clear();
  if (is_json_) {
    columns_.AppendJson(parts, &line_);
    out_.Write(line_ + "\n");
    return;
  }
  std::vector<std::string> cells;
  for (const MessageColumns::Column& column : columns_.columns()) {
    cells.push_back(MessageColumns::Text(column, parts));
  }
  if (table_.has_value()) {
    if (cells.empty()) cells.emplace_back("{}");
    table_->Add(cells);
    return;
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    line_ += (i == 0 ? "" : ",") + CsvField(cells[i]);
  }
  out_.Write(line_ + "\r\n");
}

void RowPrinter::Finish() {
  if (table_.has_value()) table_->Finish();
}

CLI::Option* AddRowFormat(CLI::App& command, std::string& format) {
  return command
      .add_option("--format", format,
                  "table (default), json (one object a line), csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->type_name("FORMAT");
}

}  // namespace daybook::tools
