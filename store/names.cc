#include "store/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

absl::Status Wrong(std::string_view kind, std::string_view name,
                   std::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(kind), " ", Quoted(name), " ", ToAbsl(problem)));
}

}  // namespace

absl::Status ValidateName(std::string_view kind, std::string_view name,
                          size_t bytes_max) {
  if (name.empty()) return Wrong(kind, name, "is empty");
  if (name.size() > bytes_max) {
    return Wrong(
        kind, name,
        absl::StrCat("is ", name.size(), " bytes, the limit is ", bytes_max));
  }
  if (name.find('\0') != std::string_view::npos) {
    return Wrong(kind, name, "holds a NUL");
  }
  if (!IsUtf8(name)) return Wrong(kind, name, "is not UTF-8");
  return absl::OkStatus();
}

absl::Status ValidateChosenName(std::string_view kind, std::string_view name,
                                size_t bytes_max) {
  DAYBOOK_RETURN_IF_ERROR(ValidateName(kind, name, bytes_max));
  if (name.starts_with('$')) return Wrong(kind, name, "belongs to the store");
  return absl::OkStatus();
}

bool IsFileName(std::string_view name) {
  return !name.empty() && name.front() != '.' &&
         std::ranges::all_of(name, [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
         });
}

std::string NamedKey(std::string_view prefix, std::string_view name) {
  std::string key(prefix);
  return key.append(name);
}

}  // namespace daybook
