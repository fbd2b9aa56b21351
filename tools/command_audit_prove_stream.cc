// daybook audit prove-stream: a file that proves the history of a stream.

#include <memory>
#include <optional>
#include <string>

#include "daybook/audit/leaf_chain.h"
#include "daybook/audit/tlog_proof.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/signed_tree.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// What a proof file has room for beside the chain: base64 takes a third more.
constexpr size_t kChainBytesMax =
    audit::kTlogProofBytesMax / 4 * 3 - (64 << 10);

struct Arguments {
  std::string stream;
  std::string output;
};

struct Chain {
  std::string bytes;
  std::optional<Position> last;
};

absl::StatusOr<Chain> ChainOf(const std::string& stream, TreeReader& tree) {
  Chain chain;
  audit::BeginLeafChain(&chain.bytes);
  DAYBOOK_RETURN_IF_ERROR(tree.VisitStream(stream, [&](const StoredLeaf& leaf) {
    audit::AppendToLeafChain(leaf.bytes, &chain.bytes);
    chain.last = leaf.position;
    return chain.bytes.size() <= kChainBytesMax;
  }));
  if (!chain.last.has_value()) {
    return absl::NotFoundError(
        Concat("stream ", Quoted(stream), " has no events"));
  }
  if (chain.bytes.size() > kChainBytesMax) {
    return absl::FailedPreconditionError(
        Concat("the leaves of stream ", Quoted(stream),
               " are more than a proof file may hold (",
               Bytes(audit::kTlogProofBytesMax),
               "): prove single events with `audit prove`"));
  }
  return chain;
}

absl::Status ProveStream(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(ResultOutput output,
                           ResultOutput::Open(arguments.output));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    std::unique_ptr<TreeReader> tree;
    DAYBOOK_ASSIGN_OR_RETURN(tree, store.ReadTree());
    DAYBOOK_ASSIGN_OR_RETURN(Chain chain, ChainOf(arguments.stream, *tree));
    DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead head,
                             SignedHeadOver(*chain.last, store, context));
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::string proof,
        MakeProofFile(*chain.last, std::move(chain.bytes), head, *tree));
    return output.Write(proof, context);
  });
}

}  // namespace

void RegisterAuditProveStream(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "prove-stream",
      "write a proof of all events of a stream: that its last one is in the "
      "log, which names the one before, and so on. It does not show that no "
      "newer event was left off. The file has at most 4 MiB, which is some "
      "thousand events; `audit bundle` takes more",
      "daybook audit prove-stream order-42 --audit-key audit.key -o "
      "order-42.tlog-proof");
  command.add_option("stream", arguments->stream, "the stream")->required();
  AddOutput(command, arguments->output, "the proof");
  SetBody(command, context, [arguments](CommandContext& running) {
    return AsAuditStatus(ProveStream(*arguments, running));
  });
}

}  // namespace daybook::tools
