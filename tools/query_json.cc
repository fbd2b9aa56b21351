#include "tools/query_json.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "store/status_macros.h"
#include "tools/json_object.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using nlohmann::json;

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(
      Concat("the query ", what,
             R"(; the form is {"items":[{"types":["a"],"tags":["b:1"]}]})"));
}

// An empty one would mean any, which is said by leaving it out.
absl::StatusOr<std::string> NonEmptyString(std::string_view key,
                                           const json& value) {
  if (!value.is_string()) {
    return Wrong(Concat("has a ", Quoted(key), " that is no string"));
  }
  std::string text = value.get<std::string>();
  if (text.empty()) return Wrong(Concat("has an empty ", Quoted(key)));
  return text;
}

absl::StatusOr<std::vector<std::string>> Strings(std::string_view key,
                                                 const json& value) {
  if (!value.is_array()) {
    return Wrong(Concat("has ", Quoted(key), " that are no list"));
  }
  std::vector<std::string> strings;
  for (const json& element : value) {
    if (!element.is_string()) {
      return Wrong(Concat("has ", Quoted(key), " that are not all strings"));
    }
    strings.push_back(element.get<std::string>());
  }
  return strings;
}

absl::StatusOr<QueryItem> ParseItem(const json& value) {
  if (!value.is_object()) return Wrong("has an item that is no object");
  QueryItem item;
  for (const auto& [key, field] : value.items()) {
    if (key == "types") {
      DAYBOOK_ASSIGN_OR_RETURN(item.types, Strings(key, field));
    } else if (key == "tags") {
      DAYBOOK_ASSIGN_OR_RETURN(item.tags, Strings(key, field));
    } else if (key == "category") {
      DAYBOOK_ASSIGN_OR_RETURN(item.category, NonEmptyString(key, field));
    } else if (key == "correlation_id") {
      DAYBOOK_ASSIGN_OR_RETURN(item.correlation_id, NonEmptyString(key, field));
    } else {
      return Wrong(Concat("has an unknown key ", Quoted(key)));
    }
  }
  return item;
}

json ToJson(const QueryItem& item) {
  json value = json::object();
  if (!item.types.empty()) value["types"] = item.types;
  if (!item.tags.empty()) value["tags"] = item.tags;
  if (!item.category.empty()) value["category"] = item.category;
  if (!item.correlation_id.empty()) {
    value["correlation_id"] = item.correlation_id;
  }
  return value;
}

}  // namespace

absl::StatusOr<Query> ParseQueryJson(std::string_view text) {
  const absl::StatusOr<json> parsed = ParseJsonObject(text);
  if (!parsed.ok()) {
    const std::string why(parsed.status().message());
    return Wrong(Concat(why.starts_with("no") ? "is " : "has ", why));
  }
  const json& value = *parsed;
  if (!value.contains("items")) return Wrong("has no \"items\"");
  Query query;
  for (const auto& [key, field] : value.items()) {
    if (key != "items")
      return Wrong(Concat("has an unknown key ", Quoted(key)));
    if (!field.is_array()) return Wrong("has \"items\" that are no list");
    for (const json& element : field) {
      DAYBOOK_ASSIGN_OR_RETURN(QueryItem item, ParseItem(element));
      query.items.push_back(std::move(item));
    }
  }
  return query;
}

std::string QueryToJson(const Query& query) {
  json items = json::array();
  for (const QueryItem& item : query.items) items.push_back(ToJson(item));
  std::string out;
  AppendCompactJson(json{{"items", std::move(items)}}.dump(), &out);
  return out;
}

}  // namespace daybook::tools
