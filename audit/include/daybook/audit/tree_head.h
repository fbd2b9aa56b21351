// Tree heads: which tree of which size a log says it has. As text they are what
// https://c2sp.org/tlog-checkpoint calls a checkpoint:
//
//   shop.example/log
//   42
//   CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//
// and signed they are a note (signed_note.h). All of this is thread-safe.

#ifndef DAYBOOK_AUDIT_TREE_HEAD_H_
#define DAYBOOK_AUDIT_TREE_HEAD_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/note_key.h"

namespace daybook::audit {

struct TreeHead {
  // Names the log, for ever: a line of UTF-8, best the name of its key.
  std::string origin;
  // How many leaves.
  uint64_t size = 0;
  Hash root = EmptyRoot();
  // Further lines, none empty. Nobody audits what they say.
  std::vector<std::string> extensions;

  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// The text of a head. Errors: kInvalidArgument for an origin or an extension
// that is no line, and for a root of no leaves other than EmptyRoot().
absl::StatusOr<std::string> FormatTreeHead(const TreeHead& head);

// Reads a text; FormatTreeHead() gives the same text again.
// Errors: kInvalidArgument for any other text.
absl::StatusOr<TreeHead> ParseTreeHead(std::string_view text);

// What head a text has, or a note with one as its text; believes it, whoever
// signed. For heads that are the reader's own. Errors: kInvalidArgument for
// anything else.
absl::StatusOr<TreeHead> PeekTreeHead(std::string_view bytes);

// The bytes of a note with the head as its text, signed by all of `signers`.
// A log must never sign two heads of which none continues the other.
// REQUIRES: at least one signer. Errors: as FormatTreeHead() and FormatNote().
absl::StatusOr<std::string> SignTreeHead(const TreeHead& head,
                                         std::span<const NoteSigner> signers);

// Reads a signed head of the log called `origin`, and believes it if one of the
// trusted keys signed it.
//
// Errors:
//   kInvalidArgument     `note` is no signed tree head, or as VerifyNote()
//   kFailedPrecondition  a head of another log
//   kDataLoss, kUnauthenticated   as VerifyNote()
absl::StatusOr<TreeHead> VerifyTreeHead(std::string_view note,
                                        std::string_view origin,
                                        std::span<const VerifierKey> trusted);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_TREE_HEAD_H_
