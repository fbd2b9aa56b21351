#include "tools/text_option.h"

#include <string>

namespace daybook::tools {

CLI::Validator NotEmpty() {
  return {[](std::string& text) -> std::string {
            return text.empty() ? "it is empty" : "";
          },
          ""};
}

}  // namespace daybook::tools
