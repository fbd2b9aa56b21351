#include "tools/import_events.h"

#include <algorithm>
#include <utility>

#include "daybook/store/limits.h"
#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

}  // namespace

bool IsInputsFault(const absl::Status& status, EventStore& store,
                   const std::vector<std::string>& streams) {
  if (absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status)) {
    return true;
  }
  // Either a stream takes no more events, or the store takes none at all.
  return absl::IsFailedPrecondition(status) && store.Status().health.ok() &&
         std::any_of(streams.begin(), streams.end(),
                     [&store](const std::string& stream) {
                       const auto info = store.GetStream(stream);
                       return info.ok() && info->tombstoned;
                     });
}

EventImport::EventImport(EventStore& store, LineReader& reader,
                         Rejects& rejects, std::string_view name,
                         const ProducerSigner* producer)
    : store_(store),
      reader_(reader),
      rejects_(rejects),
      keys_(name),
      schemas_(store),
      known_(store),
      window_(store, &known_),
      signs_(producer != nullptr) {
  window_.SignWith(producer);
}

ImportReport EventImport::report() const {
  return {.lines = reader_.line_number(),
          .appended = window_.events_appended() + schemas_.registered(),
          .already_there = window_.events_repeated() + schemas_.already_there(),
          .rejected = rejects_.count()};
}

absl::Status EventImport::Run(const std::function<void()>& on_line) {
  absl::Status status;
  while (status.ok() && reader_.Next()) {
    status = TakeLine();
    on_line();
  }
  // Of a group that the input broke off in, nobody knows whether it is whole.
  if (status.ok() && reader_.status().ok()) status = EndGroup();
  const absl::Status finished = window_.Finish();
  if (!status.ok()) return status;
  return finished.ok() ? reader_.status() : finished;
}

absl::Status EventImport::TakeLine() {
  if (!reader_.line_status().ok()) {
    return TakeUnreadable(MessageOf(reader_.line_status()));
  }
  if (IsBlank(reader_.line())) return absl::OkStatus();
  ImportLine parsed;
  absl::Status problem = ParseImportLine(reader_.line(), &parsed);
  if (!parsed.readable) {
    std::string reason = MessageOf(problem);
    if (!reader_.terminated()) reason += "; the input ends within this line";
    return TakeUnreadable(reason);
  }
  if (problem.ok() &&
      RegistersSchema(parsed.event.stream, parsed.event.event.type)) {
    return TakeSchemaLine(parsed.event);
  }
  if (problem.ok()) {
    problem = schemas_.CheckKnown(parsed.event.event.schema);
    if (!problem.ok() && !absl::IsInvalidArgument(problem)) return problem;
  }
  if (!parsed.append.empty()) {
    return TakeGroupLine(std::move(parsed), problem);
  }
  DAYBOOK_RETURN_IF_ERROR(EndGroup());
  after_unreadable_ = false;
  if (!problem.ok()) return rejects_.Add(reader_, MessageOf(problem));
  const std::string line(reader_.line());
  std::string key = keys_.KeyOf(line);
  std::vector<StreamEvent> events;
  events.push_back(std::move(parsed.event));
  return Submit(std::move(events), {{reader_.line_number(), line}},
                std::move(parsed.keyed), std::move(key));
}

absl::Status EventImport::TakeSchemaLine(const StreamEvent& event) {
  DAYBOOK_RETURN_IF_ERROR(EndGroup());
  after_unreadable_ = false;
  absl::Status status = schemas_.Register(event);
  if (!absl::IsInvalidArgument(status)) return status;
  return rejects_.Add(reader_, MessageOf(status));
}

absl::Status EventImport::TakeUnreadable(std::string_view reason) {
  after_unreadable_ = true;
  DAYBOOK_RETURN_IF_ERROR(rejects_.Add(reader_, reason));
  if (group_.empty()) return absl::OkStatus();
  return BreakGroup(Concat("line ", reader_.line_number(),
                           ", which can't be read, may be of the same append"));
}

