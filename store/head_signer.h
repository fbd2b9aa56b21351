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

  absl::StatusOr<KeptTreeHead> Make(const TreeState& tree) const;
  // Whether Make() would give this head for its tree.
  bool IsMade(const KeptTreeHead& head) const;

 private:
  std::string origin_;
  std::vector<audit::NoteSigner> signers_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_HEAD_SIGNER_H_
