#include "tools/interrupt.h"

#include <atomic>
#include <csignal>

namespace daybook::tools {
namespace {

std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

void OnSignal(int signal) { received_signal.store(signal); }

}  // namespace

void InstallSignalHandlers() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a blocking read must see the flag. SA_RESETHAND: the second
  // signal has its usual effect.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    // "nohup daybook ..." stays as it asked to be.
    if (sigaction(signal, nullptr, &before) == 0 &&
        before.sa_handler == SIG_IGN) {
      continue;
    }
    sigaction(signal, &action, nullptr);
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, nullptr);
}

int ReceivedSignal() { return received_signal.load(); }

absl::Status InterruptedError() { return absl::CancelledError("interrupted"); }

void SetReceivedSignal(int signal) { received_signal.store(signal); }

}  // namespace daybook::tools
