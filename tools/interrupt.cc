#include "tools/interrupt.h"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace daybook::tools {
namespace {

std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

// One that comes so soon after the first is no second wish: `timeout` and
// terminals send the same one twice.
constexpr int64_t kSameWishNanos = 500'000'000;

std::atomic<int64_t> received_at{0};
static_assert(std::atomic<int64_t>::is_always_lock_free);

// Nothing here that a handler must not call.
int64_t NowNanos() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

void OnSignal(int signal) {
  int64_t none = 0;
  if (received_at.compare_exchange_strong(none, NowNanos())) {
    received_signal.store(signal);
    return;
  }
  if (NowNanos() - received_at.load() < kSameWishNanos) return;
  // Its usual effect, once this returns.
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigemptyset(&usual.sa_mask);
  sigaction(signal, &usual, nullptr);
  raise(signal);
}

}  // namespace

void InstallSignalHandlers() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a blocking read must see the flag.
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
