// The audit tree of an open store with a signed head that covers an event: what
// a proof is made from.

#ifndef DAYBOOK_TOOLS_SIGNED_TREE_H_
#define DAYBOOK_TOOLS_SIGNED_TREE_H_

#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/audit.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "tools/command_context.h"

namespace daybook::tools {

// What to do about a head that nobody signed: name a key, or, if one was named,
// let the process that holds the store have it.
std::string HowToSign(const CommandContext& context);

// A signed head of `store` that covers the event at `position`: a new one where
// a key was named, else the last one that is kept.
// Errors: UnverifiableError() if there is none.
absl::StatusOr<KeptTreeHead> SignedHeadOver(Position position,
                                            EventStore& store,
                                            const CommandContext& context);

// A head with who of those that are trusted signed it (TrustedSignersText()).
struct TrustedHead {
  KeptTreeHead kept;
  std::string signers;
};
// The newest head of `store` that one of the trusted keys signed; where a key
// to sign with was named, a new one is made first. Heads of logs with another
// name than `origin` are passed over. Nothing if there is none. Errors:
// kDataLoss for a head with the name of a trusted key and a signature that is
// not the key's.
absl::StatusOr<std::optional<TrustedHead>> NewestTrustedHead(
    const std::string& origin, std::span<const audit::VerifierKey> trusted,
    EventStore& store, const CommandContext& context);

// The proof file (audit/tlog_proof.h) of the leaf at `position` under `head`,
// with `extra`.
absl::StatusOr<std::string> MakeProofFile(Position position, std::string extra,
                                          const KeptTreeHead& head,
                                          TreeReader& tree);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SIGNED_TREE_H_
