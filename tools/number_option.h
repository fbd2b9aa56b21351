// Checks of options that are numbers. CLI11's own take -1 for a very large one,
// and say of what is none that it is not between two of three hundred digits.

#ifndef DAYBOOK_TOOLS_NUMBER_OPTION_H_
#define DAYBOOK_TOOLS_NUMBER_OPTION_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

namespace daybook::tools {

// Both ends included.
CLI::Validator WholeNumber(uint64_t min = 0,
                           uint64_t max = std::numeric_limits<uint64_t>::max());
// A time of a millisecond at least; NaN is none.
CLI::Validator Seconds();
// "512MB", "1GiB", "4096": makes of it a number of bytes, of 1024 a step.
CLI::Validator SizeInBytes();

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_NUMBER_OPTION_H_
