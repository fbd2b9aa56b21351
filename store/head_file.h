// Heads of the audit tree in files: HEAD in the store's folder, and copies.

#ifndef DAYBOOK_STORE_HEAD_FILE_H_
#define DAYBOOK_STORE_HEAD_FILE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/audit.h"

namespace daybook {

std::string HeadFilePath(const std::string& store_folder);

// The head that `text` is. Errors: kInvalidArgument.
absl::StatusOr<KeptTreeHead> ParseKeptHead(std::string_view text);

// How many signatures it bears. Of two heads of one tree the one with more
// says more.
size_t SignatureCount(const KeptTreeHead& kept);

// `fresh`, and where `kept` is the same head, the signatures that it has
// besides too: whoever signed a head is not forgotten when it is signed again.
KeptTreeHead WithSignaturesOf(const KeptTreeHead& kept,
                              const KeptTreeHead& fresh);

// The head in a file; nothing if there is no such file.
// Errors: kInvalidArgument if it holds something else; as the system says.
absl::StatusOr<std::optional<KeptTreeHead>> ReadHeadFile(
    const std::string& path);

}  // namespace daybook

#endif  // DAYBOOK_STORE_HEAD_FILE_H_
