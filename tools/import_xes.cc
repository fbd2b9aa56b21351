#include "tools/import_xes.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kTraceField = "trace.";
constexpr std::string_view kJsonType = "application/json";

// Keys that attributes of the standard's extensions have.
constexpr std::string_view kName = "concept:name";
constexpr std::string_view kTransition = "lifecycle:transition";
constexpr std::string_view kIdentity = "identity:id";
// What becomes tags: the tag's name and the key.
constexpr std::pair<std::string_view, std::string_view> kTags[] = {
    {"resource", "org:resource"}, {"group", "org:group"}};

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

// The names, and where their values are if they have attributes of their own.
std::vector<std::string> WithNested(std::vector<std::string> names) {
  const size_t count = names.size();
  for (size_t i = 0; i < count; ++i) names.push_back(names[i] + ".value");
  return names;
}

std::vector<std::string> EventFields(const EventTemplate& events) {
  std::vector<std::string> names = {
      std::string(kName), std::string(kTransition), std::string(kIdentity)};
  for (const auto& [tag, key] : kTags) names.emplace_back(key);
  for (std::string& name : events.fields()) {
    if (!name.starts_with(kTraceField)) names.push_back(std::move(name));
  }
  return WithNested(std::move(names));
}

std::vector<std::string> TraceFields(const EventTemplate& events) {
  std::vector<std::string> names = {std::string(kName)};
  for (const std::string& name : events.fields()) {
    if (name.starts_with(kTraceField)) {
      names.push_back(name.substr(kTraceField.size()));
    }
  }
  return WithNested(std::move(names));
}

absl::StatusOr<std::string_view> Find(const JsonFields& fields,
                                      std::string_view name) {
  absl::StatusOr<std::string_view> found = fields.Find(name);
  if (!absl::IsInvalidArgument(found.status())) return found;
  const absl::StatusOr<std::string_view> nested =
      fields.Find(Concat(name, ".value"));
  return nested.ok() ? nested : found;
}

// The same, where no text and the empty one are one.
std::string_view FindText(const JsonFields& fields, std::string_view name) {
  const absl::StatusOr<std::string_view> found = Find(fields, name);
  return found.ok() ? *found : std::string_view();
}

void AddTag(std::string_view name, std::string_view value,
            std::vector<std::string>* tags) {
  if (value.empty()) return;
  std::string tag = Concat(name, ":", value);
  if (std::find(tags->begin(), tags->end(), tag) == tags->end()) {
    tags->push_back(std::move(tag));
  }
}

void AddField(std::string_view name, const std::string& value,
              Metadata* metadata) {
  if (!value.empty()) metadata->fields[std::string(name)] = value;
}

}  // namespace

XesMapping::XesMapping(EventTemplate& events, bool names_stream,
                       bool names_type)
    : events_(events),
      names_stream_(names_stream),
      names_type_(names_type),
      event_fields_(EventFields(events)),
      trace_fields_(TraceFields(events)) {}

absl::StatusOr<std::string> XesMapping::NameOf(const XesTrace& trace) {
  DAYBOOK_RETURN_IF_ERROR(trace_fields_.Read(trace.attributes.object));
  return std::string(FindText(trace_fields_, kName));
}

absl::Status XesMapping::Read(const XesEvent& event) {
  DAYBOOK_RETURN_IF_ERROR(event_fields_.Read(event.attributes.object));
  return trace_fields_.Read(
      event.trace == nullptr ? "{}" : event.trace->attributes.object);
}

