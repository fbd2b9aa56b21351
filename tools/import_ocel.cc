#include "tools/import_ocel.h"

#include <algorithm>
#include <utility>

#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/interrupt.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kObjectField = "object.";
constexpr std::string_view kJsonType = "application/json";

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

// Those of the payload.
std::vector<std::string> PayloadFields(const EventTemplate& events) {
  std::vector<std::string> names;
  for (std::string& name : events.fields()) {
    if (!name.starts_with(kObjectField)) names.push_back(std::move(name));
  }
  return names;
}

void AddTag(std::string tag, std::vector<std::string>* tags) {
  if (std::find(tags->begin(), tags->end(), tag) == tags->end()) {
    tags->push_back(std::move(tag));
  }
}

std::string TypesText(const std::set<std::string>& types) {
  constexpr size_t kShown = 20;
  std::string text;
  size_t count = 0;
  for (const std::string& type : types) {
    if (count > 0) text += ", ";
    if (count++ == kShown) return text + "...";
    text += Quoted(type);
  }
  return text.empty() ? "there are no objects" : text;
}

}  // namespace

OcelImport::OcelImport(EventStore& store, EventTemplate& events,
                       Rejects& rejects, std::string_view name,
                       MemoryBudget& budget, OcelImportOptions options,
                       const ProducerSigner* producer)
    : events_(events),
      rejects_(rejects),
      budget_(budget),
      options_(std::move(options)),
      fields_(PayloadFields(events)),
      log_(options_.utc, budget),
      appends_(store, rejects, name, producer) {}

ImportReport OcelImport::report() const {
  ImportReport report;
  report.lines = log_.events().size() + objects_with_attributes_;
  report.appended = appends_.appended();
  report.already_there = appends_.already_there();
  report.rejected = rejects_.count();
  report.unit = "event";
  return report;
}

std::vector<std::string> OcelImport::Notes() const {
  std::vector<std::string> notes;
  if (!read_) return notes;
  if (objects_with_attributes_ > 0) {
    notes.push_back(
        Concat(Counted(objects_with_attributes_, "object has", "objects have"),
               " attributes: an event each in the stream ",
               Quoted(options_.object_stream)));
  }
  if (objects_left_out_ > 0) {
    notes.push_back(
        Concat(Counted(objects_left_out_, "object"),
               " without attributes that no event names: left out"));
  }
  if (options_.log_stream.empty() && log_.header() != "{}") {
    notes.push_back(
        "left out is what the log says of itself (its globals); --log-stream "
        "NAME keeps it as an event");
  }
  return notes;
}

absl::Status OcelImport::Run(
    LineReader& lines, const std::function<void()>& on_read,
    const std::function<void(uint64_t, uint64_t)>& on_appended) {
  DAYBOOK_RETURN_IF_ERROR(ReadOcel(lines, on_read, budget_, &log_));
  for (const OcelObject& object : log_.objects()) {
    if (object.type.has_value()) types_.insert(*object.type);
  }
  DAYBOOK_RETURN_IF_ERROR(CheckOptions());
  read_ = true;
  DAYBOOK_RETURN_IF_ERROR(CheckObjects());
  DAYBOOK_RETURN_IF_ERROR(CheckEvents());
  absl::Status status = AppendHeader();
  for (size_t i = 0; status.ok() && i < order_.size(); ++i) {
    status = Interrupted() ? InterruptedError() : AppendEvent(*order_[i]);
    on_appended(i + 1, order_.size());
  }
  for (uint32_t i = 0; status.ok() && i < log_.objects().size(); ++i) {
    status = AppendObject(i);
  }
  const absl::Status finished = appends_.Finish();
  return status.ok() ? finished : status;
}

absl::Status OcelImport::CheckOptions() const {
  if (!options_.names_stream && options_.stream_type.empty()) {
    return absl::InvalidArgumentError(
        Concat("say with --stream-object TYPE whose objects are the streams; "
               "the types here: ",
               TypesText(types_)));
  }
  const auto check = [this](std::string_view option,
                            const std::string& type) -> absl::Status {
    if (types_.contains(type)) return absl::OkStatus();
    return absl::InvalidArgumentError(
        Concat(option, ": no object has the type ", Quoted(type),
               "; the types here: ", TypesText(types_)));
  };
  if (!options_.names_stream) {
    DAYBOOK_RETURN_IF_ERROR(check("--stream-object", options_.stream_type));
  }
  for (const auto& [type, name] : options_.tag_names) {
    DAYBOOK_RETURN_IF_ERROR(check("--object-tag", type));
  }
  return absl::OkStatus();
}

absl::Status OcelImport::CheckObjects() {
  std::vector<bool> named(log_.objects().size());
  for (const OcelEvent& event : log_.events()) {
    for (const uint32_t place : event.objects) named[place] = true;
  }
  object_done_.resize(log_.objects().size());
  for (size_t i = 0; i < log_.objects().size(); ++i) {
    const OcelObject& object = log_.objects()[i];
    if (!object.problem.empty()) {
      object_done_[i] = true;
      DAYBOOK_RETURN_IF_ERROR(rejects_.Add(
          object.line, object.said,
          Concat("object ", Quoted(object.id), ": ", object.problem)));
    } else if (object.has_attributes) {
      ++objects_with_attributes_;
    } else if (!named[i]) {
      ++objects_left_out_;
    }
  }
  return absl::OkStatus();
}

