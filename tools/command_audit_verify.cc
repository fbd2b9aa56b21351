// daybook audit verify: whether a store is what its audit tree and the heads
// of it say.

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/tree_head.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/file_argument.h"
#include "tools/number_option.h"
#include "tools/text.h"
#include "tools/verify_findings.h"
#include "tools/verify_process.h"
#include "tools/vouched.h"

namespace daybook::tools {
namespace {

constexpr uint64_t kMemoryDefault = uint64_t{8} << 30;

struct Arguments {
  bool hashes_only = false;
  bool deep = false;
  std::vector<std::string> trust;
  std::vector<std::string> against;
  std::string state;
  uint64_t memory_bytes_max = kMemoryDefault;
  // Of the process that is started.
  bool worker = false;
  std::string worker_since;
  std::vector<std::string> worker_heads;
};

absl::Status Work(const Arguments& arguments, CommandContext& context) {
  VerifyRequest request;
  request.events = !arguments.hashes_only;
  request.indexes = arguments.deep;
  request.memory_bytes_max = arguments.memory_bytes_max;
  if (!arguments.worker_since.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const VerifyOptions::Head since,
                             ParseHeadArgument(arguments.worker_since));
    request.since = since.tree;
  }
  for (const std::string& head : arguments.worker_heads) {
    DAYBOOK_ASSIGN_OR_RETURN(request.heads.emplace_back(),
                             ParseHeadArgument(head));
  }
  return RunVerifyWorker(request, context);
}

class Verdict {
 public:
  Verdict(const Arguments& arguments, CommandContext& context)
      : arguments_(arguments), context_(context) {}

  absl::Status Run();

 private:
  absl::Status MakeRequest();
  absl::Status ReadState();
  // Whether that is as it must be.
  absl::Status Judge(const Vouched& vouched);
  absl::Status WriteState();

