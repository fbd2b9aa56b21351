// Runs something that may kill the process in a copy of it.

#ifndef DAYBOOK_STORE_RUN_APART_H_
#define DAYBOOK_STORE_RUN_APART_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace daybook {

// What `work` gave in a copy of this process (fork), which then ends. Threads
// are not copied: a lock that another thread holds now is never let go there.
// When this process is killed the copy follows within moments, and holds what
// was locked until then.
// Errors: of `work`, without payloads; kDataLoss, saying how, when the copy
// died of what it read (SIGSEGV, SIGABRT and the like), as the engine does of
// damaged files; kResourceExhausted when it was refused memory or a thread;
// kUnavailable when none could be made, or somebody ended it: neither says
// anything of files.
absl::StatusOr<std::string> RunApart(
    absl::FunctionRef<absl::StatusOr<std::string>()> work);

}  // namespace daybook

#endif  // DAYBOOK_STORE_RUN_APART_H_
