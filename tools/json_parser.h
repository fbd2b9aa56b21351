// ParseJson follows JSON as nlohmann's parser does, and takes numbers beyond
// the range of a double, such as 1e400, which that refuses. JSON has no limit
// to its numbers, and who passes them on as text has none either.

#ifndef DAYBOOK_TOOLS_JSON_PARSER_H_
#define DAYBOOK_TOOLS_JSON_PARSER_H_

#include <nlohmann/json.hpp>
#include <string_view>

namespace daybook::tools {

// Calls `handler` for each part of `json`, and gives back whether it is one
// JSON value and `handler` wanted all of it. A number beyond a double's range
// comes as number_float() of an infinity, with its text.
// Cost: a text with such a number is parsed twice, and copied.
bool ParseJson(std::string_view json,
               nlohmann::json_sax<nlohmann::json>& handler);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_JSON_PARSER_H_
