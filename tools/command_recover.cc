// daybook recover: drops the end of a log from its first damage on, so that the
// store opens again. The only command that drops events.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "daybook/store/recover.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/damage_error.h"
#include "tools/file_argument.h"
#include "tools/number_option.h"
#include "tools/progress.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string folder;
  bool yes = false;
  uint64_t drop = 0;
  std::string reason;
};

std::string LossText(const RecoveryPlan& plan) {
  const uint64_t keep = plan.keep.value();
  if (!plan.acknowledged.has_value()) {
    return "how many events are lost can't be told: nothing says how many were "
           "acknowledged\n";
  }
  const uint64_t acknowledged = plan.acknowledged->value();
  if (acknowledged <= keep) return "lost: no event that was acknowledged\n";
  return Concat("lost: ", Counted(acknowledged - keep, "event"),
                acknowledged - keep == 1 ? " that was" : " that were",
                " acknowledged, @", keep, " to @", acknowledged - 1, "\n");
}

std::string Describe(const RecoveryPlan& plan) {
  std::string text =
      Concat("damaged: ", Escaped(std::string(plan.problem.message())), "\n");
  if (plan.is_begun) return text;
  if (!plan.why_no_more.empty() && plan.problem.message() != plan.why_no_more) {
    text += Concat("first damage: ", Escaped(plan.why_no_more), "\n");
  }
  text += Concat("remains: ", Counted(plan.keep.value(), "event"), " below @",
                 plan.keep.value(), "\n");
  if (plan.first_damage.has_value() && *plan.first_damage > plan.keep) {
    text +=
        Concat("@", plan.keep.value(), " to @", plan.first_damage->value() - 1,
               " can be read, but were appended in one step with @",
               plan.first_damage->value(),
               ": an append remains as a whole or goes as a whole\n");
  }
  text += LossText(plan);
  if (plan.readable_count > 0) {
    text += Concat("still readable of what would go: ",
                   Counted(plan.readable_count, "event"), " up to @",
                   plan.readable_end.value() - 1, ", for `salvage`\n");
  }
  if (plan.drops_rows) {
    text +=
        "views and snapshots go too: they are made anew from the events; and "
        "how "
        "far durable subscriptions came is forgotten\n";
  }
  if (plan.may_open) {
    text +=
        "the store may still open: then only reads of the damage fail, and "
        "recovering it drops more than that\n";
  }
  if (plan.changes_id) text += "the store gets a new id\n";
  return text;
}

// The commands that go on from a plan. `salvage` with what follows it keeps all
// that can be read, in another store; `recover` keeps this store, and less.
std::string NextSteps(const std::string& folder, const RecoveryPlan& plan,
                      const CommandContext& context) {
  const std::string program = context.program;
  std::string text =
      "\na backup that is as long is better than any of this. Without one, to "
      "keep every\nevent that can be read, in a new store:\n";
  text += Concat(
      "  ", program, " salvage ", ShellQuoted(folder), " -o rest.ndjson.gz\n  ",
      program, " --store NEW init\n  ", program,
      " --store NEW import events rest.ndjson.gz --restore "
      "--gaps\n(heads and proofs of this store hold there only below "
      "the first gap: NEW is another log",
      context.audit_keys.empty() && context.head_copies.empty()
          ? ""
          : ", to be used without the key and the\nhead copy of this one, also "
            "in $DAYBOOK_AUDIT_KEY and $DAYBOOK_HEAD_COPY",
      ")\nto have this store open again, with only the ",
      Counted(plan.keep.value(), "event"), " before the damage:\n  ", program,
      " recover ", ShellQuoted(folder), " --yes");
  if (plan.readable_count > 0) text += Concat(" --drop ", plan.readable_count);
  text += " --reason WHY\n";
  if (plan.readable_count == 0) return text;
  return Concat(text,
                "and to append again what was salvaged of the others, at new "
                "positions:\n  gzip -dc rest.ndjson.gz | tail -n +",
                plan.keep.value() + 1, " | ", program, " --store ",
                ShellQuoted(folder),
                " import events - --name rest --rejects left.ndjson\n");
}

