// daybook audit check: whether a proof file or an evidence bundle holds,
// without any store.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/leaf_chain.h"
#include "daybook/audit/tlog_proof.h"
#include "daybook/audit/tree_head.h"
#include "daybook/store/event.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/evidence_check.h"
#include "tools/head_signers.h"
#include "tools/producer_arguments.h"
#include "tools/producer_proof.h"
#include "tools/table.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string file;
  std::string origin;
  std::vector<std::string> trust;
  std::vector<std::string> producers;
  std::string producer_origin;
};

// The leaves that a proof is of, oldest first; the last one is proven.
absl::StatusOr<std::vector<std::string_view>> LeavesOf(std::string_view extra) {
  if (audit::IsLeafChain(extra)) return audit::ParseLeafChain(extra);
  return std::vector<std::string_view>{extra};
}

void ShowLeaves(const std::vector<audit::Leaf>& leaves,
                CommandContext& context) {
  std::vector<Table::Column> columns = {
      {.title = "position", .align = Table::Align::kRight},
      {.title = "revision", .align = Table::Align::kRight},
      {.title = "recorded at"},
      {.title = "type"},
      {.title = "event"},
      {.title = "payload commitment"}};
  const bool any_signed = std::any_of(
      leaves.begin(), leaves.end(),
      [](const audit::Leaf& leaf) { return !leaf.producer_signature.empty(); });
  if (any_signed) columns.push_back({.title = "signed by"});
  Table table(*context.out, context.terminal, columns);
  for (const audit::Leaf& leaf : leaves) {
    std::vector<std::string> cells = {
        Grouped(leaf.position),
        Grouped(leaf.revision),
        TimeText(absl::FromUnixMicros(leaf.recorded_at_micros)),
        std::string(leaf.type),
        EventId(leaf.event_id).ToString(),
        leaf.payload_commitment.ToHex()};
    if (any_signed) cells.push_back(SignedBy(leaf.producer_signature));
    table.Add(cells);
  }
  table.Finish();
}

// Whose word it is that nothing was left out.
std::string CompletenessText(const CheckedEvidence& checked) {
  if (checked.complete_by.empty()) {
    return "complete only as the manifest says: who passed the file on may "
           "have "
           "left events out\n";
  }
  std::string text = "complete as signed by ";
  for (size_t i = 0; i < checked.complete_by.size(); ++i) {
    text += Concat(i == 0 ? "" : ", ", Escaped(checked.complete_by[i]));
  }
  return text + ": these are all the log had then of what was asked for\n";
}

// Of what the producers' keys show, or would.
std::string ProducersText(const ProducerProof& producers) {
  return producers.is_asked_for()
             ? "Each event was signed by one of the producers whose keys were "
               "given; whether the\nkey was still valid then, the log says "
               "(`producer list`).\n"
             : "";
}

// Who is asked: a log's name is its key's, so a key that is trusted for one log
// says nothing of another, unless that is named.
struct Trust {
  std::string origin;
  std::vector<audit::VerifierKey> keys;
};

// `head_origin`: what the head says that it is of.
absl::StatusOr<Trust> TrustFor(const std::string& head_origin,
                               const std::string& origin,
                               const std::vector<audit::VerifierKey>& trusted) {
  if (!origin.empty()) return Trust{origin, trusted};
  Trust trust{head_origin, {}};
  for (const audit::VerifierKey& key : trusted) {
    if (key.name() == head_origin) trust.keys.push_back(key);
  }
  if (trust.keys.empty()) {
    return UnverifiableError(Concat(
        "the head is of the log ", Quoted(head_origin),
        ", and no key of that name is trusted (--trust): if another one may "
        "sign for it, name the log with --origin"));
  }
  return trust;
}

// One of another log proves nothing of the one that was asked for.
absl::Status AsCheckStatus(const absl::Status& status) {
  return absl::IsFailedPrecondition(status)
             ? TamperedError(std::string(status.message()))
             : AsAuditStatus(status);
}

absl::Status CheckBundle(const std::string& file, const Trust& trust,
                         ProducerProof& producers, CommandContext& context) {
  const absl::StatusOr<CheckedEvidence> checked =
      CheckEvidence(file, trust.origin, trust.keys, producers);
  if (!checked.ok()) {
    const absl::Status& status = checked.status();
    return AsCheckStatus(
        WithMessage(status, Concat(file, ": ", std::string(status.message()))));
  }
  const uint64_t events = checked->manifest.events;
  context.out->Write(
      Concat("proven: ", Counted(events, "event"), " of ",
             Escaped(checked->manifest.Selection()),
             events == 1 ? Concat(", at position ", checked->first.value())
                         : Concat(", at positions ", checked->first.value(),
                                  " to ", checked->last.value()),
             " of the log ", Escaped(Quoted(checked->head.origin)),
             ", under its head of ", Counted(checked->head.size, "event"),
             ", signed by ", Escaped(checked->head_signers), "\n"));
  if (checked->is_gapless) {
    context.out->Write(Concat(
        "none is missing between the first and the last of them",
        checked->begins_stream ? ", and the first is the stream's first" : "",
        "\n"));
  }
  context.out->Write(CompletenessText(*checked));
  context.out->Write(
      Concat("\n", ProducersText(producers),
             "The log had these events, with these payloads and metadata, at "
             "these positions\nwhen the head was signed. That what they say is "
             "true, or that nothing came after\nthem, is not proven.\n"));
  return absl::OkStatus();
}

