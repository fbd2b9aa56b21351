#include "tools/cli.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace daybook::tools {

namespace {

// `text` with the program's name for "daybook" where that is a word.
std::string WithProgram(const CLI::App& command, const std::string& text) {
  const CLI::App* program = &command;
  while (program->get_parent() != nullptr) program = program->get_parent();
  if (program->get_name().empty()) return text;
  constexpr std::string_view kName = "daybook ";
  std::string named;
  size_t at = 0;
  while (true) {
    const size_t found = text.find(kName, at);
    if (found == std::string::npos) return named + text.substr(at);
    named += text.substr(at, found - at) + program->get_name() + " ";
    at = found + kName.size();
  }
}

}  // namespace

CLI::App& AddCommand(CLI::App& parent, const std::string& name,
                     const std::string& description, const std::string& text) {
  const std::string example = WithProgram(parent, text);
  CLI::App* command = parent.add_subcommand(name, description);
  std::string footer = "Example:";
  for (size_t at = 0; at < example.size();) {
    const size_t end = std::min(example.find('\n', at), example.size());
    footer += "\n  " + example.substr(at, end - at);
    at = end + 1;
  }
  command->footer(footer);
  return *command;
}

CLI::App& CommandGroup(CLI::App& app, const std::string& name,
                       const std::string& description) {
  const auto found = app.get_subcommands(
      [&](const CLI::App* known) { return known->get_name() == name; });
  if (!found.empty()) return *found.front();
  CLI::App* group = app.add_subcommand(name, description);
  group->require_subcommand(1);
  return *group;
}

CLI::Option* AddRepeated(CLI::App& command, const std::string& name,
                         std::vector<std::string>& values,
                         const std::string& description) {
  // Not bound to a vector: CLI11 takes the texts "{}" and "[]" for empty ones.
  return command
      .add_option(
          name,
          [&values](const CLI::results_t& given) {
            values = given;
            return true;
          },
          description)
      ->type_name("TEXT")
      ->type_size(1)
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* AddReason(CLI::App& command, std::string& reason) {
  return command.add_option("--reason", reason,
                            "why, for the record in $operations");
}

void SetBody(CLI::App& command, CommandContext& context, CommandBody body) {
  command.callback([&context, body = std::move(body)] { context.body = body; });
}

}  // namespace daybook::tools
