// Makes heads of an audit tree as their options say: whose, and signed by whom.

#ifndef DAYBOOK_STORE_HEAD_SIGNER_H_
#define DAYBOOK_STORE_HEAD_SIGNER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/audit.h"

namespace daybook {

// Thread-safe.
class HeadSigner {
 public:
  // Loads the keys. Errors: as EventStore::Open() says of them.
  static absl::StatusOr<HeadSigner> Load(const TreeHeadOptions& options,
                                         std::string_view store_id);

  bool has_keys() const { return !signers_.empty(); }
  // The log's name in heads.
  const std::string& origin() const { return origin_; }
  // Whether the log may get another name: TreeHeadOptions::origin.
  bool renames() const { return renames_; }
  // Whether a head, or a signature under it, would bear this name.
  bool Bears(std::string_view name) const;
  // Whether one of the keys signed `head`.
  bool HasSigned(const KeptTreeHead& head) const;

  absl::StatusOr<KeptTreeHead> Make(const TreeState& tree) const;
  // Whether Make() would add nothing to this head: neither another text nor
  // another signature.
  bool IsMade(const KeptTreeHead& head) const;

 private:
  std::string origin_;
  bool renames_ = false;
  std::vector<audit::NoteSigner> signers_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_HEAD_SIGNER_H_
