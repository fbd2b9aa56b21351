// What holds of every command: help with an example, errors in one sentence,
// nothing in the output that drives a terminal, system streams hidden.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"
#include "tools/commands.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

using Words = std::vector<std::string>;

// The words of every command: {"init"}, {"import", "git"}, ...
std::vector<Words> AllCommands() {
  CommandContext context;
  CLI::App app;
  RegisterCommands(app, context);
  std::vector<Words> all;
  const std::function<void(CLI::App&, const Words&)> visit =
      [&](CLI::App& command, const Words& words) {
        const auto inner =
            command.get_subcommands([](CLI::App*) { return true; });
        if (inner.empty()) all.push_back(words);
        for (CLI::App* next : inner) {
          Words longer = words;
          longer.push_back(next->get_name());
          visit(*next, longer);
        }
      };
  visit(app, {});
  return all;
}

// Bytes that drive a terminal, or are no text; newlines aside.
bool DrivesATerminal(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) {
                       const auto byte = static_cast<unsigned char>(c);
                       return (byte < 0x20 && c != '\n' && c != '\r') ||
                              byte == 0x7F || byte == 0xFF;
                     }) ||
         text.find("\xc2\x9b") != std::string::npos;
}

class CommandRulesTest : public ::testing::Test {
 protected:
  CommandRulesTest() { daybook_({"init"}); }

  CommandRunner daybook_;
};

TEST_F(CommandRulesTest, EveryCommandIsThere) {
  EXPECT_THAT(AllCommands(), Contains(Words{"generate", "shop"}));
  EXPECT_THAT(AllCommands(), Contains(Words{"status"}));
}

TEST_F(CommandRulesTest, EveryCommandHasAnExampleOfItselfInItsHelp) {
  for (Words words : AllCommands()) {
    std::string called;
    for (const std::string& word : words) absl::StrAppend(&called, " ", word);
    words.emplace_back("--help");
    const CommandResult help = daybook_(words);
    EXPECT_EQ(help.exit_code, 0) << called;
    const size_t example = help.out.find("\nExample:\n");
    ASSERT_NE(example, std::string::npos) << called;
    EXPECT_THAT(help.out.substr(example), HasSubstr(called));
  }
}

// One line, that begins in lower case and ends without a full stop.
void ExpectOneSentence(const std::string& err) {
  ASSERT_THAT(err, ::testing::StartsWith("daybook: "));
  const std::string text = err.substr(9);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  EXPECT_TRUE(text.ends_with('\n')) << text;
  EXPECT_FALSE(text.ends_with(".\n")) << text;
  EXPECT_FALSE(std::isupper(static_cast<unsigned char>(text[0])) != 0 &&
               std::islower(static_cast<unsigned char>(text[1])) != 0)
      << text;
  EXPECT_FALSE(DrivesATerminal(text)) << text;
}