absl::Status OcelImport::CheckEvents() {
  for (const OcelEvent& event : log_.events()) {
    const absl::StatusOr<StreamEvent> made = Make(event);
    if (made.ok()) {
      order_.push_back(&event);
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(rejects_.Add(
        event.line, event.payload,
        Concat("event ", Quoted(event.id), ": ", MessageOf(made.status()))));
  }
  if (options_.in_time_order) {
    std::stable_sort(order_.begin(), order_.end(),
                     [](const OcelEvent* a, const OcelEvent* b) {
                       return *a->time < *b->time;
                     });
  }
  return absl::OkStatus();
}

std::string OcelImport::TagOf(const OcelObject& object) const {
  const auto name = options_.tag_names.find(*object.type);
  return Concat(name == options_.tag_names.end() ? *object.type : name->second,
                ":", object.id);
}

absl::StatusOr<std::string_view> OcelImport::ObjectOf(
    const OcelEvent& event, std::string_view type) const {
  const OcelObject* found = nullptr;
  for (const uint32_t place : event.objects) {
    const OcelObject& object = log_.objects()[place];
    if (*object.type != type || &object == found) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(
          Concat("it names several objects of the type ", Quoted(type)));
    }
    found = &object;
  }
  if (found == nullptr) {
    return absl::NotFoundError(
        Concat("it names no object of the type ", Quoted(type)));
  }
  return std::string_view(found->id);
}

absl::StatusOr<std::string> OcelImport::StreamOf(const OcelEvent& event) const {
  const auto object = ObjectOf(event, options_.stream_type);
  if (object.ok()) return std::string(*object);
  if (!options_.other_stream.empty()) return options_.other_stream;
  return absl::InvalidArgumentError(Concat(
      MessageOf(object.status()), "; --other-stream NAME is for such events"));
}

absl::StatusOr<StreamEvent> OcelImport::Make(const OcelEvent& event) {
  if (!event.problem.empty()) return absl::InvalidArgumentError(event.problem);
  std::vector<std::string> tags;
  for (const uint32_t place : event.objects) {
    const OcelObject& object = log_.objects()[place];
    if (!object.type.has_value()) {
      return absl::InvalidArgumentError(
          Concat("it names the object ", Quoted(object.id),
                 ", which is not among the objects of the log"));
    }
    AddTag(TagOf(object), &tags);
  }
  DAYBOOK_RETURN_IF_ERROR(fields_.Read(event.payload));
  DAYBOOK_ASSIGN_OR_RETURN(
      StreamEvent made,
      events_.Make(
          [&](std::string_view field) -> absl::StatusOr<std::string_view> {
            if (!field.starts_with(kObjectField)) return fields_.Find(field);
            return ObjectOf(event, field.substr(kObjectField.size()));
          }));
  if (!options_.names_stream) {
    DAYBOOK_ASSIGN_OR_RETURN(made.stream, StreamOf(event));
  }
  for (std::string& tag : made.event.tags) AddTag(std::move(tag), &tags);
  made.event.tags = std::move(tags);
  made.event.type = event.activity;
  made.event.payload = event.payload;
  made.event.content_type = std::string(kJsonType);
  made.event.occurred_at = event.time;
  made.event.metadata.fields["ocel.id"] = event.id;
  const auto id = EventId::Parse(event.id);
  if (id.ok()) made.event.id = *id;
  return made;
}

absl::Status OcelImport::AppendHeader() {
  if (options_.log_stream.empty()) return absl::OkStatus();
  StreamEvent event;
  event.stream = options_.log_stream;
  event.event.type = "ocel.log";
  event.event.payload = log_.header();
  event.event.content_type = std::string(kJsonType);
  constexpr uint64_t kLine = 1;
  return appends_.Add(kLine, Concat("log\n", log_.header()), log_.header(),
                      std::move(event));
}

absl::Status OcelImport::AppendEvent(const OcelEvent& event) {
  for (const uint32_t place : event.objects) {
    DAYBOOK_RETURN_IF_ERROR(AppendObject(place));
  }
  DAYBOOK_ASSIGN_OR_RETURN(StreamEvent made, Make(event));
  return appends_.Add(event.line,
                      Concat("event\n", event.id, "\n", event.payload),
                      event.payload, std::move(made));
}

absl::Status OcelImport::AppendObject(uint32_t place) {
  const OcelObject& object = log_.objects()[place];
  if (object_done_[place] || !object.has_attributes) return absl::OkStatus();
  object_done_[place] = true;
  // What it says is an object that is not empty.
  std::string payload = "{\"ocel:id\":";
  AppendJsonString(object.id, &payload);
  payload += Concat(",", std::string_view(object.said).substr(1));
  StreamEvent event;
  event.stream = options_.object_stream;
  event.event.type = "ocel.object";
  event.event.tags = {TagOf(object)};
  event.event.payload = payload;
  event.event.content_type = std::string(kJsonType);
  return appends_.Add(object.line, Concat("object\n", payload), payload,
                      std::move(event));
}

}  // namespace daybook::tools
