// Template is a text with the names of fields in it: "{channel}|{page}".
//
//   {field}    the field's value
//   {a.b}      the field b of the object in a; {a.0} the first of the list in a
//   {{ and }}  a brace

#ifndef DAYBOOK_TOOLS_TEMPLATE_H_
#define DAYBOOK_TOOLS_TEMPLATE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace daybook::tools {

class Template {
 public:
  // Gives the text of a field, valid until it is called again. Errors:
  // kNotFound if there is none; anything else if it has no text.
  using Lookup =
      absl::FunctionRef<absl::StatusOr<std::string_view>(std::string_view)>;

  // The empty text.
  Template() = default;

  // Errors: kInvalidArgument for a brace without its other half, and for an
  // empty name.
  static absl::StatusOr<Template> Parse(std::string_view text);

  // Errors: the first one of `lookup`.
  absl::StatusOr<std::string> Render(Lookup lookup) const;

  // The names in it, in order.
  std::vector<std::string> fields() const;
  // As it was parsed.
  const std::string& text() const { return text_; }

 private:
  // Plain text, and the field that follows it (empty at the end).
  struct Piece {
    std::string plain;
    std::string field;
  };

  std::string text_;
  std::vector<Piece> pieces_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_TEMPLATE_H_