absl::StatusOr<StreamEvent> XesMapping::Make(const XesEvent& event,
                                             bool with_trace) {
  if (!event.problem.empty()) return absl::InvalidArgumentError(event.problem);
  DAYBOOK_RETURN_IF_ERROR(Read(event));
  DAYBOOK_ASSIGN_OR_RETURN(
      StreamEvent made, events_.Make([this](std::string_view field) {
        return field.starts_with(kTraceField)
                   ? Find(trace_fields_, field.substr(kTraceField.size()))
                   : Find(event_fields_, field);
      }));
  const std::string_view name = FindText(trace_fields_, kName);
  if (!names_stream_) {
    if (event.trace == nullptr) {
      return absl::InvalidArgumentError(
          "an event outside of all traces; --stream gives it a stream");
    }
    if (name.empty()) {
      return absl::InvalidArgumentError(
          Concat("its trace, at line ", event.trace->line, ", has no ", kName,
                 "; --stream names the stream by something else"));
    }
    made.stream = std::string(name);
  }
  if (!names_type_) {
    const std::string_view activity = FindText(event_fields_, kName);
    if (activity.empty()) {
      return absl::InvalidArgumentError(
          Concat("no ", kName, "; --type names the type by something else"));
    }
    const std::string_view transition = FindText(event_fields_, kTransition);
    made.event.type =
        Concat(activity, transition.empty() ? "" : "+", transition);
  }
  std::vector<std::string> tags;
  AddTag("case", name, &tags);
  for (const auto& [tag, key] : kTags) {
    AddTag(tag, FindText(event_fields_, key), &tags);
  }
  for (std::string& tag : made.event.tags) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) {
      tags.push_back(std::move(tag));
    }
  }
  made.event.tags = std::move(tags);
  made.event.payload = event.attributes.object;
  made.event.content_type = std::string(kJsonType);
  made.event.occurred_at = event.time;
  const auto id = EventId::Parse(FindText(event_fields_, kIdentity));
  if (id.ok()) made.event.id = *id;
  Metadata& metadata = made.event.metadata;
  AddField("xes.types", event.attributes.types, &metadata);
  if (with_trace && event.trace != nullptr) {
    AddField("xes.trace", event.trace->attributes.object, &metadata);
    AddField("xes.trace_types", event.trace->attributes.types, &metadata);
  }
  return made;
}

XesImport::XesImport(EventStore& store, XesMapping& mapping, Rejects& rejects,
                     std::string_view name, MemoryBudget& budget,
                     XesImportOptions options, const ProducerSigner* producer)
    : mapping_(mapping),
      rejects_(rejects),
      budget_(budget),
      options_(std::move(options)),
      appends_(store, rejects, name, producer) {}

ImportReport XesImport::report() const {
  ImportReport report;
  report.lines = events_;
  report.appended = appends_.appended();
  report.already_there = appends_.already_there();
  report.rejected = rejects_.count();
  report.unit = "event";
  return report;
}

std::vector<std::string> XesImport::Notes() const {
  std::vector<std::string> notes;
  if (!read_) return notes;
  if (empty_traces_ > 0) {
    notes.push_back(
        Concat(Counted(empty_traces_, "trace has", "traces have"),
               " no events, so no stream; what it says is left out"));
  }
  if (repeated_names_ > 0) {
    notes.push_back(Concat(Counted(repeated_names_, "trace has", "traces have"),
                           " the name of an earlier one: by their names they "
                           "are one stream"));
  }
  if (out_of_time_ > 0) {
    notes.push_back(
        Concat(Counted(out_of_time_, "event has", "events have"),
               " an earlier time than one before in the same trace; the order "
               "of the trace was kept"));
  }
  if (header_.mistyped > 0) {
    notes.push_back(
        Concat(Counted(header_.mistyped, "attribute has", "attributes have"),
               " a value that is none of its type (int, float or boolean); it "
               "was kept as text"));
  }
  const size_t parts = header_.attributes + header_.globals +
                       header_.classifiers + header_.extensions;
  if (options_.log_stream.empty() && parts > 0) {
    notes.push_back(
        Concat("left out is what the log says of itself: ",
               Counted(header_.attributes, "attribute", "attributes"), ", ",
               Counted(header_.globals, "global", "globals"), ", ",
               Counted(header_.classifiers, "classifier", "classifiers"), ", ",
               Counted(header_.extensions, "extension", "extensions"),
               "; --log-stream NAME keeps it as an event"));
  }
  return notes;
}

absl::Status XesImport::Run(
    LineReader& lines, const std::function<void()>& on_read,
    const std::function<void(uint64_t, uint64_t)>& on_appended) {
  XesCallbacks callbacks;
  callbacks.on_progress = on_read;
  callbacks.on_trace = [this](std::vector<XesEvent> events) {
    return TakeTrace(std::move(events));
  };
  absl::Status status =
      ReadXes(lines, options_.utc, budget_, callbacks, &header_);
  read_ = status.ok();
  if (status.ok()) status = AppendHeader();
  if (status.ok()) status = AppendHeld(on_appended);
  const absl::Status finished = appends_.Finish();
  return status.ok() ? finished : status;
}