TEST_F(CommandRulesTest, ErrorsAreOneLowerCaseSentence) {
  daybook_({"append", "a", "--type", "t"});
  const std::vector<Words> wrong = {
      {},
      {"frobnicate"},
      {"import"},
      {"read"},
      {"read", "no-such"},
      {"read", "a", "--all"},
      {"read", "a", "--from", "tomorrow"},
      {"read", "a", "--from"},
      {"read", "a", "--limit", "x"},
      {"read", "a", "--limit", "-1"},
      {"streams", "--limit", "-1"},
      {"read", "--query", "{"},
      {"read", "a", "--format", "xml"},
      {"append", "a"},
      {"append", "$a", "--type", "t"},
      {"append", "a", "--type", ""},
      {"append", "a", "--type", "t", "--expected", "7"},
      {"append", "a", "--type", "t", "--data", "@/no/such"},
      {"append", "a", "--type", "t", "--id", "x"},
      {"event", "@9"},
      {"event", "9"},
      {"metadata", "no-such"},
      {"metadata", "a", "--json", "["},
      {"delete", "no-such", "--yes"},
      {"init"},
      {"--store", "none", "status"},
      {"--store", "", "status"},
      {"status", "more"},
      {"status", "--frobnicate"},
      {"import", "events", "/no/such"},
      {"import", "events", "/"},
      {"import", "json", "/no/such", "--stream", "s", "--type", "t"},
      {"import", "json", "-", "--stream", "{", "--type", "t"},
      {"import", "cloudevents", "/no/such"},
      {"import", "cloudevents", "-", "--stream", "{"},
      {"import", "git", "/no/such"},
      {"generate", "shop"},
      {"generate", "shop", "--events", "x"},
      {"backup"},
      {"backup", "list", "/no/such"},
      {"backup", "verify", "/no/such"},
      {"backup", "restore", "/no/such", "--to", "/no/such/store"},
      {"backup", "restore", "/no/such"},
      {"backup", "prune", "/no/such", "--keep", "1"},
      {"backup", "prune", "/no/such"},
      {"export", "-o", "/no/such/folder/file"},
      {"export", "--batch"},
      {"read", "a", "--where", "total >"},
      {"tail", "{"},
      {"tail", "--from", "tomorrow"},
      {"subscription"},
      {"subscription", "show", "none"},
      {"subscription", "reset", "none", "--to", "@0"},
      {"subscription", "delete", "none"},
      {"subscribe"},
      {"subscribe", "$s"},
      {"subscribe", "s", "--workers", "2"},
      {"subscribe", "s", "--timeout", "1"},
      {"subscribe", "s", "{"},
      {"subscribe", "s", "--from", "tomorrow"},
      {"subscribe", "$s", "--group"},
      {"group"},
      {"group", "show", "none"},
      {"group", "parked", "none"},
      {"group", "retry", "none", "--all"},
      {"group", "retry", "none"},
      {"group", "skip", "none", "--all"},
      {"group", "skip", "none", "--all", "--reason", "r"},
      {"group", "reset", "none", "--to", "@0"},
      {"group", "delete", "none"},
      {"schedule"},
      {"schedule", "cancel", "none"},
      {"schedule", "cancel", "none", "--yes"},
      {"read", "a", "--where", "load_extension('x')"},
      {"view", "none"},
      {"view", "count", "--by", "x"},
      {"view", "count", "--as-of", "#1"},
      {"view", "count", "--where", "1;"},
      {"fold", "a"},
      {"fold", "a", "--with", "none"},
      {"fold", "no-such", "--with", "latest"},
      {"diff", "a", "--with", "latest", "--from", "tomorrow"},
      {"diff", "a", "--with", "latest", "--other", "none"},
      {"step", "no-such", "--with", "latest"},
      {"bisect", "a", "--with", "latest"},
      {"bisect", "a", "--with", "latest", "--until", "x"},
      {"bisect", "a", "--with", "latest", "--until", "0"},
      {"bisect", "a", "--with", "latest", "--until", "0", "--scan"},
      {"trace", "no-such"},
      {"trace", "@9"},
      {"replay", "--speed", "fast"},
      {"replay", "--with", "none"},
      {"completion", "fish"}};
  for (const Words& words : wrong) {
    SCOPED_TRACE(::testing::PrintToString(words));
    const CommandResult result = daybook_(words);
    EXPECT_NE(result.exit_code, 0);
    ExpectOneSentence(result.err);
  }
}

TEST_F(CommandRulesTest, WhatWasTypedComesBackEscapedInAnError) {
  const std::string odd = "x\x1b[31m\n\xc2\x9b\x7f";
  for (const Words& words : std::vector<Words>{{odd},
                                               {"import", odd},
                                               {"status", odd},
                                               {"status", "--" + odd},
                                               {"read", odd},
                                               {"read", "a", "--from", odd},
                                               {"read", "a", "--format", odd},
                                               {"read", "--query", odd},
                                               {"event", odd},
                                               {"import", "events", odd},
                                               {"import", "cloudevents", odd},
                                               {"import", "git", odd},
                                               {"--store", odd, "status"}}) {
    SCOPED_TRACE(::testing::PrintToString(words));
    ExpectOneSentence(daybook_(words).err);
  }
}

