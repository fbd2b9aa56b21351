#include "tools/xes_reader.h"

#include <utility>

#include "store/status_macros.h"
#include "tools/exit_code.h"
#include "tools/json_text.h"
#include "tools/log_time.h"
#include "tools/text.h"
#include "tools/xml_reader.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kTimestamp = "time:timestamp";

// Vectors of them grow by moving to one that is larger.
constexpr size_t kCopies = 2;

size_t MemoryOf(const XesJson& json) {
  return json.object.size() + json.types.size();
}

// The element's XML attributes as a JSON object, without namespaces.
std::string JsonOf(const XmlElement& element) {
  std::string json;
  for (const auto& [name, value] : element.attributes) {
    if (name.starts_with("xmlns")) continue;
    json += json.empty() ? '{' : ',';
    AppendJsonString(name, &json);
    json += ':';
    AppendJsonString(value, &json);
  }
  return json.empty() ? "{}" : json + '}';
}

std::string JsonList(const std::vector<std::string>& items) {
  std::string json = "[";
  for (const std::string& item : items) {
    if (json.size() > 1) json += ',';
    json += item;
  }
  return json + ']';
}

class Reader : public XmlHandler {
 public:
  Reader(bool utc, MemoryBudget& budget, const XesCallbacks& callbacks)
      : utc_(utc), budget_(budget), callbacks_(callbacks) {}

  absl::Status Start(const XmlElement& element) override;
  absl::Status End() override;
  void Finish(XesHeader* header) const;

 private:
  enum class Place { kLog, kTrace, kEvent, kGlobal, kAttribute, kEmpty };

  // An element that is open: what kind it is, and what is in it.
  struct Open {
    Place place = Place::kLog;
    uint64_t line = 0;
    // Of a kAttribute, itself; else only the children count.
    XesAttribute attribute;
    // What the budget counts of it and of all in it.
    size_t memory = 0;
  };

  // What an element in `place` is. Errors: none that may stand there.
  absl::StatusOr<Place> PlaceOf(const XmlElement& element) const;
  absl::Status Take(size_t bytes);
  absl::Status EndAttribute(Open ended);
  absl::Status EndEvent(const Open& ended);
  absl::Status EndTrace(const Open& ended);
  absl::Status EndGlobal(const Open& ended);
  bool in_trace() const;

  const bool utc_;
  MemoryBudget& budget_;
  const XesCallbacks& callbacks_;
  std::vector<Open> open_;
  // Of the trace that is open.
  std::vector<XesEvent> events_;
  // Of the log.
  std::string log_ = "{}";
  std::string scope_;
  std::vector<std::string> extensions_;
  std::vector<std::string> classifiers_;
  std::vector<std::string> globals_;
  uint64_t mistyped_ = 0;
  XesAttribute log_attributes_;
};

bool Reader::in_trace() const {
  return open_.size() > 1 && open_[1].place == Place::kTrace;
}

absl::StatusOr<Reader::Place> Reader::PlaceOf(const XmlElement& element) const {
  const std::string_view name = element.name;
  if (open_.empty()) {
    if (name == "log") return Place::kLog;
    return InputError(
        Concat("the document is <", name, ">, not the <log> of XES"));
  }
  const Open& parent = open_.back();
  const bool in_log = parent.place == Place::kLog;
  if (in_log && name == "trace") return Place::kTrace;
  if (in_log && name == "global") return Place::kGlobal;
  if (in_log && (name == "extension" || name == "classifier")) {
    return Place::kEmpty;
  }
  if (in_log && (name == "events" || name == "objects" ||
                 name == "object-types" || name == "event-types")) {
    return InputError("this is a log of OCEL: use `import ocel`");
  }
  if (name == "event" && (in_log || parent.place == Place::kTrace)) {
    return Place::kEvent;
  }
  const std::optional<XesType> type = XesTypeOf(name);
  const bool in_list = parent.place == Place::kAttribute &&
                       parent.attribute.type == XesType::kList;
  const bool is_values = type == XesType::kValues;
  if (type.has_value() && parent.place != Place::kEmpty &&
      (!is_values || in_list)) {
    return Place::kAttribute;
  }
  return InputError(Concat("XES has no element <", name, "> here"));
}

absl::Status Reader::Take(size_t bytes) {
  DAYBOOK_RETURN_IF_ERROR(budget_.Take(bytes));
  open_.back().memory += bytes;
  return absl::OkStatus();
}

absl::Status Reader::Start(const XmlElement& element) {
  DAYBOOK_ASSIGN_OR_RETURN(const Place place, PlaceOf(element));
  open_.emplace_back();
  open_.back().place = place;
  open_.back().line = element.line;
  switch (place) {
    case Place::kAttribute: {
      XesAttribute& attribute = open_.back().attribute;
      attribute.type = *XesTypeOf(element.name);
      absl::Status read = ReadXesAttribute(element, &attribute);
      if (!read.ok()) return InputError(std::string(read.message()));
      return Take(MemoryOf(attribute));
    }
    case Place::kLog:
      log_ = JsonOf(element);
      return Take(log_.size());
    case Place::kEmpty: {
      auto& list = element.name == "extension" ? extensions_ : classifiers_;
      list.push_back(JsonOf(element));
      return Take(list.back().size());
    }
    case Place::kGlobal:
      scope_ = JsonOf(element);
      return Take(scope_.size());
    case Place::kTrace:
    case Place::kEvent:
      break;
  }
  return absl::OkStatus();
}

