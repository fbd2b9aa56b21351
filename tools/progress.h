// Progress is a line on a terminal that says how far a long command is:
//
//   import  [#########---------------]  38 %  381,204 / 1,000,000  52,110/s ETA
//   12 s
//
// Nothing is written unless standard error is a terminal.

#ifndef DAYBOOK_TOOLS_PROGRESS_H_
#define DAYBOOK_TOOLS_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "tools/command_context.h"

namespace daybook::tools {

// Not thread-safe.
class Progress {
 public:
  enum class Unit { kCount, kBytes };

  // `total` is unknown when absent: then there is no bar and no ETA.
  Progress(const CommandContext& context, std::string_view label,
           std::optional<uint64_t> total, Unit unit = Unit::kCount);
  // Clears the line.
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Redraws at most ten times a second; cheap otherwise.
  void Update(uint64_t done);
  // Removes the line from the terminal until the next Update(): before
  // anything else is written there.
  void Clear();

  // The line itself, for tests.
  std::string Line(uint64_t done, absl::Duration elapsed) const;

 private:
  const CommandContext& context_;
  const std::string label_;
  const std::optional<uint64_t> total_;
  const Unit unit_;
  const absl::Time start_;
  absl::Time next_draw_;
  bool drawn_ = false;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PROGRESS_H_
