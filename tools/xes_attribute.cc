#include "tools/xes_attribute.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// In the order of XesType.
constexpr std::array<std::string_view, 9> kTypeNames = {
    "string", "date", "int",       "float", "boolean",
    "id",     "list", "container", "values"};

std::string_view NameOf(XesType type) {
  return kTypeNames[static_cast<size_t>(type)];
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// -?(0|[1-9][0-9]*), a number of 64 bits.
bool IsInt(std::string_view text) {
  int64_t number;
  if (!absl::SimpleAtoi(ToAbsl(text), &number)) return false;
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && IsDigit(text[0]) && IsDigit(text.back()) &&
         (text == "0" || text[0] != '0');
}

// A number of JSON that is not beyond what a double can be.
bool IsFloat(std::string_view text) {
  constexpr size_t kBytesMax = 400;
  double number;
  return text.size() <= kBytesMax &&
         text.find_first_not_of("0123456789+-.eE") == std::string_view::npos &&
         IsJson(text) && absl::SimpleAtod(ToAbsl(text), &number) &&
         std::isfinite(number);
}

// Whether the standard lets it be: ints, floats and booleans are xs:long,
// xs:double and xs:boolean there, which may be written in more ways than JSON
// has.
bool IsOfItsType(const XesAttribute& attribute) {
  const absl::string_view value = ToAbsl(*attribute.value);
  int64_t whole;
  double number;
  switch (attribute.type) {
    case XesType::kInt:
      return absl::SimpleAtoi(value, &whole);
    case XesType::kFloat:
      return absl::SimpleAtod(value, &number);
    case XesType::kBoolean:
      return value == "true" || value == "false" || value == "1" ||
             value == "0";
    default:
      return true;
  }
}

// Writes one level of attributes after the other, and where it is.
class Writer {
 public:
  explicit Writer(XesJson* json)
      : types_(&json->types), mistyped_(&json->mistyped) {}

  // The first problem there was; all is written nevertheless.
  const absl::Status& status() const { return status_; }

  void AddObject(const std::vector<XesAttribute>& attributes,
                 std::string* out) {
    std::vector<const XesAttribute*> sorted;
    for (const XesAttribute& attribute : attributes) {
      if (attribute.type == XesType::kValues) continue;
      CheckKey(attribute);
      sorted.push_back(&attribute);
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const XesAttribute* a, const XesAttribute* b) {
                       return KeyOf(*a) < KeyOf(*b);
                     });
    *out += '{';
    for (size_t i = 0; i < sorted.size(); ++i) {
      const XesAttribute& attribute = *sorted[i];
      if (i > 0 && KeyOf(*sorted[i - 1]) == KeyOf(attribute)) {
        Problem(Concat("two attributes ", Quoted(KeyOf(attribute))));
      }
      if (i > 0) *out += ',';
      AddMember(attribute, out);
    }
    *out += '}';
  }

 private:
  void Problem(std::string_view reason) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(ToAbsl(reason));
  }

  static std::string_view KeyOf(const XesAttribute& attribute) {
    return attribute.key.has_value() ? std::string_view(*attribute.key) : "";
  }

  void CheckKey(const XesAttribute& attribute) {
    if (attribute.key.has_value()) return;
    Problem(Concat("a <", NameOf(attribute.type), "> without a key"));
  }

  // "key":value
  void AddMember(const XesAttribute& attribute, std::string* out) {
    AppendJsonString(KeyOf(attribute), out);
    *out += ':';
    const size_t path_size = path_.size();
    Enter(KeyOf(attribute));
    AddValue(attribute, out);
    path_.resize(path_size);
  }

  void AddValue(const XesAttribute& attribute, std::string* out) {
    const XesAttribute* values = nullptr;
    size_t others = 0;
    for (const XesAttribute& child : attribute.children) {
      const bool is_values = child.type == XesType::kValues;
      if (is_values && values != nullptr) Problem("a list has <values> twice");
      if (is_values) values = &child;
      if (!is_values) ++others;
    }
    if (values != nullptr && attribute.value.has_value()) {
      Problem("a list has a value and <values>");
    }
    switch (attribute.type) {
      case XesType::kContainer:
        if (attribute.value.has_value()) break;
        return AddObject(attribute.children, out);
      case XesType::kList:
        if (attribute.value.has_value()) break;
        // Some programs write the items without <values> around them.
        if (values == nullptr) return AddList(attribute.children, out);
        if (others == 0) return AddList(values->children, out);
        break;
      default:
        if (others > 0) break;
        return AddScalar(attribute, out);
    }
    AddType(attribute.type);
    *out += "{\"children\":";
    const size_t path_size = path_.size();
    Enter("children");
    AddObject(attribute.children, out);
    path_.resize(path_size);
    *out += ",\"value\":";
    if (values != nullptr) {
      Enter("value");
      AddList(values->children, out);
      path_.resize(path_size);
    } else {
      AddText(attribute, out);
    }
    *out += '}';
  }

  // Each item is an object of one member: keys may repeat.
  void AddList(const std::vector<XesAttribute>& items, std::string* out) {
    *out += '[';
    const size_t path_size = path_.size();
    for (size_t i = 0; i < items.size(); ++i) {
      CheckKey(items[i]);
      if (i > 0) *out += ',';
      *out += '{';
      Enter(Concat(i));
      AddMember(items[i], out);
      path_.resize(path_size);
      *out += '}';
    }
    *out += ']';
  }

  // Whether the value can stand there as it is, without quotes.
  static bool IsBare(const XesAttribute& attribute) {
    const std::string& value = *attribute.value;
    switch (attribute.type) {
      case XesType::kInt:
        return IsInt(value);
      case XesType::kFloat:
        return IsFloat(value);
      case XesType::kBoolean:
        return value == "true" || value == "false";
      default:
        return false;
    }
  }

  void AddText(const XesAttribute& attribute, std::string* out) {
    if (!attribute.value.has_value()) {
      *out += "null";
    } else if (IsBare(attribute)) {
      *out += *attribute.value;
    } else {
      if (!IsOfItsType(attribute)) ++*mistyped_;
      AppendJsonString(*attribute.value, out);
    }
  }

  void AddScalar(const XesAttribute& attribute, std::string* out) {
    AddText(attribute, out);
    const bool is_bare = attribute.value.has_value() && IsBare(attribute);
    bool told = is_bare;
    if (attribute.type == XesType::kFloat && is_bare) {
      told = attribute.value->find_first_of(".eE") != std::string::npos;
    } else if (attribute.type == XesType::kString) {
      told = attribute.value.has_value();
    } else if (attribute.type == XesType::kDate) {
      told = path_ == "/time:timestamp" && attribute.value.has_value();
    }
    if (!told) AddType(attribute.type);
  }

  void AddType(XesType type) {
    *types_ += types_->empty() ? '{' : ',';
    AppendJsonString(path_, types_);
    *types_ += ":\"";
    *types_ += NameOf(type);
    *types_ += '"';
  }

  void Enter(std::string_view name) {
    path_ += '/';
    for (const char c : name) {
      if (c == '~') {
        path_ += "~0";
      } else if (c == '/') {
        path_ += "~1";
      } else {
        path_ += c;
      }
    }
  }

  std::string path_;
  std::string* const types_;
  size_t* const mistyped_;
  absl::Status status_;
};

}  // namespace

