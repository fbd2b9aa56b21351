// Queries as JSON, in the form of https://dcb.events:
//
//   {"items": [{"types": ["seat-reserved"], "tags": ["show:7", "seat:12"]},
//              {"category": "order", "correlation_id": "c-9"}]}
//
// Items are OR-ed; in an item, the types are OR-ed, the tags AND-ed, and all
// fields AND-ed. `category` and `correlation_id` are daybook's own.

#ifndef DAYBOOK_TOOLS_QUERY_JSON_H_
#define DAYBOOK_TOOLS_QUERY_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/store/query.h"

namespace daybook::tools {

// Errors: kInvalidArgument for what is no JSON, an unknown key (it would have
// narrowed the query), a wrong type, and `items` missing.
absl::StatusOr<Query> ParseQueryJson(std::string_view json);

// The shortest JSON that means `query`.
std::string QueryToJson(const Query& query);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_QUERY_JSON_H_
