// What `--with P` and `view P` name: a decider or projection of the program's
// registry, or a built-in projection.

#ifndef DAYBOOK_TOOLS_NAMED_PROJECTION_H_
#define DAYBOOK_TOOLS_NAMED_PROJECTION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/projections/any_decider.h"
#include "daybook/projections/any_projection.h"
#include "tools/command_context.h"

namespace daybook::tools {

struct ProjectionArguments {
  std::string name;
  // What `count` counts by; empty if it was not said.
  std::string by;
  // Times mean when things happened rather than when they were recorded.
  bool occurred = false;
};

// --with P and --by; and --by alone.
CLI::Option* AddWith(CLI::App& command, ProjectionArguments& arguments);
CLI::Option* AddBy(CLI::App& command, ProjectionArguments& arguments);

// One of the two.
struct NamedProjection {
  std::shared_ptr<const AnyDecider> decider;
  std::shared_ptr<const AnyProjection> projection;
};

// `store` must outlive it. Errors: kInvalidArgument if nothing has that name,
// with those that are known.
absl::StatusOr<NamedProjection> FindNamed(const ProjectionArguments& arguments,
                                          EventStore& store,
                                          const CommandContext& context);

// The same for what has rows. Errors: kInvalidArgument for a decider too.
absl::StatusOr<std::shared_ptr<const AnyProjection>> FindProjection(
    const ProjectionArguments& arguments, EventStore& store,
    const CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_NAMED_PROJECTION_H_