absl::Status ShowPlan(const std::string& folder, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const RecoveryPlan plan,
                           PlanRecovery(folder, context.DefaultStoreOptions()));
  if (plan.problem.ok()) {
    context.out->Write("nothing to recover: the store is whole\n");
    return absl::OkStatus();
  }
  context.out->Write(Describe(plan));
  if (plan.is_begun) {
    return DamageFoundError("--yes ends it and drops nothing further");
  }
  context.out->Write(NextSteps(folder, plan, context));
  return DamageFoundError("nothing was done");
}

void ShowSetAside(const Recovery& done, CommandContext& context) {
  for (const Recovery::SetAside& copy : done.set_aside) {
    context.out->Write(
        Concat(Escaped(copy.file), " had a head of the log as it was: it is ",
               Escaped(copy.renamed), " now; what it still proves says `",
               context.program, " audit verify --against ",
               ShellQuoted(copy.renamed), "`\n"));
  }
}

// A recovery that was refused as it would drop more than it may.
absl::Status NotAllowed(const std::string& folder, const absl::Status& status,
                        CommandContext& context) {
  // Shown again, as it is what has to be decided on.
  const absl::Status shown = ShowPlan(folder, context);
  return absl::IsDataLoss(shown)
             ? absl::FailedPreconditionError(
                   Concat(std::string(status.message()),
                          "; nothing was done. --drop says how many may go"))
             : status;
}

absl::Status Recover(const Arguments& arguments, CommandContext& context) {
  const std::string folder =
      arguments.folder.empty() ? context.store_path : arguments.folder;
  if (folder.empty()) return context.CheckStoreNamed();
  if (!arguments.yes) return ShowPlan(folder, context);
  DAYBOOK_RETURN_IF_ERROR(CheckKeyFiles(context.audit_keys));
  std::optional<Progress> progress;
  const absl::StatusOr<Recovery> recovered = daybook::Recover(
      folder, context.DefaultStoreOptions(),
      {.user = context.user,
       .command = context.command_line,
       .reason = arguments.reason},
      [&](const ReindexProgress& so_far) {
        if (!progress.has_value()) {
          progress.emplace(context, "recover", so_far.head.value());
        }
        progress->Update(so_far.done.value());
      },
      arguments.drop);
  progress.reset();
  if (absl::IsFailedPrecondition(recovered.status())) {
    return NotAllowed(folder, recovered.status(), context);
  }
  DAYBOOK_RETURN_IF_ERROR(recovered.status());
  const Recovery& done = *recovered;
  if (done.plan.problem.ok()) {
    context.out->Write("nothing to recover: the store is whole\n");
    ShowSetAside(done, context);
    return absl::OkStatus();
  }
  context.out->Write(Describe(done.plan));
  context.out->Write(
      Concat("done: the store opens again; its old files are in ",
             Escaped(done.damaged_folder), "\n"));
  if (!done.plan.is_begun) {
    context.out->Write(Concat("the audit tree over ",
                              Counted(done.tree.size, "event"),
                              " has the root ", done.tree.root.ToHex(), "\n"));
  }
  ShowSetAside(done, context);
  return absl::OkStatus();
}

}  // namespace

void RegisterRecover(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "recover",
      "make a damaged store one that opens, by dropping its events from the "
      "first damage on; says what that would cost until --yes, and keeps the "
      "old files. Exits with 5 if there is damage and nothing was done",
      "daybook recover /var/lib/shop\n"
      "daybook salvage /var/lib/shop -o rest.ndjson.gz\n"
      "daybook recover /var/lib/shop --yes --drop 12 --reason 'bad disk'");
  command.add_option("folder", arguments->folder,
                     "the store's folder (default: --store)");
  command.add_flag("--yes", arguments->yes, "do it");
  command
      .add_option(
          "--drop", arguments->drop,
          "how many events that can still be read it may drop; the plan "
          "says how many there are")
      ->check(WholeNumber())
      ->type_name("COUNT")
      ->capture_default_str();
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Recover(*arguments, running);
  });
}

}  // namespace daybook::tools
