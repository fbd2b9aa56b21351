// Private keys in files that only their owner reads.

#ifndef DAYBOOK_AUDIT_KEY_FILE_H_
#define DAYBOOK_AUDIT_KEY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"

namespace daybook::audit {

// Writes the key to a new file at `path`, which nobody but the caller's user
// can read or write (mode 0600), durably. A file that could not be written
// whole is removed again.
//
// Errors:
//   kAlreadyExists      there is something at `path`; it was not touched
//   kNotFound           there is no such folder
//   kPermissionDenied, kResourceExhausted, kUnavailable   as the system says
absl::Status WriteKeyFile(const std::string& path, const NoteSigner& signer);

// Loads the key from a file: one line. A symbolic link is followed if it is the
// caller's or root's.
//
// Errors:
//   kNotFound             nothing is at `path`
//   kFailedPrecondition   it is no file, belongs to another user, or is open to
//                         group or others: mend that, and think of whether the
//                         key is still a secret
//   kInvalidArgument      it holds no key
//   kPermissionDenied, kUnavailable   as the system says
absl::StatusOr<NoteSigner> LoadKeyFile(const std::string& path);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_KEY_FILE_H_
