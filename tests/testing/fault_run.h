// What the fault tests share: how long to go on, with which seed, where, and
// how to be killed.
//
//   FaultRun run;
//   while (run.More()) { ... run.random() ...; }
//   run.Report("cuts");
//
// DAYBOOK_FAULT_SECONDS says for how long each test goes on (default 2),
// DAYBOOK_SEED with which random numbers (default: drawn and printed).

#ifndef DAYBOOK_TESTS_TESTING_FAULT_RUN_H_
#define DAYBOOK_TESTS_TESTING_FAULT_RUN_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace daybook::testing {

using Random = std::mt19937_64;

// A number in [0, bound). REQUIRES: bound > 0.
inline uint64_t Draw(Random& random, uint64_t bound) {
  return random() % bound;
}
// True once in `n` times.
inline bool OneIn(Random& random, uint64_t n) { return Draw(random, n) == 0; }

// The time and the random numbers of one test.
class FaultRun {
 public:
  FaultRun();

  // True while there is time left, and at least once.
  bool More();
  // True while there is time left.
  bool TimeLeft() const;
  Random& random() { return random_; }
  uint64_t seed() const { return seed_; }
  uint64_t rounds() const { return rounds_; }
  absl::Duration budget() const { return budget_; }

  // Prints what was done and how to do it again.
  void Report(std::string_view what) const;
  // The command line that repeats this test.
  std::string Replay() const;

 private:
  absl::Duration budget_;
  uint64_t seed_;
  Random random_;
  absl::Time begin_;
  uint64_t rounds_ = 0;
};

// What a child process does: given the strings it was started with, returns
// its exit code.
using ChildMain =
    std::function<int(const std::map<std::string, std::string>& arguments)>;

// Makes `main` known under `name`; for namespace-scope constants:
//   const bool registered = RegisterChild("append", AppendUntilKilled);
// The child is this same binary, started afresh, so nothing of the parent's
// threads and locks is in it.
bool RegisterChild(const std::string& name, ChildMain main);

class ChildProcess {
 public:
  // Its output goes to `output_path`.
  ChildProcess(const std::string& name,
               const std::map<std::string, std::string>& arguments,
               const std::string& output_path);
  // Kills what still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // kill -9.
  void Kill();
  bool HasEnded();
  // What waitpid() says, once it has ended.
  int Wait();
  // What it printed. REQUIRES: Wait() has returned.
  std::string Output() const;

 private:
  pid_t pid_ = -1;
  bool waited_ = false;
  int wait_status_ = 0;
  std::string output_path_;
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, std::string_view bytes);
void CopyFolder(const std::string& from, const std::string& to);
// Likewise while a store is open in `from`, as kill -9 would leave it: copies
// until nothing changed meanwhile.
void CopyOpenFolder(const std::string& from, const std::string& to);

// Hashes names and bytes of every file in `folder`, but for those that merely
// opening may write: LOCK and LOG files.
uint64_t HashFolder(const std::string& folder);

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_FAULT_RUN_H_
