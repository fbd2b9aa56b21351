// daybook import git: a repository's history, a stream a file, an append a
// commit.

#include <memory>
#include <optional>
#include <string>

#include "daybook/store/event_store.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/git_import.h"
#include "tools/interrupt.h"
#include "tools/producer_arguments.h"
#include "tools/progress.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

void PrintSummary(CommandContext& context, const GitImportCounts& counts,
                  absl::Duration elapsed) {
  context.out->Write(
      Concat("appended ", Counted(counts.events, "event"), " of ",
             Counted(counts.appended_commits, "commit"), " in ",
             Elapsed(elapsed), "; ", Grouped(counts.known_commits),
             counts.known_commits == 1 ? " was" : " were", " there already, ",
             Grouped(counts.empty_commits), " changed no file\n"));
  if (counts.split_commits > 0) {
    context.Say(Concat(Counted(counts.split_commits, "commit"),
                       counts.split_commits == 1 ? " was" : " were",
                       " too large for one append and took several, each all "
                       "or nothing"));
  }
  if (counts.shallow) {
    context.Say(
        Concat("the repository is a shallow clone: its history begins "
               "with all files of commit ",
               counts.root));
  }
}

struct Arguments {
  GitImportOptions options;
  std::string producer_key;
};

absl::Status Import(CommandContext& context, const Arguments& arguments) {
  return context.WithServedStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<ProducerSigner> producer,
                             LoadProducerSigner(arguments.producer_key, store));
    GitImportOptions options = arguments.options;
    options.producer = producer.has_value() ? &*producer : nullptr;
    Progress progress(context, "import", std::nullopt);
    const absl::Time start = context.clock->Now();
    DAYBOOK_ASSIGN_OR_RETURN(
        const GitImportCounts counts,
        ImportGit(store, options, [&](const GitImportCounts& so_far) {
          progress.Update(so_far.commits);
          return !Interrupted();
        }));
    progress.Clear();
    PrintSummary(context, counts, context.clock->Now() - start);
    return counts.stopped ? InterruptedError() : absl::OkStatus();
  });
}

}  // namespace

void RegisterImportGit(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  GitImportOptions* const options = &arguments->options;
  CLI::App& command = AddCommand(
      CommandGroup(app, "import", "append events from elsewhere"), "git",
      "append the history of a git repository\n\n"
      "Along the first parents, each commit is one append of an event for "
      "each\n"
      "file it added, modified, deleted or gave another type; the file's path\n"
      "is the stream. Running it again appends what is new. Bytes of a path\n"
      "that are not UTF-8, a $ at its start, and a % before two hexadecimal\n"
      "digits are percent-encoded.",
      "daybook import git ~/src/leveldb --rev main\n"
      "daybook git-tree --rev 78a352f47ed6c1e9d750545e9b242289185b87e1");
  command
      .add_option("repository", options->history.repository,
                  "the repository's folder")
      ->required()
      ->type_name("REPO");
  command
      .add_option("--rev", options->history.revision,
                  "the last commit (default: HEAD)")
      ->type_name("REV");
  command
      .add_option("--prefix", options->prefix,
                  "what the names of streams begin with, for several "
                  "repositories in one store: \"leveldb/\"")
      ->type_name("TEXT");
  command.add_flag("--authors", options->authors,
                   "keep each commit's author (name and e-mail) as the "
                   "events' actor");
  AddProducerKey(command, arguments->producer_key);
  SetBody(command, context, [arguments](CommandContext& the_context) {
    return Import(the_context, *arguments);
  });
}

}  // namespace daybook::tools