absl::Status EventImport::TakeGroupLine(ImportLine parsed,
                                        const absl::Status& problem) {
  if (parsed.append != group_) {
    DAYBOOK_RETURN_IF_ERROR(EndGroup());
    group_ = parsed.append;
    group_keyed_ = std::move(parsed.keyed);
    if (after_unreadable_) {
      DAYBOOK_RETURN_IF_ERROR(BreakGroup(
          "the line before the append can't be read and may be of it"));
    }
  }
  after_unreadable_ = false;
  if (!problem.ok()) {
    DAYBOOK_RETURN_IF_ERROR(rejects_.Add(reader_, MessageOf(problem)));
    return BreakGroup(Concat("line ", reader_.line_number(),
                             " of the same append was rejected"));
  }
  if (!group_reject_reason_.empty()) {
    return rejects_.Add(reader_, group_reject_reason_);
  }
  AddToGroup(std::move(parsed.event));
  if (group_events_.size() > kAppendCountMax ||
      group_bytes_ > kAppendBytesMax) {
    return BreakGroup(Concat(
        "the append ", Quoted(group_), " is larger than an append can be, ",
        kAppendCountMax, " events and ", Bytes(kAppendBytesMax)));
  }
  return absl::OkStatus();
}

void EventImport::AddToGroup(StreamEvent event) {
  group_bytes_ += event.event.payload.size();
  group_events_.push_back(std::move(event));
  group_lines_.push_back({reader_.line_number(), std::string(reader_.line())});
}

absl::Status EventImport::BreakGroup(std::string_view reason) {
  for (const PendingLine& line : group_lines_) {
    DAYBOOK_RETURN_IF_ERROR(rejects_.Add(line.number, line.text, reason));
  }
  group_events_.clear();
  group_lines_.clear();
  group_bytes_ = 0;
  if (group_reject_reason_.empty()) group_reject_reason_ = reason;
  return absl::OkStatus();
}

absl::Status EventImport::EndGroup() {
  group_.clear();
  group_reject_reason_.clear();
  group_bytes_ = 0;
  if (group_lines_.empty()) return absl::OkStatus();
  for (const PendingLine& line : group_lines_) keys_.AddToGroup(line.text);
  return Submit(std::exchange(group_events_, {}),
                std::exchange(group_lines_, {}),
                std::exchange(group_keyed_, {}), keys_.KeyOfGroup());
}

absl::Status EventImport::Submit(std::vector<StreamEvent> events, Lines lines,
                                 KeyAndResult keyed, std::string key) {
  AppendRequest request;
  request.events = std::move(events);
  const bool brings_key = !keyed.key.empty();
  if (brings_key) {
    request.key = std::move(keyed.key);
    request.result = std::move(keyed.result);
  } else {
    request.key = std::move(key);
    for (StreamEvent& event : request.events) {
      if (!event.event.signature.has_value()) continue;
      event.event.signature.reset();
      if (!signs_) ++signatures_left_out_;
    }
  }
  std::vector<std::string> streams;
  for (const StreamEvent& event : request.events) {
    streams.push_back(event.stream);
  }
  return window_.Add(
      request, [this, brings_key, lines = std::move(lines),
                streams = std::move(streams)](const absl::Status& status) {
        return OnFailure(lines, streams, brings_key, status);
      });
}

absl::Status EventImport::OnFailure(const Lines& lines,
                                    const std::vector<std::string>& streams,
                                    bool brings_key,
                                    const absl::Status& status) {
  std::string reason = MessageOf(status);
  if (absl::IsAlreadyExists(status) && !brings_key) {
    reason += "; give the import a --name of its own";
  }
  if (!IsInputsFault(status, store_, streams)) {
    return absl::Status(status.code(),
                        Concat("line ", lines.front().number, ": ", reason));
  }
  for (const PendingLine& line : lines) {
    DAYBOOK_RETURN_IF_ERROR(rejects_.Add(line.number, line.text, reason));
  }
  return absl::OkStatus();
}

}  // namespace daybook::tools
