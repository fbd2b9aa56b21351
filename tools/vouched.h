// What vouches, from outside of a store, for what a verification found of it:
// keys that are trusted, heads that were kept elsewhere, an earlier run. And
// what that proves, in words.

#ifndef DAYBOOK_TOOLS_VOUCHED_H_
#define DAYBOOK_TOOLS_VOUCHED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/audit.h"
#include "daybook/store/verify.h"
#include "tools/verify_process.h"

namespace daybook::tools {

// Of how many events, from the first on, each of these says which they are: 0
// where it says nothing.
struct Vouched {
  // What a trusted key signed, in the store or in a head that was given.
  uint64_t by_key = 0;
  // Heads that were given, where no keys are.
  uint64_t by_given_head = 0;
  // The head of --state.
  uint64_t by_earlier_run = 0;

  // How many of the store's own heads trusted keys signed, and the events of
  // the largest one.
  uint64_t signed_heads = 0;
  uint64_t signed_events = 0;
};

// Those of the store's heads that are signed, by whomever, each once: that in
// its file mostly stands in its table too. They live as long as `verified`.
std::vector<const KeptTreeHead*> SignedHeads(const VerifiedStore& verified);

// The removal that tells why the log does not continue this head; null where it
// does.
const ExplainedHead* ExplanationOf(const TreeState& head,
                                   const VerifiedStore& verified);

// Whether anything says what the store should be, were it the store itself.
bool HasHead(const VerifyRequest& request, const VerifiedStore& verified);

// The heads of `request` are believed: where there are trusted keys, one of
// them signed each (ReadHeadArgument()). Errors: TamperedError() for a head of
// the store with a signature that is not that of the trusted key it names.
absl::StatusOr<Vouched> FindVouched(
    const VerifyRequest& request,
    const std::vector<audit::VerifierKey>& trusted,
    const VerifiedStore& verified);

// What is proven by all of it, and what is not: several lines.
std::string ProvenText(const VerifyRequest& request,
                       const VerifiedStore& verified, const Vouched& vouched);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_VOUCHED_H_
