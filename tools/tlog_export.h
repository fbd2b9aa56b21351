// The log as files that any tool of transparency logs reads
// (https://c2sp.org/tlog-tiles): tiles, entries, a checkpoint.
//
//   FOLDER/checkpoint                     the head, last: what it covers is
//   there FOLDER/tile/0/x001/234                256 hashes
//   FOLDER/tile/entries/x001/234          the 256 leaves of these
//
// A folder that has an earlier export is brought up to date: complete tiles
// never change, so only what is new is written, and what is missing.

#ifndef DAYBOOK_TOOLS_TLOG_EXPORT_H_
#define DAYBOOK_TOOLS_TLOG_EXPORT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/audit.h"
#include "tools/command_context.h"

namespace daybook::tools {

struct TlogExport {
  uint64_t old_size = 0;
  uint64_t files_written = 0;
};

// Errors: kFailedPrecondition for a folder that has other files and no
// checkpoint, or one that is signed, where `head` is not or has another name;
// kDataLoss where `head` does not continue the one there: nothing
// was written. REQUIRES: head.head.size <= tree.state().size.
absl::StatusOr<TlogExport> ExportTlog(const KeptTreeHead& head,
                                      TreeReader& tree,
                                      const std::string& folder,
                                      CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_TLOG_EXPORT_H_
