// The XML encoding of OCEL 1.0:
//
//   <log>
//     <global scope="log"> <string key="version" value="1.0"/> ... </global>
//     <events>
//       <event>
//         <string key="id" value="e1"/>
//         <string key="activity" value="place order"/>
//         <date key="timestamp" value="2020-07-09T08:20:01.000+01:00"/>
//         <list key="omap"> <string key="object-id" value="o1"/> </list>
//         <list key="vmap"> <float key="price" value="12.50"/> </list>
//       </event>
//     </events>
//     <objects>
//       <object>
//         <string key="id" value="o1"/> <string key="type" value="order"/>
//         <list key="ovmap"/>
//       </object>
//     </objects>
//   </log>
//
// Keys are the names of the JSON encoding without "ocel:", which some programs
// write nevertheless.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/status_macros.h"
#include "tools/exit_code.h"
#include "tools/json_text.h"
#include "tools/ocel_log.h"
#include "tools/text.h"
#include "tools/xes_attribute.h"
#include "tools/xml_reader.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kPrefix = "ocel:";

std::string WithPrefix(std::string_view key) {
  return key.starts_with(kPrefix) ? std::string(key) : Concat(kPrefix, key);
}

// The list as JSON: of what has one key many times the values, else an object.
absl::Status ListJson(const XesAttribute& list, bool is_map,
                      std::string* json) {
  if (is_map) {
    XesJson object;
    absl::Status status = MakeXesJson(list.children, &object);
    *json = std::move(object.object);
    return status;
  }
  absl::Status status;
  *json = "[";
  for (const XesAttribute& item : list.children) {
    XesJson one;
    const absl::Status made = MakeXesJson({item}, &one);
    if (status.ok()) status = made;
    if (json->size() > 1) *json += ',';
    ForEachMember(one.object, [&](std::string_view, std::string_view value) {
      *json += value;
    });
  }
  *json += ']';
  return status;
}

// The members of an event, object or global.
OcelMembers MembersOf(const std::vector<XesAttribute>& attributes,
                      const std::vector<std::string_view>& maps) {
  OcelMembers members;
  for (const XesAttribute& attribute : attributes) {
    const std::string name = WithPrefix(attribute.key.value_or(""));
    absl::Status status;
    std::string json;
    if (attribute.type == XesType::kList) {
      const bool is_map =
          std::find(maps.begin(), maps.end(), name) != maps.end();
      status = ListJson(attribute, is_map, &json);
    } else {
      XesJson one;
      status = MakeXesJson({attribute}, &one);
      ForEachMember(one.object, [&](std::string_view, std::string_view value) {
        json = std::string(value);
      });
    }
    if (!status.ok()) members.AddProblem(std::string(status.message()));
    if (!members.json.emplace(name, std::move(json)).second) {
      members.AddProblem(Concat("the attribute ",
                                Quoted(attribute.key.value_or("")), " twice"));
    }
  }
  return members;
}

class Reader : public XmlHandler {
 public:
  Reader(MemoryBudget& budget, OcelLog& log) : budget_(budget), log_(log) {}

  absl::Status Start(const XmlElement& element) override;
  absl::Status End() override;
  absl::Status Finish();

 private:
  enum class Place {
    kLog,
    kEvents,
    kObjects,
    kGlobal,
    kEvent,
    kObject,
    kAttribute
  };
  struct Open {
    Place place = Place::kLog;
    uint64_t line = 0;
    // Of a kAttribute, itself; else only the children count.
    XesAttribute attribute;
  };

  absl::StatusOr<Place> PlaceOf(const XmlElement& element) const;
  absl::Status EndEventOrObject(Open ended);

  MemoryBudget& budget_;
  OcelLog& log_;
  std::vector<Open> open_;
  // What the budget counts of the event, object or global that is open.
  size_t memory_ = 0;
  std::string scope_;
  std::map<std::string, std::string> globals_;
  bool events_seen_ = false;
  bool objects_seen_ = false;
};

absl::StatusOr<Reader::Place> Reader::PlaceOf(const XmlElement& element) const {
  const std::string_view name = element.name;
  if (open_.empty()) {
    if (name == "log") return Place::kLog;
    return InputError(
        Concat("the document is <", name, ">, not the <log> of OCEL"));
  }
  const Open& parent = open_.back();
  switch (parent.place) {
    case Place::kLog:
      if (name == "global") return Place::kGlobal;
      if (name == "events") return Place::kEvents;
      if (name == "objects") return Place::kObjects;
      if (name == "event-types" || name == "object-types") {
        return InputError("this is OCEL 2.0; OCEL 1.0 is read");
      }
      if (name == "trace" || name == "extension" || name == "classifier") {
        return InputError("this is a log of XES: use `import xes`");
      }
      break;
    case Place::kEvents:
      if (name == "event") return Place::kEvent;
      break;
    case Place::kObjects:
      if (name == "object") return Place::kObject;
      break;
    default: {
      const std::optional<XesType> type = XesTypeOf(name);
      const bool is_values = type == XesType::kValues;
      const bool in_list = parent.place == Place::kAttribute &&
                           parent.attribute.type == XesType::kList;
      if (type.has_value() && (!is_values || in_list)) {
        return Place::kAttribute;
      }
    }
  }
  return InputError(Concat("OCEL has no element <", name, "> here"));
}

