// StateLadder gives the state after any number of events of a history, forward
// and back, without folding from the beginning each time: it keeps copies of
// states on the way, evenly spaced, and folds on from the nearest one below.
//
//   StateLadder ladder(history, StateFold::Begin(named, true), bounds);
//   absl::StatusOr<const StateAt*> at = ladder.Seek(1'000);
//   at = ladder.Seek(999);  // reads a few events
//
// The copies are bounded in number and memory: when there are too many, every
// other one is dropped, and from then on they are kept twice as far apart.

#ifndef DAYBOOK_TOOLS_STATE_LADDER_H_
#define DAYBOOK_TOOLS_STATE_LADDER_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/bounds.h"
#include "tools/history.h"
#include "tools/state_fold.h"

namespace daybook::tools {

struct StateLadderOptions {
  size_t rungs_max = 256;
  size_t bytes_max = size_t{64} << 20;
};

// Not thread-safe.
class StateLadder {
 public:
  static constexpr uint64_t kEnd = std::numeric_limits<uint64_t>::max();

  // `initial` is the state of no event.
  StateLadder(History history, StateFold initial, Bounds bounds,
              const StateLadderOptions& options = StateLadderOptions());

  // The state after `events` events, or after all if there are fewer. Valid
  // until the next call. Errors: as History::ForEach() and StateFold::Apply().
  absl::StatusOr<const StateAt*> Seek(uint64_t events);

  // How many events were read and folded so far.
  uint64_t folded() const { return folded_; }
  // How far apart the copies are.
  uint64_t spacing() const { return spacing_; }
  size_t rung_count() const { return rungs_.size(); }

 private:
  static StateAt Copy(const StateAt& at);

  // Keeps a copy of the current state if its turn has come.
  void AddRung();
  // Drops every other copy.
  void Thin();

  const History history_;
  const Bounds bounds_;
  const StateLadderOptions options_;
  // In order; the first is of no event.
  std::vector<StateAt> rungs_;
  size_t rung_bytes_ = 0;
  uint64_t spacing_ = 1;
  StateAt current_;
  uint64_t folded_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_STATE_LADDER_H_
