// Table writes rows in aligned columns, for a person. Widths are found from
// the first rows, then rows go out as they come: memory is bounded. On a
// terminal no line is longer than its width, what does not fit ends in "…".
// Cells are escaped: no data can drive the terminal.

#ifndef DAYBOOK_TOOLS_TABLE_H_
#define DAYBOOK_TOOLS_TABLE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/output.h"
#include "tools/terminal.h"

namespace daybook::tools {

struct CommandContext;

// Not thread-safe.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    // Columns it never exceeds, even where there is no terminal; 0 for any.
    size_t width_max = 0;
  };

  Table(Output& out, const Terminal& terminal, std::vector<Column> columns);
  // Of a list that a command was asked for, which may be empty: then Finish()
  // says `none` ("no streams") on standard error, and whoever reads the output
  // still gets nothing. `context` must outlive this.
  Table(CommandContext& context, std::string none, std::vector<Column> columns);

  // REQUIRES: as many cells as columns.
  void Add(const std::vector<std::string>& cells);
  // Writes what is left. Without rows, nothing at all is written. May be called
  // again, after more rows or none.
  void Finish();

 private:
  void SettleWidths();
  void WriteRow(const std::vector<std::string>& cells, bool title);

  Output& out_;
  const Terminal terminal_;
  // Null if nothing is said of a table without rows.
  CommandContext* const context_ = nullptr;
  std::string none_;
  const std::vector<Column> columns_;
  bool settled_ = false;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> waiting_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_TABLE_H_
