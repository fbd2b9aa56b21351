// What the numbers were measured on: without it they mean nothing.

#ifndef DAYBOOK_BENCH_MACHINE_H_
#define DAYBOOK_BENCH_MACHINE_H_

#include <string>
#include <utility>
#include <vector>

namespace daybook::bench {

// Name and value, in the order to print them. `directory` must exist: its file
// system is one of the facts.
using Facts = std::vector<std::pair<std::string, std::string>>;
Facts MachineFacts(const std::string& directory);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_MACHINE_H_
