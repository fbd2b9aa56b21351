// AppendWindow appends as fast as the store takes it, in order, with a bounded
// number of appends in flight: for importers and generators.
//
//   AppendWindow window(store);
//   for (...) DAYBOOK_RETURN_IF_ERROR(window.Add(std::move(request)));
//   DAYBOOK_RETURN_IF_ERROR(window.Finish());
//   window.events_appended();

#ifndef DAYBOOK_TOOLS_APPEND_WINDOW_H_
#define DAYBOOK_TOOLS_APPEND_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "store/mutex.h"
#include "tools/known_appends.h"
#include "tools/producer_arguments.h"

namespace daybook::tools {

// Add(), Check() and Finish() from one thread.
class AppendWindow {
 public:
  // What to do about an append that failed; called on the thread of Add(),
  // Check() or Finish(). OK: it was dealt with (rejected), go on. Else: stop
  // with that.
  using Failed = absl::AnyInvocable<absl::Status(const absl::Status&) &&>;

  struct Limits {
    size_t count = 512;
    size_t bytes = 64 << 20;
  };

  // `known`, if there is one, is asked before the store, and must outlive this.
  explicit AppendWindow(EventStore& store, KnownAppends* known = nullptr)
      : AppendWindow(store, Limits(), known) {}
  AppendWindow(EventStore& store, Limits limits, KnownAppends* known = nullptr)
      : store_(store), limits_(limits), known_(known) {}
  // Waits for what is in flight.
  ~AppendWindow();
  AppendWindow(const AppendWindow&) = delete;
  AppendWindow& operator=(const AppendWindow&) = delete;

  // From now on what is added is signed before it is appended, many appends at
  // a time with one signature; so it may wait until Check() or Finish().
  // Null, the default: not. It must outlive this.
  void SignWith(const ProducerSigner* producer) { producer_ = producer; }

  // Appends `request` after all earlier ones, waiting for room in the window.
  // Returns the first failure, of this append or an earlier one, that no
  // `failed` dealt with; then nothing more should be added.
  absl::Status Add(const AppendRequest& request, Failed failed = nullptr);
  // Returns the first failure of those that have ended, likewise.
  absl::Status Check();
  // Waits until all have ended, and returns the first failure likewise.
  absl::Status Finish();

  uint64_t events_appended() const;
  // Events of appends whose keys had been used before.
  uint64_t events_repeated() const;

 private:
  struct Failure {
    absl::Status status;
    Failed failed;
  };

  // Appends it now.
  absl::Status Submit(const AppendRequest& request, Failed failed);
  // Signs what waits for it, and appends that.
  absl::Status SubmitUnsigned();
  void WaitFor(size_t count_max, size_t bytes_max)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if it is there already, and then counts it.
  bool TakeKnown(const AppendRequest& request);
  // Calls the handlers of what failed meanwhile.
  absl::Status HandleFailures();

  EventStore& store_;
  const Limits limits_;
  KnownAppends* const known_;
  const ProducerSigner* producer_ = nullptr;
  // What is not signed yet, and what to do about each that fails.
  std::vector<AppendRequest> unsigned_;
  std::vector<Failed> unsigned_failed_;
  size_t unsigned_bytes_ = 0;

  mutable Mutex mutex_;
  CondVar ended_;
  size_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t events_appended_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t events_repeated_ ABSL_GUARDED_BY(mutex_) = 0;
  // The end of the append that was found to be there last.
  std::optional<Position> found_ ABSL_GUARDED_BY(mutex_);
  std::deque<Failure> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_APPEND_WINDOW_H_
