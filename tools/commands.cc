#include "tools/commands.h"

// One line for each command, here and nowhere else: the list declares its
// function, Register<Name>, and calls it. Order is the order of --help.
// clang-format off
#define DAYBOOK_COMMANDS(COMMAND) \
  COMMAND(Init) \
  COMMAND(Append) \
  COMMAND(Read) \
  COMMAND(Tail) \
  COMMAND(Subscribe) \
  COMMAND(Event) \
  COMMAND(Streams) \
  COMMAND(Status) \
  COMMAND(Health) \
  COMMAND(Serve) \
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
  COMMAND(BackupCreate) \
  COMMAND(BackupList) \
  COMMAND(BackupVerify) \
  COMMAND(BackupRestore) \
  COMMAND(BackupPrune) \
  COMMAND(ProducerAdd) \
  COMMAND(ProducerRevoke) \
  COMMAND(ProducerList) \
  COMMAND(ProducerPolicy) \
  COMMAND(Metadata) \
  COMMAND(Delete) \
  COMMAND(Reindex) \
  COMMAND(Salvage) \
  COMMAND(Recover) \
  COMMAND(ImportEvents) \
  COMMAND(ImportJson) \
  COMMAND(ImportCloudevents) \
  COMMAND(ImportXes) \
  COMMAND(ImportOcel) \
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
  COMMAND(SubscriptionList) \
  COMMAND(SubscriptionShow) \
  COMMAND(SubscriptionReset) \
  COMMAND(SubscriptionDelete) \
  COMMAND(GroupList) \
  COMMAND(GroupShow) \
  COMMAND(GroupParked) \
  COMMAND(GroupRetry) \
  COMMAND(GroupSkip) \
  COMMAND(GroupReset) \
  COMMAND(GroupDelete) \
  COMMAND(ScheduleList) \
  COMMAND(ScheduleCancel) \
  COMMAND(AuditHead) \
  COMMAND(AuditVerify) \
  COMMAND(AuditProve) \
  COMMAND(AuditProveStream) \
  COMMAND(AuditCheck) \
  COMMAND(AuditConsistency) \
  COMMAND(AuditExportTlog) \
  COMMAND(AuditReport) \
  COMMAND(AuditBundle) \
  COMMAND(KeyGenerate) \
  COMMAND(KeyShow) \
  COMMAND(KeyRotate) \
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
