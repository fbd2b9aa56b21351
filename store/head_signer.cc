#include "store/head_signer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/audit/key_file.h"
#include "daybook/audit/signed_note.h"
#include "daybook/audit/tree_head.h"
#include "store/head_file.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {

absl::StatusOr<HeadSigner> HeadSigner::Load(const TreeHeadOptions& options,
                                            std::string_view store_id) {
  HeadSigner loaded;
  for (const std::string& path : options.key_files) {
    absl::StatusOr<audit::NoteSigner> signer = audit::LoadKeyFile(path);
    if (absl::IsNotFound(signer.status())) {
      // It is not the store that is missing.
      return absl::FailedPreconditionError(
          absl::StrCat("the key that signs heads of the store (key_files): ",
                       signer.status().message()));
    }
    DAYBOOK_RETURN_IF_ERROR(signer.status());
    loaded.signers_.push_back(*std::move(signer));
  }
  if (loaded.has_keys()) {
    loaded.origin_ = loaded.signers_.front().verifier_key().name();
    loaded.renames_ = options.origin == loaded.origin_;
  } else if (!options.origin.empty()) {
    loaded.origin_ = options.origin;
  } else {
    loaded.origin_ = absl::StrCat("daybook/", ToAbsl(store_id));
  }
  // Whether names and keys make a head.
  DAYBOOK_RETURN_IF_ERROR(loaded.Make(TreeState()).status());
  return loaded;
}

bool HeadSigner::Bears(std::string_view name) const {
  return origin_ == name ||
         std::ranges::any_of(signers_, [name](const audit::NoteSigner& signer) {
           return signer.verifier_key().name() == name;
         });
}

bool HeadSigner::HasSigned(const KeptTreeHead& head) const {
  const absl::StatusOr<audit::SignedNote> note = audit::ParseNote(head.text);
  return note.ok() &&
         std::ranges::any_of(signers_, [&](const audit::NoteSigner& signer) {
           return audit::VerifyNote(*note, {&signer.verifier_key(), 1}).ok();
         });
}

absl::StatusOr<KeptTreeHead> HeadSigner::Make(const TreeState& tree) const {
  KeptTreeHead made;
  made.head = {.origin = origin_, .size = tree.size, .root = tree.root};
  made.is_signed = has_keys();
  DAYBOOK_ASSIGN_OR_RETURN(made.text,
                           has_keys() ? audit::SignTreeHead(made.head, signers_)
                                      : audit::FormatTreeHead(made.head));
  return made;
}

bool HeadSigner::IsMade(const KeptTreeHead& head) const {
  // One text has one signature by each key.
  const absl::StatusOr<KeptTreeHead> made =
      Make({head.head.size, head.head.root});
  return made.ok() && WithSignaturesOf(head, *made).text == head.text;
}

}  // namespace daybook
