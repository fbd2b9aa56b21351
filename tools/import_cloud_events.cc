#include "tools/import_cloud_events.h"

#include <algorithm>
#include <utility>

#include "store/status_macros.h"
#include "tools/cloud_event.h"
#include "tools/cloud_event_mapping.h"
#include "tools/import_events.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

}  // namespace

CloudEventImport::CloudEventImport(EventStore& store, EventTemplate& events,
                                   bool names_stream, Rejects& rejects,
                                   const ProducerSigner* producer)
    : store_(store),
      events_(events),
      names_stream_(names_stream),
      rejects_(rejects),
      reads_fields_(!events.fields().empty()),
      fields_(events.fields()),
      schemas_(store),
      known_(store),
      window_(store, &known_) {
  window_.SignWith(producer);
}

ImportReport CloudEventImport::report() const {
  return {.lines = count_,
          .appended = window_.events_appended() + schemas_.registered(),
          .already_there = window_.events_repeated() + schemas_.already_there(),
          .rejected = rejects_.count(),
          .unit = "event"};
}

absl::Status CloudEventImport::Run(LineReader& lines, std::string_view name,
                                   std::string_view file,
                                   const std::function<void()>& on_event) {
  keys_ = &keys_by_name_.try_emplace(std::string(name), name).first->second;
  file_ = file.empty() ? "" : Concat(Quoted(file), ": ");
  CloudEventReader reader(lines);
  uint64_t times_started_over = 0;
  absl::Status status;
  while (status.ok() && reader.Next()) {
    // A file that was written anew may well begin with what is known of it.
    if (times_started_over != lines.times_started_over()) {
      times_started_over = lines.times_started_over();
      keys_->StartOver();
    }
    ++count_;
    // A batch may be one line.
    const std::string item = reader.item_number() == 0
                                 ? ""
                                 : Concat("item ", reader.item_number(), ": ");
    status = TakeEvent(reader, file_ + item);
    on_event();
  }
  absl::Status finished = window_.Finish();
  if (!status.ok()) return status;
  if (!finished.ok()) return finished;
  status = reader.status();
  if (status.ok() || absl::IsCancelled(status) || file_.empty()) return status;
  return absl::Status(status.code(), Concat(file_, MessageOf(status)));
}

absl::StatusOr<StreamEvent> CloudEventImport::Make(std::string_view text) {
  DAYBOOK_ASSIGN_OR_RETURN(CloudEvent parsed, ParseCloudEvent(text));
  const std::optional<std::string> subject = parsed.subject;
  DAYBOOK_ASSIGN_OR_RETURN(StreamEvent event,
                           FromCloudEvent(std::move(parsed)));
  if (RegistersSchema(event.stream, event.event.type)) return event;
  if (reads_fields_) DAYBOOK_RETURN_IF_ERROR(fields_.Read(text));
  DAYBOOK_ASSIGN_OR_RETURN(StreamEvent made,
                           events_.Make([this](std::string_view field) {
                             return fields_.Find(field);
                           }));
  if (names_stream_ && made.stream != event.stream) {
    if (subject.has_value()) KeepSubjectAsField(*subject, &event.event);
    event.stream = std::move(made.stream);
  }
  std::vector<std::string>& tags = event.event.tags;
  for (std::string& tag : made.event.tags) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) {
      tags.push_back(std::move(tag));
    }
  }
  return event;
}

absl::Status CloudEventImport::TakeEvent(const CloudEventReader& reader,
                                         const std::string& place) {
  const uint64_t line_number = reader.line_number();
  if (!reader.event_status().ok()) {
    return Reject(line_number, reader.text(), place,
                  MessageOf(reader.event_status()), /*cut=*/true);
  }
  const auto reject = [&](const absl::Status& status) {
    return Reject(line_number, reader.text(), place, MessageOf(status));
  };
  absl::StatusOr<StreamEvent> event = Make(reader.text());
  if (!event.ok()) return reject(event.status());
  if (RegistersSchema(event->stream, event->event.type)) {
    const absl::Status status = schemas_.Register(*event);
    return absl::IsInvalidArgument(status) ? reject(status) : status;
  }
  absl::Status known = schemas_.CheckKnown(event->event.schema);
  if (absl::IsInvalidArgument(known)) {
    KeepSchemaAsField(&event->event);
  } else if (!known.ok()) {
    return known;
  }
  AppendRequest request;
  request.key = keys_->KeyOf(reader.text());
  request.events.push_back(*std::move(event));
  return window_.Add(
      request,
      [this, line_number, text = std::string(reader.text()), place,
       stream = request.events.front().stream](const absl::Status& status) {
        return OnFailure(line_number, text, place, stream, status);
      });
}

absl::Status CloudEventImport::OnFailure(uint64_t line_number,
                                         const std::string& text,
                                         const std::string& place,
                                         const std::string& stream,
                                         const absl::Status& status) {
  // The same event by another mapping; and then it is every event.
  if (absl::IsAlreadyExists(status)) {
    return absl::AlreadyExistsError(
        Concat("line ", line_number, ": ", place, MessageOf(status),
               "; for other templates, give the import another --name"));
  }
  if (IsInputsFault(status, store_, {stream})) {
    return Reject(line_number, text, place, MessageOf(status));
  }
  return absl::Status(status.code(), Concat("line ", line_number, ": ", place,
                                            MessageOf(status)));
}

absl::Status CloudEventImport::Reject(uint64_t line_number,
                                      std::string_view text,
                                      std::string_view place,
                                      std::string_view reason, bool cut) {
  return rejects_.Add(line_number, text, Concat(place, reason), cut);
}

}  // namespace daybook::tools
