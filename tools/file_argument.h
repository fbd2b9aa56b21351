// Files that are named on the command line. "-" is standard input or output
// wherever that can be, and refused elsewhere: never a file of that name, which
// is "./-".
//
// Those that can't be used: one that is to
// be read and is not there is exit code 4, as a store or a stream would be; any
// other trouble with one, reading or writing, is 2. Both are found before
// anything is done.

#ifndef DAYBOOK_TOOLS_FILE_ARGUMENT_H_
#define DAYBOOK_TOOLS_FILE_ARGUMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"

namespace daybook::tools {

// Whether what is written to `path` goes to standard output: "-", and where
// nothing is named.
bool IsStandardOutput(std::string_view path);
// Errors: kInvalidArgument for "-", where that can't be: of a folder, a private
// key, a file that is read again.
absl::Status CheckNamesFile(std::string_view path);

// `error` is an errno. kNotFound where there is no such file, else
// kInvalidArgument.
absl::Status CantRead(std::string_view path, int error);
// kInvalidArgument.
absl::Status CantWrite(std::string_view path, int error);

// The private key in a file. Errors: kNotFound if it is not there;
// kInvalidArgument if it can't be read, others may read it, or it holds no key.
absl::StatusOr<audit::NoteSigner> LoadKeyArgument(const std::string& path);
// Errors: as LoadKeyArgument(), of the first file that can't be used.
absl::Status CheckKeyFiles(const std::vector<std::string>& paths);
// Writes a key to a new file. Errors: kInvalidArgument.
absl::Status WriteKeyArgument(const std::string& path,
                              const audit::NoteSigner& signer);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_FILE_ARGUMENT_H_
