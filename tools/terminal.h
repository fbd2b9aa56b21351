// What is known about where the output goes: a person at a terminal gets
// colours, tables of the right width and progress bars; a pipe gets none.

#ifndef DAYBOOK_TOOLS_TERMINAL_H_
#define DAYBOOK_TOOLS_TERMINAL_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace daybook::tools {

struct Terminal {
  bool output_is_terminal = false;
  bool error_is_terminal = false;
  // Columns of the terminal; 0 when the output is none and has no width.
  size_t width = 0;
  // Colours on standard output. Never in a pipe, nor when NO_COLOR is set
  // (https://no-color.org) or the terminal is a dumb one.
  bool colors = false;

  // Of this process's standard output and standard error.
  static Terminal OfProcess();
};

enum class Style { kBold, kDim, kRed, kGreen, kYellow, kCyan };

// `text` in `style` where there are colours, else as it is. The text must have
// been padded and escaped before.
std::string Styled(const Terminal& terminal, Style style,
                   std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_TERMINAL_H_
