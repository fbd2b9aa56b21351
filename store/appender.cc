#include "store/appender.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/errors.h"
#include "store/errors_internal.h"
#include "store/log_reader.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

absl::Status NotAppended(absl::Status status) {
  if (status.ok() || GetAppendOutcome(status).has_value()) return status;
  return Refused(std::move(status));
}

}  // namespace

absl::StatusOr<AppendResult> Appender::Commit(
    const std::shared_ptr<PendingAppend>& pending,
    absl::Duration queue_timeout) {
  if (pending->repeats.has_value()) return ResultOf(*pending);
  DAYBOOK_RETURN_IF_ERROR(
      NotAppended(committer_.Submit(pending, queue_timeout)));
  committer_.Await(pending.get());
  return ResultOf(*pending);
}

absl::StatusOr<AppendResult> Appender::Append(const AppendRequest& request,
                                              absl::Duration queue_timeout) {
  const absl::StatusOr<std::shared_ptr<PendingAppend>> pending =
      PrepareAppend(core_, request);
  if (!pending.ok()) return NotAppended(pending.status());
  return Commit(*pending, queue_timeout);
}

void Appender::AppendAsync(const AppendRequest& request,
                           EventStore::AppendDone done,
                           absl::Duration queue_timeout) {
  const absl::StatusOr<std::shared_ptr<PendingAppend>> pending =
      PrepareAppend(core_, request);
  if (!pending.ok()) {
    std::move(done)(NotAppended(pending.status()));
    return;
  }
  if ((*pending)->repeats.has_value()) {
    std::move(done)(ResultOf(**pending));
    return;
  }
  (*pending)->done = std::move(done);
  absl::Status status = committer_.Submit(*pending, queue_timeout);
  if (!status.ok()) {
    std::move((*pending)->done)(NotAppended(std::move(status)));
    return;
  }
  committer_.CommitSoon();
}

absl::StatusOr<AppendResult> Appender::Restore(const AppendRequest& request,
                                               absl::Time recorded_at,
                                               std::string_view fingerprint) {
  AppendRequest unconditional = request;
  unconditional.expectations.clear();
  unconditional.condition.reset();
  const RestoredAppend restored = {absl::ToUnixMicros(recorded_at),
                                   fingerprint};
  const absl::StatusOr<std::shared_ptr<PendingAppend>> pending =
      PrepareAppend(core_, unconditional, &restored);
  if (!pending.ok()) return NotAppended(pending.status());
  return Commit(*pending, absl::InfiniteDuration());
}

absl::StatusOr<AppendResult> Appender::AppendSystemEvent(
    std::string_view stream, std::string_view subject,
    std::function<absl::StatusOr<NewEvent>(const StreamState&)> make) {
  auto pending = std::make_shared<PendingAppend>(core_);
  std::vector<std::string_view> names = {stream};
  if (!subject.empty()) names.push_back(subject);
  absl::StatusOr<std::vector<TailStream*>> streams = core_->tail->Pin(names);
  if (!streams.ok()) return NotAppended(streams.status());
  pending->pinned = *std::move(streams);
  if (!subject.empty()) pending->subject = pending->pinned[1];
  pending->make_event = std::move(make);
  return Commit(pending, AppendOptions().queue_timeout);
}

absl::StatusOr<AppendResult> Appender::Find(std::string_view key) const {
  Position unused;
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Position> first,
                           core_->tail->FindKey(AppendKeyHash(key), &unused));
  if (!first.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("append key ", Quoted(key), " was never used"));
  }
  return LoadAppendResult(*core_->log, *first);
}

absl::StatusOr<EventStore::ExportedAppend> Appender::Export(
    Position first) const {
  const auto none = [&] {
    return absl::NotFoundError(
        absl::StrCat("no append starts at position ", first.value()));
  };
  if (first >= core_->tail->head()) return none();
  LogReader reader(*core_->log);
  if (!reader.Load(first)) return reader.status();
  const AppendHeader& append = reader.chunk().AppendOf(
      static_cast<uint32_t>(first.value() - reader.first().value()));
  if (append.first_position != first) return none();
  EventStore::ExportedAppend exported;
  if (append.key.empty()) return exported;
  exported.key.assign(append.key);
  exported.fingerprint.assign(append.fingerprint.begin(),
                              append.fingerprint.end());
  exported.result.assign(append.result);
  return exported;
}

}  // namespace daybook
