#include "tools/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr size_t kUnknownWidth = 100;

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

size_t WidthOf(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return kUnknownWidth;
}

std::string_view CodeOf(Style style) {
  switch (style) {
    case Style::kBold:
      return "\033[1m";
    case Style::kDim:
      return "\033[2m";
    case Style::kRed:
      return "\033[31m";
    case Style::kGreen:
      return "\033[32m";
    case Style::kYellow:
      return "\033[33m";
    case Style::kCyan:
      return "\033[36m";
  }
  return "";
}

}  // namespace

Terminal Terminal::OfProcess() {
  Terminal terminal;
  terminal.output_is_terminal = isatty(STDOUT_FILENO) == 1;
  terminal.error_is_terminal = isatty(STDERR_FILENO) == 1;
  if (terminal.output_is_terminal) terminal.width = WidthOf(STDOUT_FILENO);
  terminal.colors = terminal.output_is_terminal &&
                    Environment("NO_COLOR").empty() &&
                    Environment("TERM") != "dumb";
  return terminal;
}

std::string Styled(const Terminal& terminal, Style style,
                   std::string_view text) {
  if (!terminal.colors) return std::string(text);
  return Concat(CodeOf(style), text, "\033[0m");
}

}  // namespace daybook::tools
