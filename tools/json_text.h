// JSON as text: writing strings, and passing values through as they are.
//
// Payloads are somebody else's JSON. Parsing it into numbers and writing it
// again would round 12345678901234567890.1 and turn 1.0 into 1; so a value is
// checked, and then moved from one text to another with nothing but the white
// space between its tokens dropped.

#ifndef DAYBOOK_TOOLS_JSON_TEXT_H_
#define DAYBOOK_TOOLS_JSON_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace daybook::tools {

// Appends `text` as a JSON string, with quotes. Control characters (C0, DEL
// and C1) become \u escapes. REQUIRES: UTF-8.
void AppendJsonString(std::string_view text, std::string* out);
std::string JsonString(std::string_view text);

// True if `text` is one JSON value, in UTF-8, with no more than white space
// around it.
bool IsJson(std::string_view text);

// Appends `json` on one line: no white space outside strings, and control
// characters inside them escaped. REQUIRES: IsJson(json).
void AppendCompactJson(std::string_view json, std::string* out);

// The text of the value of the last member `name` of the object `json`, as it
// stands there. Nothing if there is none. REQUIRES: IsJson(json), an object,
// and a name without characters that need escapes.
std::optional<std::string_view> RawMember(std::string_view json,
                                          std::string_view name);

// Calls `visit` with the name and the value of each member of the object
// `json`, in order, both as they stand there: the name in its quotes.
// REQUIRES: IsJson(json), an object.
void ForEachMember(
    std::string_view json,
    absl::FunctionRef<void(std::string_view name, std::string_view value)>
        visit);

// The same for the values of the list `json`. REQUIRES: IsJson(json), a list.
void ForEachElement(std::string_view json,
                    absl::FunctionRef<void(std::string_view value)> visit);

// What a JSON string says. REQUIRES: IsJson(quoted), a string.
std::string UnquotedJson(std::string_view quoted);

// True for "application/json", "text/json" and "application/x+json", with any
// parameters.
bool IsJsonContentType(std::string_view content_type);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_JSON_TEXT_H_
