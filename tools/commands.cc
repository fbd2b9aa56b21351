#include "tools/commands.h"

// One line for each command, here and nowhere else: the list declares its
// function, Register<Name>, and calls it. Order is the order of --help.
// clang-format off
#define DAYBOOK_COMMANDS(COMMAND) \
  COMMAND(Init) \
  COMMAND(Append) \
  COMMAND(Read) \
  COMMAND(Event) \
  COMMAND(Streams) \
  COMMAND(Status) \
  COMMAND(View) \
  COMMAND(Fold) \
  COMMAND(Diff) \
  COMMAND(Step) \
  COMMAND(Bisect) \
  COMMAND(Trace) \
  COMMAND(Replay) \
  COMMAND(ProjectionList) \
  COMMAND(ProjectionStatus) \
  COMMAND(ProjectionRebuild) \
  COMMAND(ProjectionPark) \
  COMMAND(ProjectionResume) \
  COMMAND(ProjectionDrop) \
  COMMAND(Refold) \
  COMMAND(Branch) \
  COMMAND(Metadata) \
  COMMAND(Delete) \
  COMMAND(Reindex) \
  COMMAND(ImportEvents) \
  COMMAND(ImportJson) \
  COMMAND(ImportCloudevents) \
  COMMAND(ImportGit) \
  COMMAND(GitTree) \
  COMMAND(GenerateShop) \
  COMMAND(Export) \
  COMMAND(SchemaList) \
  COMMAND(SchemaShow) \
  COMMAND(SchemaCheck) \
  COMMAND(SchemaDiff) \
  COMMAND(SchemaTags) \
  COMMAND(SnapshotList) \
  COMMAND(SnapshotDrop) \
  COMMAND(Completion)
// clang-format on

namespace daybook::tools {

#define DAYBOOK_DECLARE(name) \
  void Register##name(CLI::App& app, CommandContext& context);
DAYBOOK_COMMANDS(DAYBOOK_DECLARE)
#undef DAYBOOK_DECLARE

void RegisterCommands(CLI::App& app, CommandContext& context) {
#define DAYBOOK_CALL(name) Register##name(app, context);
  DAYBOOK_COMMANDS(DAYBOOK_CALL)
#undef DAYBOOK_CALL
}

}  // namespace daybook::tools
