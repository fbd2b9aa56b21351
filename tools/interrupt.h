// Ctrl-C, asked politely: the first SIGINT, SIGTERM or SIGHUP raises a flag,
// and the command ends its work in hand, closes the store and exits with
// 128 + the signal. Another one, half a second later or more, ends the process
// at once, which the store survives as it survives any crash. The library
// installs no handlers; this is the tool's.

#ifndef DAYBOOK_TOOLS_INTERRUPT_H_
#define DAYBOOK_TOOLS_INTERRUPT_H_

#include "absl/status/status.h"

namespace daybook::tools {

// Installs the handlers, and ignores SIGPIPE: a reader that goes away shows
// as an error of the write (output.h). Blocking reads return EINTR.
void InstallSignalHandlers();

// The signal that was received, or 0. Async-signal-safe, any thread.
int ReceivedSignal();

// True once the command should come to an end.
inline bool Interrupted() { return ReceivedSignal() != 0; }

// The status of a command that ended early for that: exit code 128 + signal.
absl::Status InterruptedError();

// As if `signal` had been received; 0 takes it back. For tests.
void SetReceivedSignal(int signal);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_INTERRUPT_H_
