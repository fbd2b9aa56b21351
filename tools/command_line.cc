#include "tools/command_line.h"

#include <cctype>
#include <sstream>
#include <string>
#include <vector>

#include "daybook/store/branched_from.h"
#include "daybook/store/version.h"
#include "tools/cli.h"
#include "tools/commands.h"
#include "tools/damage_error.h"
#include "tools/default_keys.h"
#include "tools/file_argument.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// "The following argument was not expected: x" as one lower-case sentence.
std::string Lowered(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const bool acronym = text.size() > 1 && std::isupper(text[1]) != 0;
  if (!text.empty() && !acronym) {
    text[0] = static_cast<char>(std::tolower(text[0]));
  }
  return text;
}

// The words that lead to the command that was asked for: "daybook import json".
std::string CommandWords(const CLI::App& app) {
  std::string words = app.get_name();
  for (const CLI::App* chosen : app.get_subcommands()) {
    words += " " + CommandWords(*chosen);
  }
  return words;
}

// The first word that should be a command and is none, if that is what is
// wrong: CLI11 would only say that a command is missing.
std::string UnknownCommand(const CLI::App& app,
                           const std::vector<std::string>& arguments) {
  const CLI::App* current = &app;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--store") ++i;  // and its value
    if (argument.starts_with('-')) continue;
    if (current->get_subcommands([](const CLI::App*) { return true; })
            .empty()) {
      return "";
    }
    const auto known = current->get_subcommands([&](const CLI::App* command) {
      return command->get_name() == argument;
    });
    if (known.empty()) return argument;
    current = known.front();
  }
  return "";
}

int FinishParsing(const CLI::App& app, const CLI::ParseError& error,
                  const std::vector<std::string>& arguments,
                  CommandContext& context) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    // --help or --version.
    std::ostringstream text;
    app.exit(error, text, text);
    context.out->Write(text.str());
    return static_cast<int>(ExitCode::kOk);
  }
  const std::string unknown = UnknownCommand(app, arguments);
  context.Say(Concat(unknown.empty()
                         ? Lowered(error.what())
                         : Concat("there is no command ", Quoted(unknown)),
                     "; see `", CommandWords(app), " --help`"));
  return static_cast<int>(ExitCode::kUsage);
}

int Finish(absl::Status status, CommandContext& context) {
  context.out->Flush();
  if (status.ok()) status = context.out->status();
  // The one who read has enough: `daybook read --all | head`.
  if (IsReaderGone(status)) return static_cast<int>(ExitCode::kOk);
  if (!status.ok()) {
    context.Say(
        std::string_view(status.message().data(), status.message().size()));
  }
  if (NeedsDamageAdvice(status) && !context.store_path.empty()) {
    context.Say(Concat("`", context.program, " recover ",
                       ShellQuoted(context.store_path),
                       "` says what is damaged and what can be done; it only "
                       "looks"));
  }
  context.err->Flush();
  return ExitCodeOf(status);
}

// What the environment says of keys and copies is meant for the log, not for a
// branch of it: heads of that under the log's name would make the log itself
// look rolled back.
void LeaveParentsKeys(DefaultKeys defaults, CommandContext& context) {
  if (context.store_path.empty()) return;
  const absl::StatusOr<std::vector<std::string>> parents =
      BranchedFrom(context.store_path);
  // What else is wrong with the store, the command says.
  if (!parents.ok() || parents->empty()) return;
  LeaveOut(defaults,
           Concat("the store is a branch of the log ", Quoted(parents->back()),
                  ": "),
           "to that one; to sign heads of the branch, name a key of another "
           "name with --audit-key",
           context);
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments,
                   CommandContext& context) {
  if (context.registry != nullptr && !context.registry->status().ok()) {
    return Finish(context.registry->status(), context);
  }
  CLI::App app(
      "daybook keeps events: an append-only store and what to do with it",
      context.program);
  app.set_version_flag("--version", [] { return VersionDetails(); });
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(ExitCodeHelp());
  app.add_option("--store", context.store_path,
                 "the store's folder (default: $DAYBOOK_STORE)")
      ->type_name("DIR");
  CLI::Option* const keys =
      AddRepeated(app, "--audit-key", context.audit_keys,
                  "signs heads of the audit tree; made by `key generate` "
                  "(default: $DAYBOOK_AUDIT_KEY, but not for a branch)")
          ->type_name("FILE");
  CLI::Option* const copies =
      AddRepeated(app, "--head-copy", context.head_copies,
                  "gets a copy of each head, best on another machine (default: "
                  "$DAYBOOK_HEAD_COPY, but not for a branch)")
          ->type_name("FILE");
  RegisterCommands(app, context);

  context.command_line = context.program;
  for (const std::string& argument : arguments) {
    context.command_line += " " + ShellQuoted(argument);
  }
  // CLI11 wants them last first.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return FinishParsing(app, error, arguments, context);
  }
  LeaveParentsKeys({keys->count() == 0, copies->count() == 0}, context);
  for (const std::string& copy : context.head_copies) {
    if (const absl::Status named = CheckNamesFile(copy); !named.ok()) {
      return Finish(named, context);
    }
  }
  return Finish(context.body(context), context);
}

}  // namespace daybook::tools
