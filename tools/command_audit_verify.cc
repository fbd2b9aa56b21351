// daybook audit verify: whether a store is what its audit tree and the heads
// of it say.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "daybook/audit/signed_note.h"
#include "daybook/audit/tree_head.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/file_argument.h"
#include "tools/head_signers.h"
#include "tools/number_option.h"
#include "tools/terminal.h"
#include "tools/text.h"
#include "tools/time_text.h"
#include "tools/verify_process.h"

namespace daybook::tools {
namespace {

// What a head of --state is called.
constexpr char kBefore[] = "what was verified before";

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

// What the signatures of the store's heads say.
struct Signatures {
  // The largest head that a trusted key signed.
  std::optional<KeptTreeHead> best;
  uint64_t count = 0;
};

absl::StatusOr<Signatures> CheckSignatures(
    const VerifiedStore& verified,
    const std::vector<audit::VerifierKey>& trusted) {
  std::vector<KeptTreeHead> heads = verified.table;
  if (verified.head_file.has_value()) heads.push_back(*verified.head_file);
  Signatures found;
  for (const KeptTreeHead& kept : heads) {
    if (!kept.is_signed) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const audit::SignedNote note,
                             audit::ParseNote(kept.text));
    const absl::Status believed = audit::VerifyNote(note, trusted).status();
    if (absl::IsUnauthenticated(believed)) continue;
    if (!believed.ok()) {
      return TamperedError(Concat("the head of ",
                                  Counted(kept.head.size, "event"), ": ",
                                  std::string(believed.message())));
    }
    ++found.count;
    if (!found.best.has_value() || found.best->head.size <= kept.head.size) {
      found.best = kept;
    }
  }
  return found;
}

// How many events went.
std::string DroppedText(const DeclaredRemoval& removal) {
  if (!removal.acknowledged.has_value()) {
    return "nothing tells how many had been acknowledged";
  }
  const uint64_t kept = removal.kept.value();
  const uint64_t acknowledged = removal.acknowledged->value();
  return Concat(Grouped(acknowledged - std::min(acknowledged, kept)),
                " that were acknowledged, ", Grouped(removal.readable_count),
                " of those dropped could be read");
}

class Verdict {
 public:
  Verdict(const Arguments& arguments, CommandContext& context)
      : arguments_(arguments), context_(context) {}

  absl::Status Run();

 private:
  absl::Status MakeRequest();
  absl::Status ReadState();
  void Line(std::string_view name, std::string_view value) {
    context_.out->Write(Concat(Styled(context_.terminal, Style::kBold, name),
                               std::string(12 - name.size(), ' '),
                               Escaped(value), "\n"));
  }
  void ShowWhatWasRead(absl::Duration elapsed);
  // Where signed heads of the store name several logs.
  void ShowNames();
  void ShowRemovals();
  void ShowHead(const VerifyOptions::Head& head);
  // Whether anything says what the store should be.
  bool HasHead() const {
    return !verified_.table.empty() || verified_.head_file.has_value() ||
           !request_.heads.empty() || request_.since.size > 0;
  }
  // Null where the log continues the head.
  const ExplainedHead* ExplanationOf(const VerifyOptions::Head& head) const;
  void ShowIndex();
  void ShowAnchor();
  absl::Status ShowSignatures();
  void CountVouched();
  void ShowWhatIsProven();
  absl::Status WriteState();

