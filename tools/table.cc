#include "tools/table.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "tools/command_context.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// Rows that widths are found from.
constexpr size_t kRowsAhead = 200;
constexpr std::string_view kGap = "  ";
// What the last column keeps at least on a narrow terminal.
constexpr size_t kLastWidthMin = 16;
// A cell is never shown beyond this; so much of it is looked at.
constexpr size_t kCellBytesMax = 4096;

size_t Sum(const std::vector<size_t>& widths) {
  size_t sum = kGap.size() * (widths.size() - 1);
  for (const size_t width : widths) sum += width;
  return sum;
}

}  // namespace

Table::Table(Output& out, const Terminal& terminal, std::vector<Column> columns)
    : out_(out), terminal_(terminal), columns_(std::move(columns)) {}

Table::Table(CommandContext& context, std::string none,
             std::vector<Column> columns)
    : out_(*context.out),
      terminal_(context.terminal),
      context_(&context),
      none_(std::move(none)),
      columns_(std::move(columns)) {}

void Table::Add(const std::vector<std::string>& cells) {
  assert(cells.size() == columns_.size());
  std::vector<std::string> escaped;
  escaped.reserve(cells.size());
  for (const std::string& cell : cells) {
    escaped.push_back(Escaped(std::string_view(cell).substr(0, kCellBytesMax)));
  }
  if (settled_) {
    WriteRow(escaped, /*title=*/false);
    return;
  }
  waiting_.push_back(std::move(escaped));
  if (waiting_.size() == kRowsAhead) SettleWidths();
}

void Table::Finish() {
  if (settled_) return;
  if (!waiting_.empty()) {
    SettleWidths();
  } else if (!none_.empty()) {
    context_->Say(std::exchange(none_, {}));
  }
}

void Table::SettleWidths() {
  settled_ = true;
  std::vector<std::string> titles;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths_.push_back(ColumnsOf(column.title));
  }
  for (const std::vector<std::string>& row : waiting_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], ColumnsOf(row[i]));
    }
  }
  for (size_t i = 0; i < widths_.size(); ++i) {
    if (columns_[i].width_max > 0) {
      widths_[i] = std::min(widths_[i], columns_[i].width_max);
    }
  }
  if (terminal_.width > 0) {
    // The last column gives way first, down to what is still of use; then the
    // widest, again and again.
    size_t& last = widths_.back();
    while (Sum(widths_) > terminal_.width && last > kLastWidthMin) --last;
    while (Sum(widths_) > terminal_.width) {
      const auto widest = std::max_element(widths_.begin(), widths_.end());
      if (*widest == 1) break;
      --*widest;
    }
  }
  WriteRow(titles, /*title=*/true);
  for (const std::vector<std::string>& row : std::exchange(waiting_, {})) {
    WriteRow(row, /*title=*/false);
  }
}

void Table::WriteRow(const std::vector<std::string>& cells, bool title) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool is_last = i + 1 == cells.size();
    const std::string cell = Fitted(cells[i], widths_[i]);
    const size_t columns = ColumnsOf(cell);
    const std::string padding(widths_[i] > columns ? widths_[i] - columns : 0,
                              ' ');
    if (i > 0) line += kGap;
    if (columns_[i].align == Align::kRight) line += padding;
    line += cell;
    if (columns_[i].align == Align::kLeft && !is_last) line += padding;
  }
  while (line.ends_with(' ')) line.pop_back();
  if (title) line = Styled(terminal_, Style::kBold, line);
  out_.Write(line + "\n");
}

}  // namespace daybook::tools
