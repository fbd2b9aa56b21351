// Who signed a head of the audit tree, for people.

#ifndef DAYBOOK_TOOLS_HEAD_SIGNERS_H_
#define DAYBOOK_TOOLS_HEAD_SIGNERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/audit.h"

namespace daybook::tools {

// Who signed a head: "shop.example/log+1234abcd", or "nobody".
std::string SignersText(const KeptTreeHead& head);
// Likewise, those of `trusted` that did. Errors: as audit::VerifyNote().
absl::StatusOr<std::string> TrustedSignersText(
    std::string_view signed_head,
    const std::vector<audit::VerifierKey>& trusted);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_HEAD_SIGNERS_H_
