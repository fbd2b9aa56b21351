// daybook completion: a script that lets a shell complete the commands and
// options. It is made from the commands themselves, so it knows them all.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "tools/cli.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// A command and what may follow it.
struct Entry {
  std::string words;  // "import events"; empty for the program itself
  std::vector<std::string> commands;
  std::vector<std::string> options;
  std::vector<std::string> descriptions;  // of `commands`
};

void Collect(const CLI::App& app, const std::string& words,
             std::vector<Entry>* entries) {
  Entry entry;
  entry.words = words;
  const auto any = [](const CLI::App*) { return true; };
  for (const CLI::App* command : app.get_subcommands(any)) {
    entry.commands.push_back(command->get_name());
    // The first line says what it does.
    const std::string description = command->get_description();
    entry.descriptions.push_back(description.substr(0, description.find('\n')));
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      entry.options.push_back("--" + name);
    }
  }
  entries->push_back(std::move(entry));
  for (const CLI::App* command : app.get_subcommands(any)) {
    Collect(
        *command,
        words.empty() ? command->get_name() : words + " " + command->get_name(),
        entries);
  }
}

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    joined += joined.empty() ? word : " " + word;
  }
  return joined;
}

// `text` with `program` for PROGRAM, and for FUNCTION a name made of it.
std::string ForProgram(std::string_view text, const std::string& program) {
  std::string function = "_";
  for (const char c : program) function += absl::ascii_isalnum(c) ? c : '_';
  return absl::StrReplaceAll(ToAbsl(text), {{"PROGRAM", ShellQuoted(program)},
                                            {"FUNCTION", function}});
}

std::string BashScript(const std::vector<Entry>& entries,
                       const std::string& program) {
  std::string script = ForProgram(
      R"(# bash completion for PROGRAM; load it with
#   source <(PROGRAM completion bash)
FUNCTION() {
  local current="${COMP_WORDS[COMP_CWORD]}" words="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$words|$word" in
)",
      program);
  for (const Entry& entry : entries) {
    for (const std::string& command : entry.commands) {
      script += Concat("      '", entry.words, "|", command, "') words='",
                       entry.words.empty() ? "" : entry.words + " ", command,
                       "' ;;\n");
    }
  }
  script += R"(    esac
  done
  case "$words" in
)";
  for (const Entry& entry : entries) {
    script += Concat("    '", entry.words, "') words='", Joined(entry.commands),
                     entry.commands.empty() ? "" : " ", Joined(entry.options),
                     "' ;;\n");
  }
  script += ForProgram(R"(  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F FUNCTION PROGRAM
)",
                       program);
  return script;
}

// For a description in single quotes, where a colon ends the word it is of.
std::string ZshQuoted(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (c == ':') quoted += '\\';
      quoted += c;
    }
  }
  return quoted;
}

std::string ZshScript(const std::vector<Entry>& entries,
                      const std::string& program) {
  std::string script = ForProgram(
      R"(#compdef PROGRAM
# zsh completion for PROGRAM; load it with
#   source <(PROGRAM completion zsh)
FUNCTION() {
  local path="" i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    case "$path|${words[i]}" in
)",
      program);
  for (const Entry& entry : entries) {
    for (const std::string& command : entry.commands) {
      script += Concat("      '", entry.words, "|", command, "') path='",
                       entry.words.empty() ? "" : entry.words + " ", command,
                       "' ;;\n");
    }
  }
  script += "    esac\n  done\n  case \"$path\" in\n";
  for (const Entry& entry : entries) {
    script += Concat("    '", entry.words, "')\n      commands=(");
    for (size_t i = 0; i < entry.commands.size(); ++i) {
      script += Concat(i == 0 ? "" : " ", "'", entry.commands[i], ":",
                       ZshQuoted(entry.descriptions[i]), "'");
    }
    script += Concat(")\n      options=(", Joined(entry.options), ") ;;\n");
  }
  script += ForProgram(R"(  esac
  (( $#commands )) && _describe command commands
  [[ "$PREFIX" == -* ]] && compadd -- $options
  (( $#commands )) || _files
}
compdef FUNCTION PROGRAM
)",
                       program);
  return script;
}

}  // namespace

void RegisterCompletion(CLI::App& app, CommandContext& context) {
  auto shell = std::make_shared<std::string>();
  CLI::App& command =
      AddCommand(app, "completion", "print a completion script for a shell",
                 "source <(daybook completion bash)");
  command.add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  SetBody(command, context, [shell, &app](CommandContext& running) {
    std::vector<Entry> entries;
    Collect(app, "", &entries);
    running.out->Write(*shell == "bash" ? BashScript(entries, running.program)
                                        : ZshScript(entries, running.program));
    return absl::OkStatus();
  });
}

}  // namespace daybook::tools
