// daybook delete: hides a stream, or ends it for ever.

#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/confirmed_change.h"
#include "tools/counted.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  bool tombstone = false;
  bool yes = false;
  std::string reason;
};

ConfirmedChange ChangeOf(const Arguments& arguments, const StreamInfo& stream) {
  return {"hides", "hid",
          Concat(Counted(stream.count, "event"), " of stream ",
                 Escaped(Quoted(stream.name)), " from reads of it",
                 arguments.tombstone
                     ? ", and nothing can ever be appended to it again"
                     : "; a later append makes the stream exist again",
                 ". The log keeps them.")};
}

absl::Status Delete(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const StreamInfo stream,
                             store.GetStream(arguments.stream));
    // Only the stream that was looked at.
    const ExpectedRevision expected =
        stream.last_revision.has_value()
            ? ExpectedRevision::Exactly(*stream.last_revision)
            : ExpectedRevision::Any();
    const auto change = [&]() -> absl::Status {
      DAYBOOK_RETURN_IF_ERROR(
          (arguments.tombstone
               ? store.TombstoneStream(arguments.stream, expected)
               : store.DeleteStream(arguments.stream, expected))
              .status());
      return RecordOperation(context, store, arguments.reason);
    };
    return ChangeIfConfirmed(ChangeOf(arguments, stream), arguments.yes, change,
                             context);
  });
}

}  // namespace

void RegisterDelete(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "delete", "delete a stream; shows what it would do until --yes",
      "daybook delete order-42\n"
      "daybook delete order-42 --yes --reason 'test order'\n"
      "daybook delete order-42 --tombstone --yes --reason 'closed for good'");
  command.add_option("stream", arguments->stream, "the stream")->required();
  command.add_flag("--tombstone", arguments->tombstone,
                   "for ever: nothing can be appended to it again");
  command.add_flag("--yes", arguments->yes, "do it");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Delete(*arguments, running);
  });
}

}  // namespace daybook::tools
