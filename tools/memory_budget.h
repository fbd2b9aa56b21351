// How much a command may hold of its input.

#ifndef DAYBOOK_TOOLS_MEMORY_BUDGET_H_
#define DAYBOOK_TOOLS_MEMORY_BUDGET_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "tools/text.h"

namespace daybook::tools {

// Counts what is told to it; estimates will do. Not thread-safe.
class MemoryBudget {
 public:
  // `advice` ends the error: what a person can do about it.
  MemoryBudget(size_t bytes_max, std::string advice)
      : bytes_max_(bytes_max), advice_(std::move(advice)) {}

  // Errors: kResourceExhausted above the limit; nothing is taken then.
  absl::Status Take(size_t bytes) {
    if (bytes > bytes_max_ - bytes_) {
      return absl::ResourceExhaustedError(
          Concat("more than ", Bytes(bytes_max_), " would be held in memory; ",
                 advice_));
    }
    bytes_ += bytes;
    return absl::OkStatus();
  }
  // REQUIRES: taken before.
  void Give(size_t bytes) { bytes_ -= bytes; }

  size_t bytes() const { return bytes_; }

 private:
  const size_t bytes_max_;
  const std::string advice_;
  size_t bytes_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_MEMORY_BUDGET_H_
