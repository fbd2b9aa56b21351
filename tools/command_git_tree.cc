// daybook git-tree: folds an imported history to the files there are.

#include <string>
#include <string_view>

#include "daybook/store/event_store.h"
#include "store/status_macros.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/git_tree.h"
#include "tools/point.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string commit;
  std::string at;
  std::string prefix;
  bool nul = false;
};

absl::Status PrintTree(CommandContext& context, const Arguments& arguments) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const Bounds bounds,
      Bounds::Parse({.to = arguments.at}, Bounds::Of::kLog, context));
  const FoldGitTreeOptions options = {.prefix = arguments.prefix,
                                      .commit = arguments.commit,
                                      .range = bounds.log_options()};
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const GitTree tree, FoldGitTree(store, options));
    for (const auto& [path, file] : tree.files()) {
      context.out->Write(Concat(file.mode, " ", file.blob, " ",
                                arguments.nul ? path : QuoteGitPath(path)));
      context.out->Write(std::string_view(arguments.nul ? "\0" : "\n", 1));
      if (!context.out->ok()) break;
    }
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterGitTree(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "git-tree",
      "print the files that an imported git history left\n\n"
      "A line for each: mode, blob, path; sorted as `git ls-tree -r\n"
      "--full-tree` has them.",
      "daybook git-tree --rev 78a352f47ed6c1e9d750545e9b242289185b87e1\n"
      "daybook git-tree --at @1000");
  command
      .add_option("--rev", arguments->commit,
                  "the files as of this commit: its hash, or the first seven "
                  "digits of it or more (default: of all that was imported)")
      ->type_name("COMMIT");
  command
      .add_option("--at", arguments->at,
                  Concat("the files as they were stored then: ", kPointHelp))
      ->type_name("POINT");
  command
      .add_option("--prefix", arguments->prefix,
                  "the prefix that the history was imported with")
      ->type_name("TEXT");
  command.add_flag("-z,--null", arguments->nul,
                   "end each line with NUL and quote nothing");
  SetBody(command, context, [arguments](CommandContext& the_context) {
    return PrintTree(the_context, *arguments);
  });
}

}  // namespace daybook::tools
