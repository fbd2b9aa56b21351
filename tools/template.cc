#include "tools/template.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {

absl::StatusOr<Template> Template::Parse(std::string_view text) {
  const auto wrong = [&](std::string_view what, size_t at) {
    return absl::InvalidArgumentError(Concat("template ", Quoted(text), ": ",
                                             what, " at character ", at + 1));
  };
  Template parsed;
  parsed.text_ = std::string(text);
  Piece piece;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      piece.plain += c;
      ++at;
    } else if (text.substr(at + 1).starts_with(c)) {
      piece.plain += c;
      at += 2;
    } else if (c == '}') {
      return wrong("a } without its { (write }} for a brace)", at);
    } else {
      const size_t end = text.find_first_of("{}", at + 1);
      if (end == std::string_view::npos || text[end] == '{') {
        return wrong("a { without its } (write {{ for a brace)", at);
      }
      piece.field = std::string(text.substr(at + 1, end - at - 1));
      if (piece.field.empty()) return wrong("a field without a name", at);
      parsed.pieces_.push_back(std::exchange(piece, {}));
      at = end + 1;
    }
  }
  parsed.pieces_.push_back(std::move(piece));
  return parsed;
}

absl::StatusOr<std::string> Template::Render(Lookup lookup) const {
  std::string rendered;
  for (const Piece& piece : pieces_) {
    rendered += piece.plain;
    if (piece.field.empty()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const std::string_view value, lookup(piece.field));
    rendered += value;
  }
  return rendered;
}

std::vector<std::string> Template::fields() const {
  std::vector<std::string> fields;
  for (const Piece& piece : pieces_) {
    if (!piece.field.empty()) fields.push_back(piece.field);
  }
  return fields;
}

}  // namespace daybook::tools