TEST_F(CommandRulesTest, DataComesOutWithItsControlCharactersEscaped) {
  const std::string odd = "x\x1b[31m\n\xc2\x9b\x7f\t";
  ASSERT_OK(daybook_.store().Append(
      "s" + odd, ExpectedRevision::Any(),
      {{.type = "t" + odd,
        .payload = "p" + odd,
        .content_type = "text/plain",
        .tags = {"g" + odd},
        .metadata = {.correlation_id = "c" + odd,
                     .actor = "a" + odd,
                     .fields = {{"f" + odd, "v" + odd}}},
        .source = "/s"}},
      "k" + odd));
  for (const Words& words : std::vector<Words>{
           {"read", "--all"},
           {"read", "s" + odd},
           {"read", "--all", "--format", "json"},
           {"event", "@0"},
           {"event", "@0", "--format", "json"},
           {"tail"},
           {"tail", "--format", "json"},
           {"streams"},
           {"streams", "--format", "json"},
           {"metadata", "s" + odd},
           {"metadata", "s" + odd, "--format", "json"},
           {"delete", "s" + odd},
           {"export"},
           {"export", "--full"},
           {"export", "--format", "cloudevents"},
           {"append", "s" + odd, "--type", "t"},
           {"append", "s" + odd, "--type", "t", "--expected", "none"},
           {"delete", "s" + odd, "--yes", "--reason", odd},
           {"view", "count"},
           {"view", "count", "--by", "tag", "--format", "json"},
           {"view", "timeline"},
           {"view", "latest", "--format", "json"},
           {"fold", "s" + odd, "--with", "timeline"},
           {"fold", "--with", "latest"},
           {"diff", "s" + odd, "--with", "timeline"},
           {"diff", "s" + odd, "--with", "count", "--format", "json"},
           {"step", "s" + odd, "--with", "timeline"},
           {"bisect", "s" + odd, "--with", "timeline", "--until", "1"},
           {"bisect", "s" + odd, "--with", "count", "--until",
            "state LIKE '%t%'"},
           {"trace", "c" + odd},
           {"trace", "@0", "--format", "json"},
           {"replay", "--speed", "max"},
           {"replay", "--speed", "max", "--with", "timeline"},
           {"read", "--all", "--where", odd},
           {"read", "--all", "--system"}}) {
    const CommandResult result = daybook_(words);
    EXPECT_FALSE(DrivesATerminal(result.out)) << words[0] << result.out;
    EXPECT_FALSE(DrivesATerminal(result.err)) << words[0] << result.err;
  }
}

TEST_F(CommandRulesTest, SystemStreamsAreHiddenUnlessAskedFor) {
  daybook_({"append", "a", "--type", "t"});
  daybook_({"metadata", "a", "--max-count", "5", "--reason", "r"});
  for (const Words& words : std::vector<Words>{
           {"read", "--all"},
           {"read", "--all", "--format", "json"},
           {"read", "--all", "--format", "csv"},
           {"read", "--query", "{\"items\":[{}]}", "--format", "json"},
           {"streams"},
           {"streams", "--format", "json"},
           {"streams", "--format", "csv"},
           {"view", "count"},
           {"view", "count", "--by", "stream", "--format", "json"},
           {"view", "timeline"},
           {"fold", "--with", "count"},
           {"replay", "--speed", "max"},
           {"export"},
           {"export", "--format", "cloudevents"}}) {
    EXPECT_THAT(daybook_(words).out, Not(HasSubstr("$"))) << words[0];
    // Those that only ever show what users appended.
    if (words[0] != "read" && words[0] != "tail" && words[0] != "streams") {
      continue;
    }
    Words asked = words;
    asked.emplace_back("--system");
    EXPECT_THAT(daybook_(asked).out, HasSubstr("$")) << words[0];
  }
}

}  // namespace
}  // namespace daybook::tools
