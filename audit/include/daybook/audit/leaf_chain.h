// The leaves of one stream, from its first event on: each names the hash of the
// one before, so that a proof of the last one is a proof of all.
//
// A chain does not show that its last leaf is the stream's last: whoever makes
// it may leave off newer ones.
//
// Grammar: audit/FORMAT.md. All of this is thread-safe.

#ifndef DAYBOOK_AUDIT_LEAF_CHAIN_H_
#define DAYBOOK_AUDIT_LEAF_CHAIN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace daybook::audit {

// Begins an encoded chain in `*out`, and appends its leaves, oldest first.
void BeginLeafChain(std::string* out);
void AppendToLeafChain(std::string_view leaf, std::string* out);

bool IsLeafChain(std::string_view bytes);

// Reads a chain of at least one leaf, as views into `bytes`: leaves of one
// stream at revisions 0, 1, 2 and so on, at rising positions, each naming the
// hash of the one before. Errors: kInvalidArgument for anything else.
absl::StatusOr<std::vector<std::string_view>> ParseLeafChain(
    std::string_view bytes);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_LEAF_CHAIN_H_
