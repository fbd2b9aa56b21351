#include "tools/cli.h"

#include <utility>

#include "absl/strings/cord.h"
#include "daybook/store/errors.h"
#include "store/status_macros.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr char kRejects[] = "daybook.tools/rejects";
constexpr char kSchemaBreaks[] = "daybook.tools/schema-breaks";

}  // namespace

absl::Status CommandContext::CheckStoreNamed() const {
  if (!store_path.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "no store named: give --store DIR or set DAYBOOK_STORE");
}

StoreOptions CommandContext::DefaultStoreOptions() const {
  StoreOptions options;
  options.create_if_missing = false;
  options.clock = clock;
  return options;
}

absl::Status CommandContext::WithStore(
    absl::FunctionRef<absl::Status(EventStore&)> use) {
  return WithStore(DefaultStoreOptions(), use);
}

absl::Status CommandContext::WithStore(
    const StoreOptions& options,
    absl::FunctionRef<absl::Status(EventStore&)> use) {
  DAYBOOK_RETURN_IF_ERROR(CheckStoreNamed());
  absl::StatusOr<std::shared_ptr<EventStore>> store =
      stores->Open(store_path, options);
  if (absl::IsNotFound(store.status())) {
    return absl::NotFoundError(Concat("no store in ", Quoted(store_path),
                                      ": create one with `daybook", " --store ",
                                      ShellQuoted(store_path), " init`"));
  }
  DAYBOOK_RETURN_IF_ERROR(store.status());
  const absl::Status used = use(**store);
  const absl::Status closed = stores->Close(*std::move(store));
  return used.ok() ? closed : used;
}

void CommandContext::Say(std::string_view text) {
  err->Write(Concat("daybook: ", text, "\n"));
}

absl::Status RecordOperation(CommandContext& context, EventStore& store,
                             std::string_view reason) {
  return store
      .RecordOperation({.user = context.user,
                        .command = context.command_line,
                        .reason = std::string(reason)})
      .status();
}

CLI::App& AddCommand(CLI::App& parent, const std::string& name,
                     const std::string& description,
                     const std::string& example) {
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

absl::Status RejectsError(std::string_view message) {
  absl::Status status = absl::FailedPreconditionError(ToAbsl(message));
  status.SetPayload(kRejects, absl::Cord());
  return status;
}

absl::Status SchemaBreaksError(std::string_view message) {
  absl::Status status = absl::FailedPreconditionError(ToAbsl(message));
  status.SetPayload(kSchemaBreaks, absl::Cord());
  return status;
}

absl::Status InputError(std::string_view message) {
  return absl::FailedPreconditionError(ToAbsl(message));
}

int ExitCodeOf(const absl::Status& status) {
  if (status.GetPayload(kRejects).has_value()) {
    return static_cast<int>(ExitCode::kRejects);
  }
  if (status.GetPayload(kSchemaBreaks).has_value()) {
    return static_cast<int>(ExitCode::kSchemaBreaks);
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return static_cast<int>(ExitCode::kOk);
    case absl::StatusCode::kInvalidArgument:
      return static_cast<int>(ExitCode::kUsage);
    case absl::StatusCode::kAborted:
      return static_cast<int>(ExitCode::kConflict);
    case absl::StatusCode::kNotFound:
      return static_cast<int>(ExitCode::kNotFound);
    case absl::StatusCode::kDataLoss:
      return static_cast<int>(ExitCode::kDataLoss);
    case absl::StatusCode::kUnknown:
      return static_cast<int>(ExitCode::kOutcomeUnknown);
    case absl::StatusCode::kCancelled:
      if (Interrupted()) {
        return static_cast<int>(ExitCode::kSignal) + ReceivedSignal();
      }
      return static_cast<int>(ExitCode::kError);
    default:
      return static_cast<int>(ExitCode::kError);
  }
}

std::string ExitCodeHelp() {
  return R"(Exit codes:
  0    done
  1    failed: the message says what to do
  2    the command line is wrong; nothing was done
  3    conflict: the stream is not where --expected said
  4    no such store, stream or event
  5    stored data is missing or damaged
  6    done, but some lines of the input were rejected (--rejects)
  7    the write failed and may or may not have happened: run it again with the
       same --key
  8    the schema would break stored events (schema check)
  130  interrupted (128 + the signal); the store is consistent)";
}

}  // namespace daybook::tools