  const Arguments& arguments_;
  CommandContext& context_;
  std::vector<audit::VerifierKey> trusted_;
  VerifyRequest request_;
  VerifiedStore verified_;
  // Everything below is vouched for from outside.
  uint64_t vouched_ = 0;
  bool vouched_by_key_ = false;
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

void Verdict::ShowWhatWasRead(absl::Duration elapsed) {
  const uint64_t size = verified_.tree.size;
  const uint64_t from = verified_.from.value();
  const uint64_t read = size - from;
  const auto rate =
      static_cast<uint64_t>(static_cast<double>(read) /
                            std::max(absl::ToDoubleSeconds(elapsed), 1e-3));
  Line("store", Concat(context_.store_path, " (", verified_.store_id, ")"));
  Line("verified",
       Concat(Counted(read, "event"), request_.events ? "" : ", hashes only",
              ", in ", Elapsed(elapsed), " (", Grouped(rate), "/s)"));
  if (from > 0) {
    Line("before", Concat(Counted(from, "event"),
                          ", verified earlier; the log goes on from there"));
  } else if (request_.since.size > 0) {
    ShowHead({kBefore, request_.since});
  }
  Line("tree", Concat(Counted(size, "leaf", "leaves"), ", root ",
                      verified_.tree.root.ToHex()));
  Line("heads", Concat(verified_.table.size(), " in the store's table, ",
                       verified_.head_file.has_value() ? "1" : "none",
                       " in its file HEAD",
                       HasHead() ? "; the log continues them" : ""));
  ShowNames();
  const ProducerCounts& producers = verified_.producers;
  if (producers.signed_events + producers.ignored_events > 0) {
    Line("producers",
         Concat(Counted(producers.signed_events, "event"),
                " signed, by keys that were valid; ",
                Grouped(producers.unsigned_events), " not signed; ",
                Grouped(producers.ignored_events), " not looked at"));
  }
  for (const VerifyOptions::Head& head : request_.heads) ShowHead(head);
}

void Verdict::ShowNames() {
  std::vector<std::pair<std::string, uint64_t>> names;
  const auto add = [&names](const KeptTreeHead& kept) {
    if (!kept.is_signed) return;
    for (auto& [name, count] : names) {
      if (name == kept.head.origin) {
        ++count;
        return;
      }
    }
    names.emplace_back(kept.head.origin, 1);
  };
  for (const KeptTreeHead& kept : verified_.table) add(kept);
  if (verified_.head_file.has_value()) {
    const bool is_in_table =
        !verified_.table.empty() &&
        verified_.table.back().text == verified_.head_file->text;
    if (!is_in_table) add(*verified_.head_file);
  }
  if (names.size() < 2) return;
  std::string text = "NOTE: signed heads name several logs: ";
  for (size_t i = 0; i < names.size(); ++i) {
    text += Concat(i == 0 ? "" : ", ", Quoted(names[i].first), " (",
                   Grouped(names[i].second), ")");
  }
  Line("", text);
}

const ExplainedHead* Verdict::ExplanationOf(
    const VerifyOptions::Head& head) const {
  for (const ExplainedHead& explained : verified_.explained) {
    if (explained.head.tree == head.tree) return &explained;
  }
  return nullptr;
}

void Verdict::ShowHead(const VerifyOptions::Head& head) {
  const ExplainedHead* explained = ExplanationOf(head);
  std::string text =
      Concat(head.name, ": ", Counted(head.tree.size, "event"), "; ");
  if (explained == nullptr) {
    text += "the log continues them";
  } else {
    const DeclaredRemoval& removal = verified_.removals[explained->removal];
    const std::string kept = Grouped(removal.kept.value());
    text +=
        Concat("those from @", removal.kept.value(), " on were dropped, as @",
               removal.position.value(), " declares; ");
    if (removal.kept == Position(0)) {
      text += "nothing of it was kept";
    } else if (explained->is_proven) {
      text += Concat("the first ", kept, " are there unchanged, by a proof");
    } else {
      text += Concat("NOT PROVEN that the first ", kept,
                     " are those of this head: its tree could not be read any "
                     "more");
    }
  }
  Line("against", text);
}

void Verdict::ShowRemovals() {
  for (const DeclaredRemoval& removal : verified_.removals) {
    std::string text =
        Concat("@", removal.position.value(), ", ",
               TimeText(removal.declared_at), ", by ", removal.user, ": ");
    if (!removal.is_dropped_tail) {
      text += "of a kind that this daybook does not know";
    } else if (!removal.fits) {
      text += Concat("says that the log was cut to ",
                     Counted(removal.kept.value(), "event"),
                     ", which is not what the log shows");
    } else {
      text += Concat("all events from @", removal.kept.value(), " on, ");
      text += DroppedText(removal);
    }
    Line("removed", Concat(text, "; ", removal.reason));
    for (const DroppedHead& head : removal.heads) {
      Line("", Concat("a head of ", Counted(head.kept.head.size, "event"),
                      ", signed by ", SignersText(head.kept), ", was ",
                      head.is_proven ? "of this log before it, by a proof"
                                     : "kept of the log before it; no proof"));
    }
  }
}

void Verdict::ShowIndex() {
  if (!verified_.index.has_value()) return;
  const VerifiedIndex& index = *verified_.index;
  if (!index.difference.has_value()) {
    Line("indexes",
         index.exists
             ? Concat("as the log makes them, up to @", index.watermark.value(),
                      "; views are not ahead of it")
             : std::string("none; derived when the store is opened"));
    return;
  }
  const IndexDifference& difference = *index.difference;
  Line("indexes", Concat("DAMAGED: ", std::string(ToString(difference.part))));
  if (difference.position.has_value()) {
    Line("", Concat("first at @", difference.position->value()));
  }
  Line("", Concat("expected: ", difference.expected));
  Line("", Concat("found: ", difference.found));
}

void Verdict::ShowAnchor() {
  if (!verified_.anchor_is_damaged) return;
  Line("anchor", "DAMAGED: one of its two places");
  Line("",
       "it says how long the log must be; the other place may be older by "
       "the last");
  Line("",
       "group of appends: that those are there, nothing in the store tells");
}

void Verdict::CountVouched() {
  const auto count = [&](const VerifyOptions::Head& head) {
    const ExplainedHead* explained = ExplanationOf(head);
    if (explained == nullptr) {
      vouched_ = std::max(vouched_, head.tree.size);
    } else if (explained->is_proven) {
      vouched_ = std::max(vouched_,
                          verified_.removals[explained->removal].kept.value());
    }
  };
  for (const VerifyOptions::Head& head : request_.heads) count(head);
  if (request_.since.size > 0) count({kBefore, request_.since});
}

absl::Status Verdict::ShowSignatures() {
  if (trusted_.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const Signatures found,
                           CheckSignatures(verified_, trusted_));
  vouched_by_key_ = found.best.has_value();
  if (found.best.has_value()) {
    vouched_ = std::max(vouched_, found.best->head.size);
  }
  Line("signatures", found.best.has_value()
                         ? Concat(Counted(found.count, "head"),
                                  " by trusted keys, the last one of ",
                                  Counted(found.best->head.size, "event"))
                         : std::string("none by a trusted key"));
  return absl::OkStatus();
}

void Verdict::ShowWhatIsProven() {
  const uint64_t size = verified_.tree.size;
  std::string text = "\nproven: ";
  if (vouched_ > 0) {
    text += Concat(
        "the first ",
        vouched_ == 1 ? "event is the one that "
                      : Concat(Grouped(vouched_), " events are those that "),
        vouched_by_key_ ? "the trusted key signed" : "the given head is of",
        ",\n  none changed, removed, moved or put between.");
  } else if (!HasHead()) {
    text += "no more than that the events agree with the tree beside them.";
  } else {
    text +=
        "events, tree and heads of the store agree with one another.\n"
        "  Whoever writes to it could have changed all of them: keep heads "
        "elsewhere\n  (--head-copy) and give --against, or sign them "
        "(--audit-key) and give --trust.";
  }
  if (vouched_ > 0 && vouched_ < size) {
    text += size - vouched_ == 1
                ? "\n  The one after that only agrees with the tree beside it."
                : Concat("\n  The ", Grouped(size - vouched_),
                         " after that only agree with the tree beside them.");
  }
  if (!request_.events) {
    text += "\nnot looked at: what the events say; leave out --hashes-only.";
  }
  text +=
      "\nnot proven: that what was written was true, or that the owner of host "
      "and key\n  did not write another log. ";
  text += request_.indexes
              ? "What views say of the events is not looked at (`refold`).\n"
              : "Indexes and views are not looked at (--deep, `refold`).\n";
  context_.out->Write(text);
}

absl::Status Verdict::Run() {
  DAYBOOK_RETURN_IF_ERROR(context_.CheckStoreNamed());
  DAYBOOK_RETURN_IF_ERROR(MakeRequest());
  const absl::Time start = absl::Now();
  DAYBOOK_ASSIGN_OR_RETURN(verified_, VerifyInChild(request_, context_));
  ShowWhatWasRead(absl::Now() - start);
  ShowRemovals();
  ShowIndex();
  ShowAnchor();
  CountVouched();
  DAYBOOK_RETURN_IF_ERROR(ShowSignatures());
  ShowWhatIsProven();
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
  if (!HasHead()) {
    return UnverifiableError(
        "the store has no tree head, and none was given: nothing says what it "
        "should be. Whatever appends makes one within a minute or when it "
        "closes the store, and so does `audit head`");
  }
  if (!trusted_.empty() && !vouched_by_key_ && request_.heads.empty()) {
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
                  "can't write")
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
