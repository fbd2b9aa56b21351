#include "tools/json_line.h"

#include "tools/json_text.h"

namespace daybook::tools {

std::string JsonLine(std::string_view json) {
  std::string line;
  AppendCompactJson(json, &line);
  return line + "\n";
}

}  // namespace daybook::tools