  const Arguments& arguments_;
  CommandContext& context_;
  std::vector<audit::VerifierKey> trusted_;
  VerifyRequest request_;
  VerifiedStore verified_;
  // Gets the new state.
  ResultOutput state_;
};

absl::Status Verdict::MakeRequest() {
  DAYBOOK_ASSIGN_OR_RETURN(trusted_, ParseTrusted(arguments_.trust, context_));
  request_.events = !arguments_.hashes_only;
  request_.indexes = arguments_.deep;
  request_.memory_bytes_max = arguments_.memory_bytes_max;
  for (const std::string& file : arguments_.against) {
    DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead kept,
                             ReadHeadArgument(file, trusted_, context_));
    request_.heads.push_back({file, {kept.head.size, kept.head.root}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<NamedHead> copies,
                           ReadHeadCopies(trusted_, context_));
  for (const NamedHead& copy : copies) {
    const audit::TreeHead& head = copy.kept.head;
    request_.heads.push_back({copy.file, {head.size, head.root}});
  }
  return arguments_.state.empty() ? absl::OkStatus() : ReadState();
}

absl::Status Verdict::ReadState() {
  if (arguments_.hashes_only) {
    return absl::InvalidArgumentError(
        "--state keeps how far the store was verified, which --hashes-only "
        "does not do: what events say is not looked at; leave one of them out");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(arguments_.state));
  DAYBOOK_ASSIGN_OR_RETURN(state_, ResultOutput::Open(arguments_.state));
  const absl::StatusOr<KeptTreeHead> state =
      ReadHeadArgument(arguments_.state, {}, context_);
  // The first time there is none.
  if (absl::IsNotFound(state.status())) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(state.status());
  request_.since = {state->head.size, state->head.root};
  return absl::OkStatus();
}

absl::Status Verdict::Run() {
  DAYBOOK_RETURN_IF_ERROR(context_.CheckStoreNamed());
  DAYBOOK_RETURN_IF_ERROR(MakeRequest());
  const absl::Time start = absl::Now();
  DAYBOOK_ASSIGN_OR_RETURN(verified_, VerifyInChild(request_, context_));
  ShowFindings(request_, verified_, trusted_, absl::Now() - start, context_);
  DAYBOOK_ASSIGN_OR_RETURN(const Vouched vouched,
                           FindVouched(request_, trusted_, verified_));
  if (!trusted_.empty()) ShowSignatures(vouched, context_);
  context_.out->Write(ProvenText(request_, verified_, vouched));
  return Judge(vouched);
}

absl::Status Verdict::Judge(const Vouched& vouched) {
  if (verified_.index.has_value() && verified_.index->difference.has_value()) {
    const bool is_view =
        verified_.index->difference->part == IndexDifference::Part::kViews;
    return TamperedError(Concat(
        "kind: index. The log and its audit tree are whole: nothing that was "
        "appended was changed. What is derived from it is not what it makes of "
        "it; `",
        context_.program, " --store ", ShellQuoted(context_.store_path),
        is_view ? " projection rebuild" : " reindex --yes", "` mends it"));
  }
  if (verified_.anchor_is_damaged) {
    return TamperedError(Concat(
        "kind: anchor. The events that are there and their audit tree are "
        "whole. Compare how many there are with a head that was kept elsewhere "
        "(--against); what opens the store writes the place anew (`",
        context_.program, " --store ", ShellQuoted(context_.store_path),
        " status`). After a power cut it may be no more than the write that "
        "was under way"));
  }
  if (!HasHead(request_, verified_)) {
    return UnverifiableError(
        "the store has no tree head, and none was given: nothing says what it "
        "should be. Whatever appends makes one within a minute or when it "
        "closes the store, and so does `audit head`");
  }
  const bool any_signed = vouched.signed_heads > 0 || !request_.heads.empty();
  if (!trusted_.empty() && !any_signed) {
    return UnverifiableError(
        "no head of this store is signed by a key that is trusted");
  }
  DAYBOOK_RETURN_IF_ERROR(WriteState());
  if (verified_.removals.empty()) return absl::OkStatus();
  const size_t count = verified_.removals.size();
  return RemovalsError(Concat("verified, with ",
                              Counted(count, "declared removal"),
                              ": what is there is whole, and something was "
                              "dropped, as listed"));
}

absl::Status Verdict::WriteState() {
  if (arguments_.state.empty()) return absl::OkStatus();
  const audit::TreeHead head = {
      .origin = Concat("daybook/", verified_.store_id),
      .size = verified_.tree.size,
      .root = verified_.tree.root};
  DAYBOOK_ASSIGN_OR_RETURN(const std::string text, audit::FormatTreeHead(head));
  return state_.Write(text, context_);
}

}  // namespace

void RegisterAuditVerify(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "verify",
      "make every leaf of the audit tree again from the events on disk, and "
      "the tree from the leaves, and compare it with every head; in a process "
      "of its own, reading only, trusting no index",
      "daybook audit verify --trust @audit.pub --against monday.head\n"
      "daybook audit verify --state /var/lib/auditor/shop.head\n"
      "daybook audit verify --deep");
  AddTrust(command, arguments->trust);
  AddRepeated(command, "--against", arguments->against,
              "a head that was kept elsewhere, which the log must continue; "
              "may be repeated")
      ->type_name("FILE");
  command
      .add_option("--state", arguments->state,
                  "verify only what came after the head in this file, and "
                  "write the new one to it; keep it where the store's owner "
                  "can't write; not with --hashes-only")
      ->type_name("FILE");
  command.add_flag("--deep", arguments->deep,
                   "compare all that is derived with the log, too: streams, "
                   "terms, append keys, rules, how far views are");
  command.add_flag("--hashes-only", arguments->hashes_only,
                   "take the leaves as they are stored: finds a changed tree, "
                   "not a changed payload; several times as fast");
  command
      .add_option("--memory-max", arguments->memory_bytes_max,
                  "address space of the process, 0 for no limit")
      ->transform(SizeInBytes())
      ->type_name("BYTES")
      ->capture_default_str();
  command.add_flag("--worker", arguments->worker)->group("");
  command.add_option("--worker-since", arguments->worker_since)->group("");
  AddRepeated(command, "--worker-head", arguments->worker_heads, "")->group("");
  SetBody(command, context, [arguments](CommandContext& running) {
    return arguments->worker
               ? Work(*arguments, running)
               : AsAuditStatus(Verdict(*arguments, running).Run());
  });
}

}  // namespace daybook::tools
