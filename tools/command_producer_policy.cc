// daybook producer policy: where events must be signed.

#include <map>
#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/producer_arguments.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string prefix;
  std::string policy;
  std::string reason;
};

const std::map<std::string, ProducerPolicy>& Policies() {
  static const std::map<std::string, ProducerPolicy> kPolicies = {
      {"require", ProducerPolicy::kRequire},
      {"accept", ProducerPolicy::kAccept},
      {"ignore", ProducerPolicy::kIgnore}};
  return kPolicies;
}

absl::Status Set(const Arguments& arguments, CommandContext& context) {
  const ProducerPolicy policy = Policies().at(arguments.policy);
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const AppendResult set,
                             store.SetProducerPolicy(arguments.prefix, policy));
    DAYBOOK_RETURN_IF_ERROR(RecordOperation(context, store, arguments.reason));
    context.out->Write(Concat("streams ", Escaped(Quoted(arguments.prefix)),
                              "...: ", arguments.policy, " from position ",
                              set.last_position.value() + 1, " on\n"));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterProducerPolicy(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "producer", "who signs events, and where they must"),
      "policy",
      "say whether events of some streams must be signed; the longest prefix "
      "decides, and \"accept\" is where none does",
      "daybook producer policy till- require --reason 'audit 2026'\n"
      "daybook producer policy '' accept");
  command
      .add_option("prefix", arguments->prefix,
                  "of the streams' names; '' for all")
      ->required();
  command
      .add_option("policy", arguments->policy,
                  "require: signed, and right; accept: right if signed; "
                  "ignore: nobody looks")
      ->required()
      ->check(CLI::IsMember({"require", "accept", "ignore"}));
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Set(*arguments, running);
  });
}

}  // namespace daybook::tools
