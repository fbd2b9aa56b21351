#include "tools/restore.h"

#include <utility>

#include "daybook/store/limits.h"
#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/exit_code.h"
#include "tools/text.h"

namespace daybook::tools {

absl::Status StoreRestore::Run(const std::function<void()>& on_line) {
  if (store_.Head() != Position(0)) {
    return absl::FailedPreconditionError(
        Concat("the store has ", store_.Head().value(),
               " events already: restore into a new one (`init`)"));
  }
  while (reader_.Next()) {
    DAYBOOK_RETURN_IF_ERROR(TakeLine());
    on_line();
  }
  DAYBOOK_RETURN_IF_ERROR(reader_.status());
  DAYBOOK_RETURN_IF_ERROR(EndAppend());
  DAYBOOK_RETURN_IF_ERROR(CheckWhole());
  return store_.Sync();
}

absl::Status StoreRestore::TakeLine() {
  const auto bad = [this](const absl::Status& status) {
    return InputError(Concat("line ", reader_.line_number(), ": ",
                             std::string(status.message())));
  };
  if (!reader_.line_status().ok()) return bad(reader_.line_status());
  absl::StatusOr<FullExportLine> parsed = ParseFullExportLine(reader_.line());
  if (!parsed.ok()) return bad(parsed.status());
  if (reader_.line_number() == 1) {
    if (const absl::Status status = TakeHeader(*parsed); !status.ok()) {
      return bad(status);
    }
  }
  if (parsed->salvage.has_value() &&
      parsed->salvage->position != events_ + request_.events.size()) {
    moved_ = true;
  }
  if (reader_.line_number() > 1 && parsed->salvage.has_value()) {
    // An append that lost events in its middle stays in parts.
    DAYBOOK_RETURN_IF_ERROR(EndAppend());
    append_.clear();
  }
  if (parsed->append.empty() || parsed->append != append_) {
    DAYBOOK_RETURN_IF_ERROR(EndAppend());
    append_ = parsed->append;
    request_.key = parsed->exported.key;
    request_.result = parsed->exported.result;
    fingerprint_ = parsed->exported.fingerprint;
    recorded_at_ = parsed->recorded_at;
  }
  if (!parsed->event.event.signature.has_value()) ++unsalted_;
  request_.events.push_back(std::move(parsed->event));
  if (request_.events.size() > kAppendCountMax) {
    return bad(absl::InvalidArgumentError("the append has too many events"));
  }
  return absl::OkStatus();
}

absl::Status StoreRestore::TakeHeader(const FullExportLine& line) {
  head_ = line.head;
  if (!head_.has_value() && line.salvage.has_value()) {
    if (gaps_ == Gaps::kRefuse) {
      return absl::InvalidArgumentError(
          "the file was salvaged from a damaged store and lacks events, or may "
          "lack some at its end: --gaps takes what there is, and what comes "
          "after a gap moves up");
    }
    head_ = line.salvage->event_count;
  }
  if (head_.has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the first line does not say how many there are: is the file whole, "
      "and of `export --full`?");
}

std::string StoreRestore::WhyAnotherRoot() const {
  if (moved_) return "events are missing, and what comes after them moved up";
  if (unsalted_ == 0) return "";
  return Concat(Counted(unsalted_, "event"),
                " came without the salts of the audit tree's leaves");
}

absl::Status StoreRestore::EndAppend() {
  if (request_.events.empty()) return absl::OkStatus();
  const AppendRequest request = std::exchange(request_, {});
  const absl::StatusOr<AppendResult> result =
      store_.Restore(request, recorded_at_, fingerprint_);
  if (!result.ok()) {
    const std::string message = Concat("the append of event ", events_, ": ",
                                       std::string(result.status().message()));
    // The file is to blame, not the command line.
    if (absl::IsInvalidArgument(result.status())) return InputError(message);
    return absl::Status(result.status().code(), message);
  }
  if (result->repeated) {
    return InputError(Concat("the append of event ", events_,
                             " has a key that is used before in the file"));
  }
  events_ += request.events.size();
  return absl::OkStatus();
}

absl::Status StoreRestore::CheckWhole() const {
  if (!head_.has_value()) {
    if (events_ == 0) return absl::OkStatus();  // of an empty store
    return absl::InternalError("events without a first line");
  }
  if (*head_ == events_) return absl::OkStatus();
  if (events_ > *head_) {
    return InputError(Concat("the file has ", events_,
                             " events, but its first line says ", *head_,
                             ": restore what one `export --full` wrote into a "
                             "new store"));
  }
  return InputError(Concat(
      "the file has ", events_, " of ", *head_,
      " events: it was cut off; get the rest and restore into a new store"));
}

}  // namespace daybook::tools