absl::Status Check(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<audit::VerifierKey> trusted,
                           ParseTrusted(arguments.trust, context));
  if (trusted.empty()) {
    return UnverifiableError(
        "whose word is it? name the log's public key with --trust");
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::vector<audit::VerifierKey> producer_keys,
      ParseKeys("--producer", arguments.producers, context));
  const auto producer_origin = [&](const Trust& trust) {
    return arguments.producer_origin.empty() ? trust.origin
                                             : arguments.producer_origin;
  };
  if (IsZipFile(arguments.file)) {
    // Of one that can't be read, the check says why.
    const std::string log =
        EvidenceLog(arguments.file).value_or(trusted.front().name());
    DAYBOOK_ASSIGN_OR_RETURN(const Trust trust,
                             TrustFor(log, arguments.origin, trusted));
    const std::string signed_for = producer_origin(trust);
    ProducerProof producers(producer_keys, signed_for);
    return CheckBundle(arguments.file, trust, producers, context);
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::string bytes,
      ReadFileArgument(arguments.file, audit::kTlogProofBytesMax, context));
  // Bytes that are no proof prove as little as one that is wrong.
  const auto tampered = [&](const absl::Status& status) {
    return absl::IsInvalidArgument(status)
               ? TamperedError(std::string(status.message()))
               : AsAuditStatus(status);
  };
  const absl::StatusOr<audit::TlogProof> proof = audit::ParseTlogProof(bytes);
  if (!proof.ok()) return tampered(proof.status());
  const absl::StatusOr<std::vector<std::string_view>> encoded =
      LeavesOf(proof->extra);
  if (!encoded.ok()) return tampered(encoded.status());
  std::vector<audit::Leaf> leaves;
  for (const std::string_view bytes_of_leaf : *encoded) {
    absl::StatusOr<audit::Leaf> leaf = audit::ParseLeaf(bytes_of_leaf);
    if (!leaf.ok()) return tampered(leaf.status());
    leaves.push_back(*leaf);
  }
  if (leaves.back().position != proof->index) {
    return TamperedError(Concat("the proof is of position ", proof->index,
                                ", its leaf of ", leaves.back().position));
  }
  const absl::StatusOr<audit::TreeHead> said =
      audit::PeekTreeHead(proof->signed_head);
  if (!said.ok()) return tampered(said.status());
  DAYBOOK_ASSIGN_OR_RETURN(const Trust trust,
                           TrustFor(said->origin, arguments.origin, trusted));
  const absl::StatusOr<audit::TreeHead> head = audit::VerifyTlogProof(
      *proof, audit::LeafHash(encoded->back()), trust.origin, trust.keys);
  if (!head.ok()) return tampered(AsCheckStatus(head.status()));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string signers,
                           TrustedSignersText(proof->signed_head, trust.keys));
  const std::string signed_for = producer_origin(trust);
  ProducerProof producers(producer_keys, signed_for);
  for (const audit::Leaf& leaf : leaves) {
    const absl::Status checked = producers.Check(leaf);
    if (!checked.ok()) {
      return tampered(
          WithMessage(checked, Concat("the event at position ", leaf.position,
                                      ": ", std::string(checked.message()))));
    }
  }

  context.out->Write(Concat(
      "proven: ", Counted(leaves.size(), "event"), " of stream ",
      Escaped(Quoted(leaves.back().stream)), " in the log ",
      Escaped(Quoted(head->origin)), ", under its head of ",
      Counted(head->size, "event"), ", signed by ", Escaped(signers), "\n\n"));
  ShowLeaves(leaves, context);
  context.out->Write(Concat(
      "\n", ProducersText(producers),
      "The log had these events at these positions when the head was "
      "signed. That what\nthey say is true, or that nothing came after them, "
      "is not proven.\n"));
  return absl::OkStatus();
}

}  // namespace

void RegisterAuditCheck(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "audit", "prove and verify what is in the store"),
      "check",
      "check a proof file of `audit prove` or `audit prove-stream`, or a "
      "bundle "
      "of `audit bundle`; needs no store",
      "daybook audit check 123.tlog-proof --trust "
      "shop.example/log+3c4fe1f5+AZ1s...\n"
      "daybook audit check evidence.zip --trust @audit.pub");
  command.add_option("file", arguments->file, "the proof, or the bundle")
      ->required()
      ->type_name("FILE");
  AddTrust(command, arguments->trust);
  command.add_option(
      "--origin", arguments->origin,
      "the log's name, for keys that sign under another one (default: "
      "that of the head, which must be the name of a trusted "
      "key that signed it)");
  AddRepeated(command, "--producer", arguments->producers,
              "a producer's key, or @FILE with it: each event must be signed "
              "by one of those given; may be repeated")
      ->type_name("KEY");
  command.add_option("--producer-origin", arguments->producer_origin,
                     "the log that producers signed for (default: the log's "
                     "name)");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Check(*arguments, running);
  });
}

}  // namespace daybook::tools
