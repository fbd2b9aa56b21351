// Starting a thread, which a machine or a limit (RLIMIT_NPROC, memory for its
// stack) may refuse.

#ifndef DAYBOOK_STORE_THREAD_H_
#define DAYBOOK_STORE_THREAD_H_

#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace daybook {

// A thread that runs `run`; std::thread's constructor throws where this fails.
// Errors: kResourceExhausted; then `run` was not called.
absl::StatusOr<std::thread> StartThread(absl::AnyInvocable<void() &&> run);

}  // namespace daybook

#endif  // DAYBOOK_STORE_THREAD_H_
