#include "tools/kept_view.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "daybook/replay/stored_views.h"
#include "store/status_macros.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

absl::StatusOr<std::shared_ptr<const AnyProjection>> FindOwn(
    const CommandContext& context, const std::string& name) {
  std::shared_ptr<const AnyProjection> found;
  if (context.registry != nullptr) {
    found = context.registry->FindProjection(name);
  }
  if (found != nullptr) return found;
  return absl::InvalidArgumentError(
      Concat(context.program, " has no projection ", Escaped(Quoted(name)),
             ": use the program that makes this view"));
}

// Waits until the view has every event, or the user does not want to.
absl::Status AwaitAll(EventStore& store, Views& views,
                      const std::string& name) {
  const Position head = store.Head();
  if (head == Position(0)) return absl::OkStatus();
  while (!Interrupted()) {
    absl::Status status =
        views.WaitFor(name, head.Previous(), absl::Milliseconds(200));
    if (!absl::IsDeadlineExceeded(status)) return status;
  }
  return InterruptedError();
}

}  // namespace

RebuildOptions BuildOptions(CommandContext& context, int workers) {
  RebuildOptions options;
  options.worker_count = workers;
  auto line = std::make_shared<std::unique_ptr<Progress>>();
  options.progress = [&context, line](const RebuildProgress& progress) {
    if (*line == nullptr) {
      *line =
          std::make_unique<Progress>(context, "build", progress.end.value());
    }
    (*line)->Update(progress.done.value());
    if (progress.done == progress.end) line->reset();
    return !Interrupted();
  };
  return options;
}

absl::Status WithKeptView(
    CommandContext& context, const std::string& name,
    std::optional<ViewMode> mode, int workers,
    absl::FunctionRef<absl::Status(EventStore&, Views&, bool)> use) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<const AnyProjection> own,
                           FindOwn(context, name));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ViewStatus> before,
                             ListViews(store, context.clock));
    const auto known = std::ranges::find(before, name, &ViewStatus::name);
    const bool is_built = known != before.end() &&
                          !known->kept_versions.empty() &&
                          known->version == own->version();
    if (!mode) {
      mode = known != before.end() ? known->mode : ViewMode::kAsync;
    }
    Views views(store, {.build = BuildOptions(context, workers),
                        .clock = context.clock});
    DAYBOOK_RETURN_IF_ERROR(views.Add(own, *mode));
    DAYBOOK_RETURN_IF_ERROR(AwaitAll(store, views, name));
    const bool is_new = !is_built || known->mode != *mode;
    return use(store, views, is_new);
  });
}

}  // namespace daybook::tools
