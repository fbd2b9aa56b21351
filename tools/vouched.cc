#include "tools/vouched.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "daybook/audit/signed_note.h"
#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/exit_code.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// Of how many events the log still has a head says which they are.
uint64_t CoveredBy(const TreeState& head, const VerifiedStore& verified) {
  const ExplainedHead* explained = ExplanationOf(head, verified);
  if (explained == nullptr) return head.size;
  return explained->is_proven
             ? verified.removals[explained->removal].kept.value()
             : 0;
}

// Who says of how many events which they are, those that say it of more behind
// those that say it of fewer: the first is the one that is believed most.
std::vector<std::pair<uint64_t, std::string_view>> Vouchers(
    const Vouched& vouched) {
  std::vector<std::pair<uint64_t, std::string_view>> vouchers;
  const auto add = [&vouchers](uint64_t count, std::string_view what) {
    const uint64_t before = vouchers.empty() ? 0 : vouchers.back().first;
    if (count > before) vouchers.emplace_back(count, what);
  };
  add(vouched.by_key, "that the trusted key signed");
  add(vouched.by_given_head, "that the given head is of");
  add(vouched.by_earlier_run, "that were verified before");
  return vouchers;
}

// "the first 7 events are those that the trusted key signed".
std::string VouchersText(
    const std::vector<std::pair<uint64_t, std::string_view>>& vouchers,
    std::string_view one, std::string_view several) {
  std::string text;
  for (const auto& [count, what] : vouchers) {
    if (text.empty()) {
      text = count == 1 ? Concat("the first ", one, " is the one ", what)
                        : Concat("the first ", Grouped(count), " ", several,
                                 " are those ", what);
    } else {
      text += Concat(",\n  the first ", Grouped(count), " those ", what);
    }
  }
  return text;
}

// What is proven of the first `count` events, where those from `from` on were
// read and those before were not.
std::string ReadText(uint64_t from, uint64_t count) {
  if (from == 0) return ",\n  none changed, removed, moved or put between.";
  std::string text = ".";
  if (count > from) {
    text +=
        Concat("\n  Of the events read now, from @", from, " on, ",
               count - from == 1
                   ? "the first one is the one"
                   : Concat("the first ", Grouped(count - from), " are those"),
               " of these leaves:\n  none changed, removed, moved or put "
               "between.");
  }
  return text + Concat("\n  Events before @", from,
                       " were not read: whether what is stored still agrees "
                       "with\n  their leaves the run before looked at, not "
                       "this one.");
}

}  // namespace

std::vector<const KeptTreeHead*> SignedHeads(const VerifiedStore& verified) {
  std::vector<const KeptTreeHead*> heads;
  for (const KeptTreeHead& kept : verified.table) {
    if (kept.is_signed) heads.push_back(&kept);
  }
  if (!verified.head_file.has_value() || !verified.head_file->is_signed) {
    return heads;
  }
  const bool is_in_table =
      std::ranges::any_of(heads, [&](const KeptTreeHead* kept) {
        return kept->text == verified.head_file->text;
      });
  if (!is_in_table) heads.push_back(&*verified.head_file);
  return heads;
}

const ExplainedHead* ExplanationOf(const TreeState& head,
                                   const VerifiedStore& verified) {
  const auto found = std::ranges::find_if(
      verified.explained,
      [&](const ExplainedHead& known) { return known.head.tree == head; });
  return found == verified.explained.end() ? nullptr : &*found;
}

bool HasHead(const VerifyRequest& request, const VerifiedStore& verified) {
  return !verified.table.empty() || verified.head_file.has_value() ||
         !request.heads.empty() || request.since.size > 0;
}

absl::StatusOr<Vouched> FindVouched(
    const VerifyRequest& request,
    const std::vector<audit::VerifierKey>& trusted,
    const VerifiedStore& verified) {
  Vouched vouched;
  for (const KeptTreeHead* kept : SignedHeads(verified)) {
    if (trusted.empty()) break;
    DAYBOOK_ASSIGN_OR_RETURN(const audit::SignedNote note,
                             audit::ParseNote(kept->text));
    const absl::Status believed = audit::VerifyNote(note, trusted).status();
    if (absl::IsUnauthenticated(believed)) continue;
    if (!believed.ok()) {
      return TamperedError(Concat("the head of ",
                                  Counted(kept->head.size, "event"), ": ",
                                  std::string(believed.message())));
    }
    ++vouched.signed_heads;
    vouched.signed_events = std::max(vouched.signed_events, kept->head.size);
  }
  vouched.by_key = vouched.signed_events;
  uint64_t& by_given = trusted.empty() ? vouched.by_given_head : vouched.by_key;
  for (const VerifyOptions::Head& head : request.heads) {
    by_given = std::max(by_given, CoveredBy(head.tree, verified));
  }
  vouched.by_earlier_run = CoveredBy(request.since, verified);
  return vouched;
}

std::string ProvenText(const VerifyRequest& request,
                       const VerifiedStore& verified, const Vouched& vouched) {
  const uint64_t size = verified.tree.size;
  const uint64_t from = verified.from.value();
  const auto vouchers = Vouchers(vouched);
  std::string text = "\nproven: ";
  if (!vouchers.empty()) {
    text += from == 0 ? VouchersText(vouchers, "event", "events")
                      : VouchersText(vouchers, "leaf of the tree",
                                     "leaves of the tree");
    const uint64_t count = vouchers.back().first;
    text += ReadText(from, count);
    if (count + 1 == size) {
      text += "\n  The last event only agrees with the tree beside it.";
    } else if (count < size) {
      text += Concat("\n  The last ", Grouped(size - count),
                     " events only agree with the tree beside them.");
    }
  } else if (!HasHead(request, verified)) {
    text += "no more than that the events agree with the tree beside them.";
  } else {
    text +=
        "events, tree and heads of the store agree with one another.\n"
        "  Whoever writes to it could have changed all of them: keep heads "
        "elsewhere\n  (--head-copy) and give --against, or sign them "
        "(--audit-key) and give --trust.";
  }
  if (!request.events) {
    text += "\nnot looked at: what the events say; leave out --hashes-only.";
  }
  text +=
      "\nnot proven: that what was written was true, or that the owner of host "
      "and key\n  did not write another log. ";
  text += request.indexes
              ? "What views say of the events is not looked at (`refold`).\n"
              : "Indexes and views are not looked at (--deep, `refold`).\n";
  return text;
}

}  // namespace daybook::tools