absl::Status Reader::End() {
  Open ended = std::move(open_.back());
  open_.pop_back();
  switch (ended.place) {
    case Place::kAttribute:
      return EndAttribute(std::move(ended));
    case Place::kEvent:
      return EndEvent(ended);
    case Place::kTrace:
      return EndTrace(ended);
    case Place::kGlobal:
      return EndGlobal(ended);
    case Place::kLog:
      log_attributes_ = std::move(ended.attribute);
      return absl::OkStatus();
    case Place::kEmpty:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Reader::EndAttribute(Open ended) {
  Open& parent = open_.back();
  parent.memory += ended.memory;
  parent.attribute.children.push_back(std::move(ended.attribute));
  return absl::OkStatus();
}

absl::Status Reader::EndEvent(const Open& ended) {
  budget_.Give(ended.memory);
  XesEvent event;
  event.line = ended.line;
  const absl::Status made =
      MakeXesJson(ended.attribute.children, &event.attributes);
  event.problem = std::string(made.message());
  mistyped_ += event.attributes.mistyped;
  const XesAttribute* timestamp =
      FindXesAttribute(ended.attribute.children, kTimestamp);
  if (timestamp != nullptr) {
    const absl::StatusOr<absl::Time> time =
        ParseLogTime(timestamp->value.value_or(""), utc_);
    if (time.ok()) {
      event.time = *time;
    } else if (event.problem.empty()) {
      event.problem =
          Concat(kTimestamp, ": ", std::string(time.status().message()));
    }
  }
  DAYBOOK_RETURN_IF_ERROR(budget_.Take(event.memory()));
  events_.push_back(std::move(event));
  if (in_trace()) return absl::OkStatus();
  return callbacks_.on_trace(std::exchange(events_, {}));
}

absl::Status Reader::EndTrace(const Open& ended) {
  budget_.Give(ended.memory);
  auto trace = std::make_shared<XesTrace>();
  trace->line = ended.line;
  const absl::Status made =
      MakeXesJson(ended.attribute.children, &trace->attributes);
  mistyped_ += trace->attributes.mistyped;
  if (!made.ok()) {
    trace->problem = Concat("its trace, at line ", ended.line, ", has ",
                            std::string(made.message()));
  }
  if (!events_.empty()) {
    DAYBOOK_RETURN_IF_ERROR(budget_.Take(trace->memory()));
  }
  for (XesEvent& event : events_) {
    event.trace = trace;
    if (event.problem.empty()) event.problem = trace->problem;
  }
  return callbacks_.on_trace(std::exchange(events_, {}));
}

absl::Status Reader::EndGlobal(const Open& ended) {
  XesJson json;
  const absl::Status made = MakeXesJson(ended.attribute.children, &json);
  if (!made.ok()) {
    return InputError(Concat("line ", ended.line, ": the global has ",
                             std::string(made.message())));
  }
  std::string global = Concat("{\"attributes\":", json.object);
  if (!json.types.empty()) global += Concat(",\"types\":", json.types);
  global += Concat(",\"global\":", scope_, "}");
  globals_.push_back(std::move(global));
  return absl::OkStatus();
}

void Reader::Finish(XesHeader* header) const {
  header->attributes = log_attributes_.children.size();
  header->globals = globals_.size();
  header->classifiers = classifiers_.size();
  header->extensions = extensions_.size();
  header->mistyped = mistyped_;
  XesJson json;
  const absl::Status made = MakeXesJson(log_attributes_.children, &json);
  if (!made.ok()) {
    header->problem = std::string(made.message());
    return;
  }
  header->json = Concat("{\"attributes\":", json.object,
                        ",\"classifiers\":", JsonList(classifiers_),
                        ",\"extensions\":", JsonList(extensions_),
                        ",\"globals\":", JsonList(globals_), ",\"log\":", log_);
  if (!json.types.empty()) {
    header->json += Concat(",\"types\":", json.types);
  }
  header->json += '}';
}

}  // namespace

size_t XesTrace::memory() const {
  return sizeof(XesTrace) + MemoryOf(attributes) + problem.size();
}

size_t XesEvent::memory() const {
  return kCopies * sizeof(XesEvent) + MemoryOf(attributes) + problem.size();
}

absl::Status ReadXes(LineReader& lines, bool utc, MemoryBudget& budget,
                     const XesCallbacks& callbacks, XesHeader* header) {
  const std::string_view ahead = lines.Ahead();
  if (ahead.starts_with("{") || ahead.starts_with("[")) {
    return InputError("this is JSON, not XES; is it OCEL? use `import ocel`");
  }
  Reader reader(utc, budget, callbacks);
  DAYBOOK_RETURN_IF_ERROR(ReadXml(lines, reader, callbacks.on_progress));
  reader.Finish(header);
  return absl::OkStatus();
}

}  // namespace daybook::tools
