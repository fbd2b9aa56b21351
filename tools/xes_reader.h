// ReadXes finds the traces and events in a log of XES (IEEE 1849-2016), and
// gives them trace by trace; it holds one at a time.
//
// What is wrong with one event or trace (two attributes of one name, a time
// that is none) is said in it, and the next one follows. A document that is no
// XES ends the reading, with the line.

#ifndef DAYBOOK_TOOLS_XES_READER_H_
#define DAYBOOK_TOOLS_XES_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/line_reader.h"
#include "tools/memory_budget.h"
#include "tools/xes_attribute.h"

namespace daybook::tools {

struct XesTrace {
  XesJson attributes;
  // Why its events can't be used; empty if they can.
  std::string problem;
  uint64_t line = 0;

  // What it takes in memory, roughly.
  size_t memory() const;
};

struct XesEvent {
  // Null for an event that stands outside of all traces.
  std::shared_ptr<const XesTrace> trace;
  XesJson attributes;
  // What time:timestamp says, if it is there.
  std::optional<absl::Time> time;
  // Why it can't be used; empty if it can.
  std::string problem;
  uint64_t line = 0;

  // What it takes in memory, roughly; its trace is counted once.
  size_t memory() const;
};

// What a log says beside its traces.
struct XesHeader {
  // {"attributes":{},"classifiers":[],"extensions":[],"globals":[],"log":{}},
  // each as its elements say it, and "types" as in XesJson.
  std::string json;
  // Why `json` is empty, if it is.
  std::string problem;
  // How many there are of each.
  size_t attributes = 0;
  size_t globals = 0;
  size_t classifiers = 0;
  size_t extensions = 0;
  // XesJson::mistyped of all events and traces.
  uint64_t mistyped = 0;
};

struct XesCallbacks {
  // The events of one trace, perhaps none; or one event outside of them. Takes
  // over what `budget` counts of them.
  std::function<absl::Status(std::vector<XesEvent>)> on_trace;
  std::function<void()> on_progress;
};

// `utc` says what a time without an offset from UTC is; otherwise it is a
// problem. Errors: those of ReadXml(), of on_trace and of `budget`; exit code 1
// with the line for what is no XES.
absl::Status ReadXes(LineReader& lines, bool utc, MemoryBudget& budget,
                     const XesCallbacks& callbacks, XesHeader* header);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_XES_READER_H_
