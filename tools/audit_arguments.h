// What commands of the audit take: keys that are trusted, files with heads and
// proofs, and where the result goes.

#ifndef DAYBOOK_TOOLS_AUDIT_ARGUMENTS_H_
#define DAYBOOK_TOOLS_AUDIT_ARGUMENTS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/audit.h"
#include "tools/command_context.h"
#include "tools/output_file.h"

namespace daybook::tools {

// --trust, which may be given several times.
void AddTrust(CLI::App& command, std::vector<std::string>& keys);
// The keys themselves, or @FILE with one a line, as given for `option`. Errors:
// kInvalidArgument.
absl::StatusOr<std::vector<audit::VerifierKey>> ParseKeys(
    std::string_view option, const std::vector<std::string>& keys,
    const CommandContext& context);
// Those of --trust.
absl::StatusOr<std::vector<audit::VerifierKey>> ParseTrusted(
    const std::vector<std::string>& keys, const CommandContext& context);

// --output.
void AddOutput(CLI::App& command, std::string& path, const std::string& what);
// Where the result goes. Opened before the work, so that a file that can't be
// written is known before anything was done.
class ResultOutput {
 public:
  // The file at `path`, or standard output: IsStandardOutput(). Errors:
  // kInvalidArgument.
  static absl::StatusOr<ResultOutput> Open(const std::string& path);

  // Writes all of it: to a file whole or not at all, which is said.
  absl::Status Write(std::string_view text, CommandContext& context);

 private:
  std::string path_;
  std::unique_ptr<OutputFile> file_;
};

// What is in a file ("-": standard input).
absl::StatusOr<std::string> ReadFileArgument(const std::string& path,
                                             size_t bytes_max,
                                             const CommandContext& context);

// The head in a file. With keys, one of them must have signed it.
// Errors: kInvalidArgument for a file without one; kDataLoss, kUnauthenticated
// as audit::VerifyNote().
absl::StatusOr<KeptTreeHead> ReadHeadArgument(
    const std::string& path, const std::vector<audit::VerifierKey>& trusted,
    const CommandContext& context);

// What copies of heads hold: those of ReadHeadArgument() for each file of
// --head-copy, with its name. One that does not exist yet is left out, which is
// said.
struct NamedHead {
  std::string file;
  KeptTreeHead kept;
};
absl::StatusOr<std::vector<NamedHead>> ReadHeadCopies(
    const std::vector<audit::VerifierKey>& trusted, CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_AUDIT_ARGUMENTS_H_
