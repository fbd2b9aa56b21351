// A view of the program's own registry, kept for the time of a command.

#ifndef DAYBOOK_TOOLS_KEPT_VIEW_H_
#define DAYBOOK_TOOLS_KEPT_VIEW_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "daybook/replay/views.h"
#include "tools/command_context.h"

namespace daybook::tools {

// Opens the store, keeps the view `name` in the mode it has there, or else in
// `mode`, brings it up to the head and runs `use`; `is_new` tells whether its
// rows were built for that. Builds with `workers` threads, showing progress.
// Errors: kInvalidArgument if the program has no such projection; of `use`.
absl::Status WithKeptView(CommandContext& context, const std::string& name,
                          std::optional<ViewMode> mode, int workers,
                          absl::FunctionRef<absl::Status(
                              EventStore& store, Views& views, bool is_new)>
                              use);

// Options of a build that shows its progress and ends when interrupted.
// `context` must outlive them.
RebuildOptions BuildOptions(CommandContext& context, int workers);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_KEPT_VIEW_H_
