// Who signed a head of the audit tree, for people.

#ifndef DAYBOOK_TOOLS_HEAD_SIGNERS_H_
#define DAYBOOK_TOOLS_HEAD_SIGNERS_H_

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/audit.h"

namespace daybook::tools {

// Those of `trusted` that signed a head: "shop.example/log+1234abcd". Errors:
// as audit::VerifyNote().
absl::StatusOr<std::string> TrustedSignersText(
    std::string_view signed_head, std::span<const audit::VerifierKey> trusted);

// Who a head says has signed it, likewise, or "nobody". Anybody can write such
// a name beside it: no signature is verified.
std::string ClaimedSignersText(const KeptTreeHead& head);

// "signed by" those of `trusted` that did, else "said to be signed by" whose
// names are there, or "signed by nobody".
std::string SignedByText(const KeptTreeHead& head,
                         std::span<const audit::VerifierKey> trusted = {});

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_HEAD_SIGNERS_H_