absl::Status XesImport::Reject(const XesEvent& event, std::string_view reason) {
  std::string text =
      Concat("{\"event\":",
             event.attributes.object.empty() ? "{}" : event.attributes.object);
  if (event.trace != nullptr && event.trace->problem.empty()) {
    text += Concat(",\"trace\":", event.trace->attributes.object);
  }
  return rejects_.Add(event.line, text + '}', reason);
}

absl::Status XesImport::TakeTrace(std::vector<XesEvent> events) {
  if (events.empty()) ++empty_traces_;
  events_ += events.size();
  const std::shared_ptr<const XesTrace> trace =
      events.empty() ? nullptr : events.front().trace;
  if (trace != nullptr && trace->problem.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string name, mapping_.NameOf(*trace));
    const size_t hash = std::hash<std::string>()(name);
    if (!name.empty() && !names_.insert(hash).second) ++repeated_names_;
  }
  std::vector<Held> good;
  for (XesEvent& event : events) {
    const bool with_trace = good.empty();
    const absl::StatusOr<StreamEvent> made = mapping_.Make(event, with_trace);
    if (made.ok()) {
      good.push_back({std::move(event), absl::InfinitePast(), with_trace});
      continue;
    }
    budget_.Give(event.memory());
    DAYBOOK_RETURN_IF_ERROR(Reject(event, MessageOf(made.status())));
  }
  if (options_.in_time_order) {
    PlaceInTime(&good);
    std::move(good.begin(), good.end(), std::back_inserter(held_));
    return absl::OkStatus();
  }
  for (const Held& held : good) {
    DAYBOOK_RETURN_IF_ERROR(Append(held));
    budget_.Give(held.event.memory());
  }
  if (trace != nullptr) budget_.Give(trace->memory());
  return absl::OkStatus();
}

void XesImport::PlaceInTime(std::vector<Held>* trace) {
  absl::Time latest = absl::InfinitePast();
  for (const Held& held : *trace) {
    if (held.event.time.has_value()) {
      latest = *held.event.time;
      break;
    }
  }
  for (Held& held : *trace) {
    const absl::Time time = held.event.time.value_or(latest);
    if (time < latest) ++out_of_time_;
    latest = std::max(latest, time);
    held.order = latest;
  }
}

absl::Status XesImport::AppendHeader() {
  if (options_.log_stream.empty()) return absl::OkStatus();
  constexpr uint64_t kLine = 1;
  if (!header_.problem.empty()) {
    return rejects_.Add(kLine, "{}", Concat("the log has ", header_.problem));
  }
  StreamEvent event;
  event.stream = options_.log_stream;
  event.event.type = "xes.log";
  event.event.payload = header_.json;
  event.event.content_type = std::string(kJsonType);
  return appends_.Add(kLine, Concat("log\n", header_.json), header_.json,
                      std::move(event));
}

absl::Status XesImport::AppendHeld(
    const std::function<void(uint64_t, uint64_t)>& on_appended) {
  std::stable_sort(
      held_.begin(), held_.end(),
      [](const Held& a, const Held& b) { return a.order < b.order; });
  for (size_t i = 0; i < held_.size(); ++i) {
    if (Interrupted()) return InterruptedError();
    DAYBOOK_RETURN_IF_ERROR(Append(held_[i]));
    on_appended(i + 1, held_.size());
  }
  return absl::OkStatus();
}

absl::Status XesImport::Append(const Held& held) {
  const XesEvent& event = held.event;
  DAYBOOK_ASSIGN_OR_RETURN(StreamEvent made,
                           mapping_.Make(event, held.with_trace));
  // A trace is known by its name: its other attributes may change as it goes
  // on, and its events are the same.
  std::string trace;
  if (event.trace != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(trace, mapping_.NameOf(*event.trace));
    if (trace.empty()) trace = event.trace->attributes.object;
  }
  const std::string key_text =
      Concat("event\n", trace, "\n", event.attributes.object, "\n",
             event.attributes.types);
  std::string text = Concat("{\"event\":", event.attributes.object, "}");
  return appends_.Add(event.line, key_text, std::move(text), std::move(made));
}

}  // namespace daybook::tools
