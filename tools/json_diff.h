// What changed between two JSON values: the leaves that are in one of them
// only, and those that differ. Paths are SQLite's (https://sqlite.org/json1),
// fit for `state ->> '$.items[0].sku'`.

#ifndef DAYBOOK_TOOLS_JSON_DIFF_H_
#define DAYBOOK_TOOLS_JSON_DIFF_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::tools {

struct JsonChange {
  std::string path;
  // The values as they are written; absent where there is none: `from` of what
  // was added, `to` of what was removed. Never both.
  std::optional<std::string> from;
  std::optional<std::string> to;

  friend bool operator==(const JsonChange&, const JsonChange&) = default;
};

// In the order the leaves stand in `from`, then those that are new. A leaf is a
// text, number, boolean or null, or an empty object or list. Numbers are
// compared as they are written. REQUIRES: IsJson() of both.
std::vector<JsonChange> DiffJson(std::string_view from, std::string_view to);

// Appends changes as lines for people: "+ path  value", "- path  value",
// "~ path  from -> to", each value on one line and not too long.
std::string ChangesText(const std::vector<JsonChange>& changes);

// [{"path":"$.total","change":"changed","from":10,"to":20},...]
void AppendChangesJson(const std::vector<JsonChange>& changes,
                       std::string* out);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_JSON_DIFF_H_