std::optional<XesType> XesTypeOf(std::string_view element_name) {
  for (size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == element_name) return static_cast<XesType>(i);
  }
  return std::nullopt;
}

absl::Status ReadXesAttribute(const XmlElement& element, XesAttribute* read) {
  for (const auto& [name, value] : element.attributes) {
    if (name == "key") {
      read->key = std::string(value);
    } else if (name == "value") {
      read->value = std::string(value);
    } else if (!name.starts_with("xmlns")) {
      return absl::InvalidArgumentError(
          Concat("<", element.name, "> has an attribute ", Quoted(name),
                 "; only key and value are known"));
    }
  }
  return absl::OkStatus();
}

size_t MemoryOf(const XesAttribute& attribute) {
  return sizeof(attribute) + attribute.key.value_or("").size() +
         attribute.value.value_or("").size();
}

const XesAttribute* FindXesAttribute(const std::vector<XesAttribute>& among,
                                     std::string_view key) {
  for (const XesAttribute& attribute : among) {
    if (attribute.key == key) return &attribute;
  }
  return nullptr;
}

absl::Status MakeXesJson(const std::vector<XesAttribute>& attributes,
                         XesJson* json) {
  json->object.clear();
  json->types.clear();
  json->mistyped = 0;
  Writer writer(json);
  writer.AddObject(attributes, &json->object);
  if (!json->types.empty()) json->types += '}';
  json->object.shrink_to_fit();
  return writer.status();
}

}  // namespace daybook::tools