absl::Status Reader::Start(const XmlElement& element) {
  DAYBOOK_ASSIGN_OR_RETURN(const Place place, PlaceOf(element));
  open_.emplace_back();
  open_.back().place = place;
  open_.back().line = element.line;
  if (place == Place::kEvents) events_seen_ = true;
  if (place == Place::kObjects) objects_seen_ = true;
  if (place == Place::kGlobal) {
    scope_.clear();
    for (const auto& [name, value] : element.attributes) {
      if (name == "scope") scope_ = std::string(value);
    }
  }
  if (place != Place::kAttribute) return absl::OkStatus();
  XesAttribute& attribute = open_.back().attribute;
  attribute.type = *XesTypeOf(element.name);
  const absl::Status read = ReadXesAttribute(element, &attribute);
  if (!read.ok()) return InputError(std::string(read.message()));
  DAYBOOK_RETURN_IF_ERROR(budget_.Take(MemoryOf(attribute)));
  memory_ += MemoryOf(attribute);
  return absl::OkStatus();
}

absl::Status Reader::End() {
  Open ended = std::move(open_.back());
  open_.pop_back();
  switch (ended.place) {
    case Place::kAttribute:
      open_.back().attribute.children.push_back(std::move(ended.attribute));
      return absl::OkStatus();
    case Place::kEvent:
    case Place::kObject:
      budget_.Give(std::exchange(memory_, 0));
      return EndEventOrObject(std::move(ended));
    case Place::kGlobal: {
      memory_ = 0;
      OcelMembers members = MembersOf(ended.attribute.children, {});
      if (!members.problem.empty()) {
        return InputError(
            Concat("line ", ended.line, ": the global has ", members.problem));
      }
      std::string json;
      for (const auto& [name, value] : members.json) {
        json += json.empty() ? "{" : ",";
        AppendJsonString(name, &json);
        json += Concat(":", value);
      }
      const bool is_new = globals_
                              .emplace(Concat(kPrefix, "global-", scope_),
                                       json.empty() ? "{}" : json + "}")
                              .second;
      if (is_new) return absl::OkStatus();
      return InputError(Concat("line ", ended.line,
                               ": a second <global> with the scope ",
                               Quoted(scope_)));
    }
    default:
      return absl::OkStatus();
  }
}

absl::Status Reader::EndEventOrObject(Open ended) {
  std::vector<XesAttribute>& attributes = ended.attribute.children;
  // The id is the name of all the others in the JSON encoding.
  std::optional<std::string> id;
  bool id_twice = false;
  for (auto attribute = attributes.begin(); attribute != attributes.end();) {
    if (WithPrefix(attribute->key.value_or("")) != "ocel:id") {
      ++attribute;
      continue;
    }
    id_twice = id_twice || id.has_value();
    id = attribute->value.value_or("");
    attribute = attributes.erase(attribute);
  }
  OcelMembers members = MembersOf(attributes, {"ocel:vmap", "ocel:ovmap"});
  if (!id.has_value()) members.AddProblem("no id");
  if (id_twice) members.AddProblem("the attribute \"id\" twice");
  if (ended.place == Place::kEvent) {
    return log_.AddEvent(id.value_or(""), ended.line, std::move(members));
  }
  return log_.AddObject(id.value_or(""), ended.line, std::move(members));
}

absl::Status Reader::Finish() {
  if (!events_seen_ || !objects_seen_) {
    return InputError(Concat("no OCEL 1.0: there is no <",
                             events_seen_ ? "objects" : "events", ">"));
  }
  std::string header = "{";
  for (const auto& [name, value] : globals_) {
    if (header.size() > 1) header += ',';
    AppendJsonString(name, &header);
    header += Concat(":", value);
  }
  log_.set_header(header + '}');
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadOcelXml(LineReader& lines,
                         const std::function<void()>& on_progress,
                         MemoryBudget& budget, OcelLog* log) {
  Reader reader(budget, *log);
  DAYBOOK_RETURN_IF_ERROR(ReadXml(lines, reader, on_progress));
  return reader.Finish();
}

}  // namespace daybook::tools
