#include "tools/event_work.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/cord.h"
#include "store/status_macros.h"
#include "tools/event_json.h"
#include "tools/exit_code.h"

namespace daybook::tools {
namespace {

// For a command that changes its folder.
std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.string();
}

// Marks the status of what is nobody's fault.
constexpr char kOwnFailure[] = "daybook.tools/own-failure";

absl::Status Own(absl::Status status) {
  if (!status.ok()) status.SetPayload(kOwnFailure, absl::Cord());
  return status;
}

}  // namespace

bool IsOwnFailure(const absl::Status& status) {
  return status.GetPayload(kOwnFailure).has_value();
}

absl::StatusOr<std::unique_ptr<EventWork>> EventWork::Make(
    EventWorkOptions options, EventStore& store, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(EventCondition where,
                           EventCondition::Compile(options.where));
  return absl::WrapUnique(
      new EventWork(std::move(options), std::move(where), store, context));
}

EventWork::EventWork(EventWorkOptions options, EventCondition where,
                     EventStore& store, CommandContext& context)
    : prints_(options.command.empty()),
      command_(std::move(options.command), AbsolutePath(context.store_path),
               std::move(options.name), options.timeout),
      context_(context),
      where_(std::move(where)),
      types_(store) {}

absl::StatusOr<bool> EventWork::Wants(const EventView& event) {
  if (event.system() && !shows_system_) return false;
  MutexLock lock(&mutex_);
  return where_.Holds(event, types_);
}

absl::Status EventWork::Do(const EventView& event, uint32_t attempt,
                           absl::FunctionRef<void()> alive) {
  std::string json;
  {
    MutexLock lock(&mutex_);
    AppendEventJson(event, types_, &json);
    if (prints_) {
      context_.out->Write(json + "\n");
      context_.out->Flush();
      return Own(context_.out->status());
    }
  }
  absl::Status done = command_.Run(event, attempt, json, alive);
  if (absl::IsNotFound(done))
    return Own(InputError(std::string(done.message())));
  return absl::IsResourceExhausted(done) ? Own(std::move(done)) : done;
}

}  // namespace daybook::tools
