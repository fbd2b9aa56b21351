// VerifyStore() in a process of its own, with bounded memory: the engine may
// abort on files that somebody damaged, and must not take the verdict with it.
//
// The process is this program once more, `audit verify --worker`, which prints
// a line for each thing there is to say:
//
//   progress AT HEAD                store ID
//   tree SIZE ROOT FROM             head table|file BASE64
//   error CODE MESSAGE              producers SIGNED UNSIGNED IGNORED
//   index EXISTS WATERMARK          anchor IS_DAMAGED
//   difference PART POSITION|- EXPECTED FOUND
//   removal POSITION TIME USER COMMAND REASON IS_TAIL FITS KEPT
//           ACKNOWLEDGED|- READABLE
//   dropped IS_PROVEN BASE64        a head of the removal before
//   explained REMOVAL IS_PROVEN BASE64
//
// where texts are in base64. It exits with 0 whatever it found, and with 77
// where its memory was not enough: then what it said counts for nothing.

#ifndef DAYBOOK_TOOLS_VERIFY_PROCESS_H_
#define DAYBOOK_TOOLS_VERIFY_PROCESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/verify.h"
#include "tools/command_context.h"

namespace daybook::tools {

// What the process is told, beside the store.
struct VerifyRequest {
  bool events = true;
  bool indexes = false;
  TreeState since;
  std::vector<VerifyOptions::Head> heads;
  // Address space of the process; 0 for no limit.
  uint64_t memory_bytes_max = 0;
};

// Verifies context.store_path, with a line of progress. Where the context names
// no program, in this process. Errors: as VerifyStore(); EngineDiedError();
// kResourceExhausted where the memory was not enough, and nothing is known.
// Damage that was found is told, also where memory was short: it says so then.
absl::StatusOr<VerifiedStore> VerifyInChild(const VerifyRequest& request,
                                            CommandContext& context);

// The other side: what the process does.
absl::Status RunVerifyWorker(const VerifyRequest& request,
                             CommandContext& context);

// A tree as an argument: "SIZE:ROOT:NAME".
std::string HeadArgument(const VerifyOptions::Head& head);
// Errors: kInvalidArgument.
absl::StatusOr<VerifyOptions::Head> ParseHeadArgument(const std::string& text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_VERIFY_PROCESS_H_
