// The attributes of XES (IEEE 1849-2016), which OCEL's XML has too: a type, a
// key and a value, and attributes of their own; and what they are as JSON.
//
//   <string key="org:resource" value="Ann"/>        "org:resource":"Ann"
//   <int key="amount" value="12"/>                  "amount":12
//   <float key="rate" value="1.50"/>                "rate":1.50
//   <boolean key="paid" value="true"/>              "paid":true
//   <date .../>, <id .../>                          their text
//   <list key="l"><values>                          "l":[{"a":"1"},{"a":"2"}]
//     <string key="a" value="1"/>...
//   <container key="c"> <int key="x" .../>...       "c":{"x":1}
//   <string key="k" value="v"> <int key="x" .../>   "k":{"value":"v",
//                                                        "children":{"x":1}}
//
// Objects have their members sorted. Numbers are as they are written; what is
// no number of JSON, or is out of the range of its type, is a string. So the
// JSON tells the type too: a string is a string, digits are an int, other
// numbers a float. Where it does not (a date, an id, the float 3), the type is
// kept beside it, by JSON pointer (RFC 6901): {"/deadline":"date"}.

#ifndef DAYBOOK_TOOLS_XES_ATTRIBUTE_H_
#define DAYBOOK_TOOLS_XES_ATTRIBUTE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tools/xml_reader.h"

namespace daybook::tools {

enum class XesType {
  kString,
  kDate,
  kInt,
  kFloat,
  kBoolean,
  kId,
  kList,
  kContainer,
  // The element <values> of a list: neither key nor value.
  kValues,
};

struct XesAttribute {
  XesType type = XesType::kString;
  std::optional<std::string> key;
  std::optional<std::string> value;
  // In the order of the document.
  std::vector<XesAttribute> children;
};

// The type whose element has this name; nothing if there is none.
std::optional<XesType> XesTypeOf(std::string_view element_name);

// Reads what the element says, without its children. Errors: kInvalidArgument
// for an XML attribute other than key and value.
absl::Status ReadXesAttribute(const XmlElement& element, XesAttribute* read);

// What an attribute takes in memory, roughly, without its children.
size_t MemoryOf(const XesAttribute& attribute);

// The one with this key, or null.
const XesAttribute* FindXesAttribute(const std::vector<XesAttribute>& among,
                                     std::string_view key);

// JSON of attributes, and the types that it does not tell: an object, or empty
// if there is none. time:timestamp is a date without being said so.
struct XesJson {
  std::string object;
  std::string types;
  // How many ints, floats and booleans have a value that is none of XML Schema,
  // as 0x10 or "maybe"; they stand there as text.
  size_t mistyped = 0;
};

// Errors: kInvalidArgument for an attribute without a key, and for two with
// the same; all of them stand in `json` nevertheless, for a person to see.
absl::Status MakeXesJson(const std::vector<XesAttribute>& attributes,
                         XesJson* json);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_XES_ATTRIBUTE_H_
