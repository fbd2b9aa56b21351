#include "tools/log_name.h"

#include <cstddef>

#include "tools/text.h"

namespace daybook::tools {

absl::Status CheckLogName(const std::string& name) {
  const size_t scheme = name.find("://");
  if (scheme == std::string::npos) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat("--name: a log is named by a URL without its scheme: ",
             Quoted(name.substr(scheme + 3))));
}

}  // namespace daybook::tools
