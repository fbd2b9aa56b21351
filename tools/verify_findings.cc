#include "tools/verify_findings.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/counted.h"
#include "tools/head_signers.h"
#include "tools/terminal.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

void Line(std::string_view name, std::string_view value,
          CommandContext& context) {
  context.out->Write(Concat(Styled(context.terminal, Style::kBold, name),
                            std::string(12 - name.size(), ' '), Escaped(value),
                            "\n"));
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

class Findings {
 public:
  Findings(const VerifyRequest& request, const VerifiedStore& verified,
           std::span<const audit::VerifierKey> trusted, CommandContext& context)
      : request_(request),
        verified_(verified),
        trusted_(trusted),
        context_(context) {}

  void ShowWhatWasRead(absl::Duration elapsed);
  void ShowRemovals();
  void ShowIndex();
  void ShowAnchor();

 private:
  void Line(std::string_view name, std::string_view value) {
    tools::Line(name, value, context_);
  }
  // Where signed heads of the store name several logs.
  void ShowNames();
  void ShowHead(const VerifyOptions::Head& head);

  const VerifyRequest& request_;
  const VerifiedStore& verified_;
  const std::span<const audit::VerifierKey> trusted_;
  CommandContext& context_;
};

void Findings::ShowWhatWasRead(absl::Duration elapsed) {
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
                          ", verified earlier, not read now; the tree goes on "
                          "from there"));
  } else if (request_.since.size > 0) {
    ShowHead({"what was verified before", request_.since});
  }
  Line("tree", Concat(Counted(size, "leaf", "leaves"), ", root ",
                      verified_.tree.root.ToHex()));
  Line("heads",
       Concat(verified_.table.size(), " in the store's table, ",
              verified_.head_file.has_value() ? "1" : "none",
              " in its file HEAD",
              HasHead(request_, verified_) ? "; the log continues them" : ""));
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

void Findings::ShowNames() {
  std::vector<std::pair<std::string, uint64_t>> names;
  for (const KeptTreeHead* kept : SignedHeads(verified_)) {
    const auto known = std::ranges::find(
        names, kept->head.origin, &std::pair<std::string, uint64_t>::first);
    if (known == names.end()) {
      names.emplace_back(kept->head.origin, 1);
    } else {
      ++known->second;
    }
  }
  if (names.size() < 2) return;
  std::string text = "NOTE: signed heads name several logs: ";
  for (size_t i = 0; i < names.size(); ++i) {
    text += Concat(i == 0 ? "" : ", ", Quoted(names[i].first), " (",
                   Grouped(names[i].second), ")");
  }
  Line("", text);
}

void Findings::ShowHead(const VerifyOptions::Head& head) {
  const ExplainedHead* explained = ExplanationOf(head.tree, verified_);
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

void Findings::ShowRemovals() {
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
      Line("", Concat("a head of ", Counted(head.kept.head.size, "event"), ", ",
                      SignedByText(head.kept, trusted_), ", was ",
                      head.is_proven ? "of this log before it, by a proof"
                                     : "kept of the log before it; no proof"));
    }
  }
}

void Findings::ShowIndex() {
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

void Findings::ShowAnchor() {
  if (!verified_.anchor_is_damaged) return;
  Line("anchor", "DAMAGED: one of its two places");
  Line("",
       "it says how long the log must be; the other place may be older by "
       "the last");
  Line("",
       "group of appends: that those are there, nothing in the store tells");
}

}  // namespace

void ShowFindings(const VerifyRequest& request, const VerifiedStore& verified,
                  std::span<const audit::VerifierKey> trusted,
                  absl::Duration elapsed, CommandContext& context) {
  Findings findings(request, verified, trusted, context);
  findings.ShowWhatWasRead(elapsed);
  findings.ShowRemovals();
  findings.ShowIndex();
  findings.ShowAnchor();
}

void ShowSignatures(const Vouched& vouched, CommandContext& context) {
  Line("signatures",
       vouched.signed_heads > 0
           ? Concat(Counted(vouched.signed_heads, "head"),
                    " by trusted keys, the last one of ",
                    Counted(vouched.signed_events, "event"))
           : std::string("no head of the store by a trusted key"),
       context);
}

}  // namespace daybook::tools
