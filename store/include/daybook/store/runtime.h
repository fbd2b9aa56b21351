// What a store takes from the program it lives in: time, ids, threads, memory
// and a place for messages. A store installs no signal handler, reads no
// environment variable and prints nothing; what it needs of the world comes
// through here, and each has a default that suits most programs.
//
// Thread-safe unless said otherwise; implementations must be too.

#ifndef DAYBOOK_STORE_RUNTIME_H_
#define DAYBOOK_STORE_RUNTIME_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "daybook/store/event.h"

namespace daybook {

class Clock {
 public:
  virtual ~Clock() = default;
  // The wall clock: what recorded_at is taken from.
  virtual absl::Time Now() = 0;
  // Time since any fixed moment, never set by anyone: tells a wall clock that
  // jumped from one that ran.
  virtual absl::Duration Monotonic() = 0;

  // The machine's clocks. Never null; lives for ever.
  static Clock* System();
};

class IdSource {
 public:
  virtual ~IdSource() = default;
  // A fresh id; `now` is the wall clock's time.
  virtual EventId NewId(absl::Time now) = 0;

  // UUIDv7 from the machine's random source. Lives for ever.
  static IdSource* Random();
  // UUIDv7 whose random bits come from `seed`: same calls, same ids.
  static std::unique_ptr<IdSource> Seeded(uint64_t seed);
};

enum class LogLevel { kInfo, kWarning, kError };

class Logger {
 public:
  virtual ~Logger() = default;
  // One line, without newline. May be called from any of the store's threads.
  virtual void Log(LogLevel level, std::string_view message) = 0;
};

// Runs the store's background work: committing what others left, deriving
// indexes, syncing at intervals, making tree heads, keeping checkpoints. Tasks
// block on I/O but never wait for one another, so one thread is enough; each
// store has at most six at once, those with a delay too. Many stores can share
// an executor.
class Executor {
 public:
  virtual ~Executor() = default;
  // Runs `task` once, soon, on some other thread.
  virtual void Schedule(absl::AnyInvocable<void() &&> task) = 0;
  // Likewise, no earlier than `delay` from now.
  virtual void ScheduleAfter(absl::Duration delay,
                             absl::AnyInvocable<void() &&> task) = 0;

  // `thread_count` threads of its own. Its destructor finishes the tasks whose
  // time has come, drops the delayed ones and joins. Fewer where the machine or
  // a limit has no more to give; null where it has none. REQUIRES: >= 1.
  static std::unique_ptr<Executor> Threads(int thread_count);
};

// Memory for cached blocks and unwritten tables, shared by every store that is
// opened with it. A target that RocksDB keeps to within a few MiB, plus what
// open cursors pin.
class MemoryBudget {
 public:
  virtual ~MemoryBudget() = default;
  virtual size_t bytes() const = 0;

  // REQUIRES: bytes >= 16 MiB (less is raised to it).
  static std::shared_ptr<MemoryBudget> Create(size_t bytes);
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_RUNTIME_H_
