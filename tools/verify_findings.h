// What a verification of a store found, in lines for people: a word and what
// there is to say.

#ifndef DAYBOOK_TOOLS_VERIFY_FINDINGS_H_
#define DAYBOOK_TOOLS_VERIFY_FINDINGS_H_

#include <span>

#include "absl/time/time.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/verify.h"
#include "tools/command_context.h"
#include "tools/verify_process.h"
#include "tools/vouched.h"

namespace daybook::tools {

// What was read, in `elapsed`, with what it was compared and what differs. Who
// is trusted is named as the one who signed.
// Writes to context.out.
void ShowFindings(const VerifyRequest& request, const VerifiedStore& verified,
                  std::span<const audit::VerifierKey> trusted,
                  absl::Duration elapsed, CommandContext& context);
// Which of the store's heads trusted keys signed.
void ShowSignatures(const Vouched& vouched, CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_VERIFY_FINDINGS_H_
