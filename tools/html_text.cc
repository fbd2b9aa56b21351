#include "tools/html_text.h"

#include "tools/text.h"

namespace daybook::tools {

std::string HtmlText(std::string_view text) {
  std::string html;
  for (const char c : Escaped(text)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

}  // namespace daybook::tools
